"""Validation of the resources that a container, or a whole pod, asks for."""

from __future__ import annotations

from collections.abc import Callable, Collection

from breakfix.embedded.fields import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_found,
    required,
)
from breakfix.embedded.kinds import resource_names as resources
from breakfix.embedded.kinds.checks import Errors, label
from breakfix.embedded.kinds.pod_defaults import aggregate_requests
from breakfix.embedded.objects import Object

NameRule = Callable[[str, str], Errors]


def validate_requirements(
    found: Object, path: str, claims: Collection[str] = (),
    name_rule: NameRule = resources.container_resource_name,
) -> Errors:  # fmt: skip
    """ResourceRequirements; `claims` are the names of the pod's resourceClaims."""
    limits, requests = found.get("limits") or {}, found.get("requests") or {}
    for name, text in limits.items():
        yield from _amount(f"{path}.limits[{name}]", name, text, name_rule)
    for name, text in requests.items():
        yield from _request(name, text, limits, path, name_rule)
    asked = {*limits, *requests}
    if any(map(resources.is_huge, asked)) and not asked & resources.COMPUTE:
        yield forbidden(path, "HugePages require cpu or memory")
    if found.get("claims"):
        yield from _claims(found["claims"], claims, f"{path}.claims")


def _amount(path: str, name: str, text: object, name_rule: NameRule) -> Errors:
    yield from name_rule(path, name)
    yield from resources.resource_quantity(path, name, text)


def _huge(path: str, name: str, text: object) -> Errors:
    page = resources.amount(name.removeprefix(resources.HUGE))
    if page <= 0 or resources.amount(text) % page:
        yield invalid(path, str(text), f"{text} is not positive integer multiple of {name}")


def _request(name: str, text: object, limits: Object, path: str, name_rule: NameRule) -> Errors:
    at = f"{path}.requests[{name}]"
    yield from _amount(at, name, text, name_rule)
    overcommit = resources.is_overcommit_allowed(name)
    if name not in limits:
        if not overcommit:
            yield required(f"{path}.limits", "Limit must be set for non overcommitable resources")
    else:
        yield from _against_limit(name, text, limits[name], f"{path}.requests", overcommit)
    if resources.is_huge(name):
        yield from _huge(at, name, text)


def _against_limit(name: str, text: object, limit: object, path: str, overcommit: bool) -> Errors:
    if text == limit:
        return
    asked, most = resources.amount(text), resources.amount(limit)
    if asked != most and not overcommit:
        yield invalid(path, str(text), f"must be equal to {name} limit of {limit}")
    elif asked > most:
        yield invalid(path, str(text), f"must be less than or equal to {name} limit of {limit}")


def _claims(found: list[Object], known: Collection[str], path: str) -> Errors:
    seen: set[str] = set()
    for i, claim in enumerate(found):
        at, name = f"{path}[{i}]", claim.get("name", "")
        if not name:
            yield required(at)
            continue
        if request := claim.get("request"):
            yield from label(f"{at}.request", request)
        key = f"{name}/{request}" if request else name
        if key in seen or name in seen:
            yield duplicate(at, key)
        seen.add(key)
        if name not in known:
            yield _unknown_claim(at, name, known)


def _unknown_claim(path: str, name: str, known: Collection[str]) -> FieldError:
    shown = f": {', '.join(sorted(known))}" if known else " which is empty"
    error = not_found(path, name)
    words = f"must be one of the names in pod.spec.resourceClaims{shown}"
    return FieldError(error.field, error.words, error.value, words)


def validate_pod_resources(spec: Object, path: str) -> Errors:
    """spec.resources: what the pod as a whole asks for."""
    found = spec.get("resources")
    if not found:
        return
    if (spec.get("os") or {}).get("name") == "windows":
        yield forbidden(path, "may not be set for a windows pod")
        return
    if found.get("claims") is not None:
        yield forbidden(f"{path}.claims", "claims may not be set for Resources at pod-level")
    yield from validate_requirements(found, path, name_rule=_pod_level_name)
    yield from _consistent(spec, found, path)


def _pod_level_name(path: str, name: str) -> Errors:
    errors = list(resources.resource_name(path, name))
    yield from errors
    if not errors and name not in resources.COMPUTE and not resources.is_huge(name):
        yield FieldError(path, "Unsupported value", name, 'supported values: "cpu", "memory"')


def _consistent(spec: Object, found: Object, path: str) -> Errors:
    requests, limits = found.get("requests") or {}, found.get("limits") or {}
    for name, total in aggregate_requests(spec).items():
        if name in requests and resources.amount(total) > resources.amount(requests[name]):
            words = f"must be greater than or equal to aggregate container requests of {total}"
            yield invalid(f"{path}.requests[{name}]", str(requests[name]), words)
    for i, container in enumerate(spec.get("containers") or ()):
        for name, text in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in limits and resources.amount(text) > resources.amount(limits[name]):
                at = f"{path}.containers[{i}][{name}].limits"
                words = f"must be less than or equal to pod limits of {limits[name]}"
                yield invalid(at, str(text), words)
