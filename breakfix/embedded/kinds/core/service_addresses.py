"""Validation of a Service's own addresses and their families."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, duplicate, invalid, not_supported, required
from breakfix.embedded.kinds.checks import Errors, ip, parse_ip
from breakfix.embedded.kinds.core import service_fields as fields
from breakfix.embedded.objects import Object

_FAMILIES = ("IPv4", "IPv6")
_POLICIES = ("SingleStack", "PreferDualStack", "RequireDualStack")
_AT = "spec.clusterIPs"


def validate_cluster_ips(spec: Object, was: Object) -> list[FieldError]:
    """clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy."""
    if not fields.needs_cluster_ip(spec):
        return []
    errors = [*_first(spec), *_families(spec)]
    addresses = spec.get("clusterIPs") or []
    broken: list[FieldError] = []
    for i, address in enumerate(addresses):
        if i == 0 and address == fields.HEADLESS:
            if len(addresses) > 1:
                words = "'None' must be the first and only value"
                broken.append(invalid(_AT, addresses, words))
            continue
        broken += ip(f"{_AT}[{i}]", address, was.get("clusterIPs") or [])
    if len(addresses) > len(_FAMILIES):
        errors.append(invalid(_AT, addresses, "may only hold up to 2 values"))
    return errors + (broken or list(_match_families(spec, addresses)))


def _first(spec: Object) -> Errors:
    first, all_of_them = spec.get("clusterIP", ""), spec.get("clusterIPs") or []
    if first and not all_of_them:
        yield required(_AT)
    elif first and all_of_them[0] != first:
        yield invalid(_AT, all_of_them, "first value must match `clusterIP`")
    elif not first and all_of_them:
        yield invalid(_AT, all_of_them, "must be empty when `clusterIP` is not specified")


def _families(spec: Object) -> Errors:
    seen: set[str] = set()
    for i, family in enumerate(spec.get("ipFamilies") or ()):
        if family not in _FAMILIES:
            yield not_supported(f"spec.ipFamilies[{i}]", family, _FAMILIES)
        if family in seen:
            yield duplicate(f"spec.ipFamilies[{i}]", family)
        seen.add(family)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _POLICIES:
        yield not_supported("spec.ipFamilyPolicy", policy, _POLICIES)


def family_of(address: str) -> str:
    """IPv4 or IPv6."""
    parsed = parse_ip(address)
    return "IPv6" if parsed is not None and parsed.version == 6 else "IPv4"  # noqa: PLR2004


def _match_families(spec: Object, addresses: list[str]) -> Errors:
    if fields.is_headless(spec):
        return
    if len(addresses) > 1 and len({family_of(a) for a in addresses}) != len(addresses):
        words = "may specify no more than one IP for each IP family"
        yield invalid(_AT, addresses, words)
    for i, (address, family) in enumerate(
        zip(addresses, spec.get("ipFamilies") or (), strict=False)
    ):
        if family in _FAMILIES and family != family_of(address):
            words = f"expected an {family} value as indicated by `ipFamilies[{i}]`"
            yield invalid(f"{_AT}[{i}]", address, words)
