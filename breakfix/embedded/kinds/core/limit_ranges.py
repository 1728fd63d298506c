"""LimitRanges."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, duplicate, forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import resource_names as resources
from breakfix.embedded.kinds.checks import Errors, each
from breakfix.embedded.kinds.pod_defaults import round_quantities
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_FIELDS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


class LimitRanges(Strategy):
    """Limits of containers default from each other."""

    has_generation = False

    def default_(self, item: Object) -> None:
        for limit in item.setdefault("spec", {}).get("limits") or ():
            for field in _FIELDS:
                if limit.get(field):
                    round_quantities(limit[field])
            if limit.get("type") == "Container":
                _default_container(limit)

    def validate(self, item: Object) -> list[FieldError]:
        errors: list[FieldError] = []
        seen: set[str] = set()
        for i, limit in enumerate(item["spec"].get("limits") or ()):
            at, kind = f"spec.limits[{i}]", limit.get("type", "")
            errors += _type(kind, f"{at}.type")
            if kind in seen:
                errors.append(duplicate(f"{at}.type", kind))
            seen.add(kind)
            errors += _names(limit, kind, at)
            for name in sorted({n for f in _FIELDS for n in limit.get(f) or ()}):
                errors += _order(limit, name, at)
                errors += _ratio(limit, name, f"{at}.maxLimitRequestRatio[{name}]")
        return errors


def _default_container(limit: Object) -> None:
    most = limit["default"] = {**(limit.get("max") or {}), **(limit.get("default") or {})}
    asked = limit["defaultRequest"] = {**most, **(limit.get("defaultRequest") or {})}
    for name, text in (limit.get("min") or {}).items():
        asked.setdefault(name, text)
    for field in ("default", "defaultRequest"):
        if not limit[field]:
            del limit[field]


def _type(kind: str, path: str) -> Errors:
    words = names.qualified_name(kind)
    yield from each(path, kind, words)
    if not words and "/" not in kind and kind not in _TYPES:
        yield invalid(path, kind, "must be a standard limit type or fully qualified")


def _names(limit: Object, kind: str, path: str) -> Errors:
    rule = (
        resources.container_resource_name
        if kind in ("Pod", "Container")
        else resources.resource_name
    )
    for field in _FIELDS:
        if kind == "Pod" and field.startswith("default"):
            if limit.get(field):
                yield forbidden(f"{path}.{field}", "may not be specified when `type` is 'Pod'")
            continue
        for name in limit.get(field) or ():
            yield from rule(f"{path}.{field}[{name}]", name)
    both = {*(limit.get("min") or ()), *(limit.get("max") or ())}
    if kind == "PersistentVolumeClaim" and "storage" not in both:
        words = "either minimum or maximum storage value is required, but neither was provided"
        yield required(f"{path}.limits", words)


# (the lower, the higher, which one's field, which one's value, how the message calls them)
_COMPARISONS = (
    ("min", "max", "min", "min", "min value {} is greater than max value {}"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest",
     "min value {} is greater than default request value {}"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest",
     "default request value {} is greater than max value {}"),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest",
     "default request value {} is greater than default limit value {}"),
    ("min", "default", "default", "min", "min value {} is greater than default value {}"),
    ("default", "max", "default", "max", "default value {} is greater than max value {}"),
)  # fmt: skip


def _order(limit: Object, name: str, path: str) -> Errors:
    found = {f: limit[f][name] for f in _FIELDS if name in (limit.get(f) or {})}
    for low, high, field, shown, words in _COMPARISONS:
        if low not in found or high not in found:
            continue
        if resources.amount(found[low]) > resources.amount(found[high]):
            message = words.format(found[low], found[high])
            yield invalid(f"{path}.{field}[{name}]", found[shown], message)
    if resources.is_overcommit_allowed(name) or not {"default", "defaultRequest"} <= found.keys():
        return
    if resources.amount(found["default"]) != resources.amount(found["defaultRequest"]):
        message = (
            f"default value {found['default']} must equal to defaultRequest value "
            f"{found['defaultRequest']} in {name}"
        )
        yield invalid(f"{path}.defaultRequest[{name}]", found["defaultRequest"], message)


def _ratio(limit: Object, name: str, path: str) -> Errors:
    text = (limit.get("maxLimitRequestRatio") or {}).get(name)
    if text is None:
        return
    ratio = resources.amount(text)
    if ratio < 1:
        yield invalid(path, text, f"ratio {text} is less than 1")
    most, least = (limit.get("max") or {}).get(name), (limit.get("min") or {}).get(name)
    if most is None or least is None or not resources.amount(least):
        return
    highest = float(resources.amount(most) / resources.amount(least))
    if float(ratio) > highest:
        yield invalid(path, text, f"ratio {text} is greater than max/min = {highest:f}")
