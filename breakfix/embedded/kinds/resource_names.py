"""Names of resources (cpu, pods, example.com/gpu) and their amounts, in the API server's rules."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from breakfix.embedded import quantities
from breakfix.embedded.fields import invalid
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import NEGATIVE, NOT_POSITIVE, Errors, each

HUGE = "hugepages-"
_REQUESTS = "requests."
COMPUTE = frozenset({"cpu", "memory"})
CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_COUNTS = frozenset({
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
    "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
})  # fmt: skip
QUOTA = _COUNTS | CONTAINER | {
    f"{kind}.{name}" for kind in ("requests", "limits") for name in CONTAINER
} | {"requests.storage"}  # fmt: skip
STANDARD = QUOTA | {"storage"}


def is_huge(name: str) -> bool:
    """Pages of memory of a fixed size."""
    return name.startswith(HUGE)


def is_quota(name: str) -> bool:
    """May a ResourceQuota limit it, without a domain?"""
    return name in QUOTA or name.startswith((HUGE, _REQUESTS + HUGE))


def is_native(name: str) -> bool:
    """One of Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


@lru_cache(maxsize=1024)
def is_extended(name: str) -> bool:
    """One of somebody else's, as example.com/gpu."""
    if is_native(name) or name.startswith(_REQUESTS):
        return False
    return not names.qualified_name(_REQUESTS + name)


def is_overcommit_allowed(name: str) -> bool:
    """May the request be less than the limit?"""
    return is_native(name) and not is_huge(name)


def is_integer(name: str) -> bool:
    """Counted in whole things only."""
    return name in _COUNTS or is_extended(name)


def resource_name(path: str, name: str) -> Errors:
    """A standard name, or a fully qualified one."""
    words = names.qualified_name(name)
    yield from each(path, name, words)
    standard = name in STANDARD or name.startswith((HUGE, _REQUESTS + HUGE))
    if not words and "/" not in name and not standard:
        yield invalid(path, name, "must be a standard resource type or fully qualified")


def container_resource_name(path: str, name: str) -> Errors:
    """A name that a container may ask for."""
    if name in CONTAINER:
        return
    yield from resource_name(path, name)
    if "/" not in name:
        if not is_huge(name):
            yield invalid(path, name, "must be a standard resource for containers")
    elif not is_native(name) and not is_extended(name):
        yield invalid(path, name, "doesn't follow extended resource name standard")


def quota_resource_name(path: str, name: str) -> Errors:
    """A name that a quota may limit."""
    yield from resource_name(path, name)
    if "/" not in name and not is_quota(name):
        yield invalid(path, name, "must be a standard resource for quota")


@lru_cache(maxsize=8192)
def amount(text: object) -> Decimal:
    """A quantity as a number; zero where it cannot be read (the decoder refuses those)."""
    try:
        return quantities.parse(text)
    except ValueError:
        return Decimal(0)


def resource_quantity(path: str, name: str, text: object) -> Errors:
    """Not negative, and whole for what is counted."""
    value = amount(text)
    if value < 0:
        yield invalid(path, str(text), NEGATIVE)
    if is_integer(name) and value != int(value):
        yield invalid(path, str(text), "must be an integer")


def positive_quantity(path: str, text: object) -> Errors:
    """More than nothing."""
    if amount(text) <= 0:
        yield invalid(path, str(text), NOT_POSITIVE)
