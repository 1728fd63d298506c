"""What a HorizontalPodAutoscaler may measure."""

from __future__ import annotations

from breakfix.embedded import quantities
from breakfix.embedded.fields import FieldError, forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.objects import Object

# spec.metrics[].type, and the field that goes with it
SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_TARGETS = ("Utilization", "Value", "AverageValue")
_BOTH = "may not set both a target raw value and a target utilization"
_NEITHER = "must set either a target raw value or a target utilization"


def validate_metrics(spec: Object) -> list[FieldError]:
    """spec.metrics, which must name something from outside where nothing may run."""
    metrics, found = spec.get("metrics") or [], []
    for at, metric in enumerate(metrics):
        found += _validate_metric(metric, f"spec.metrics[{at}]")
    outside = {"Object", "External"} & {m.get("type") for m in metrics}
    if spec.get("minReplicas") == 0 and not outside:
        why = (
            "must specify at least one Object or External metric to support scaling to zero "
            "replicas"
        )
        found.append(forbidden("spec.metrics", why))
    return found


def _validate_metric(metric: Object, path: str) -> list[FieldError]:
    kind, found = metric.get("type", ""), []
    if not kind:
        found.append(required(f"{path}.type", "must specify a metric source type"))
    if kind not in SOURCES:
        found += [checks.unsupported(f"{path}.type", kind, sorted(SOURCES))] * 2
    given = [s for s in ("object", "external", "pods", "resource", "containerResource")
             if metric.get(s) is not None]  # fmt: skip
    if given:
        found += _VALIDATORS[given[0]](metric[given[0]], f"{path}.{given[0]}")
    wanted = SOURCES.get(kind, "")
    if wanted and wanted not in given:
        why = "must populate information for the given metric source"
        found.append(required(f"{path}.{wanted}", why))
    if len(given) != 1:
        why = "must populate the given metric source only"
        found += [forbidden(f"{path}.{g}", why) for g in given if g != wanted]
    return found


def _positive(target: Object, path: str, name: str) -> list[FieldError]:
    if target.get(name) is None:
        return []
    try:
        positive = quantities.parse(target[name]) > 0
    except ValueError as error:
        return [invalid(f"{path}.{name}", target[name], str(error))]
    return [] if positive else [invalid(f"{path}.{name}", target[name], "must be positive")]


def _target(source: Object, path: str) -> list[FieldError]:
    target, path = source.get("target") or {}, f"{path}.target"
    kind, found = target.get("type", ""), []
    if not kind:
        found.append(required(f"{path}.type", "must specify a metric target type"))
    if kind not in _TARGETS:
        why = "must be either Utilization, Value, or AverageValue"
        found.append(invalid(f"{path}.type", kind, why))
    found += _positive(target, path, "value") + _positive(target, path, "averageValue")
    share = target.get("averageUtilization")
    if share is not None and share < 1:
        found.append(invalid(f"{path}.averageUtilization", share, "must be greater than 0"))
    return found


def _metric(source: Object, path: str) -> list[FieldError]:
    name, path = (source.get("metric") or {}).get("name", ""), f"{path}.metric.name"
    if not name:
        return [required(path, "must specify a metric name")]
    return checks.each(path, name, names.path_segment(name))


def _object(source: Object, path: str) -> list[FieldError]:
    found = reference(source.get("describedObject") or {}, f"{path}.describedObject")
    found += _metric(source, path) + _target(source, path)
    target = source.get("target") or {}
    if target.get("value") is None and target.get("averageValue") is None:
        why = "must set either a target value or averageValue"
        found.append(required(f"{path}.target.averageValue", why))
    return found


def _external(source: Object, path: str) -> list[FieldError]:
    found = _metric(source, path) + _target(source, path)
    target = source.get("target") or {}
    value, average = target.get("value"), target.get("averageValue")
    if value is None and average is None:
        why = "must set either a target value for metric or a per-pod target"
        found.append(required(f"{path}.target.averageValue", why))
    if value is not None and average is not None:
        why = "may not set both a target value for metric and a per-pod target"
        found.append(forbidden(f"{path}.target.value", why))
    return found


def _pods(source: Object, path: str) -> list[FieldError]:
    found = _metric(source, path) + _target(source, path)
    if (source.get("target") or {}).get("averageValue") is None:
        why = "must specify a positive target averageValue"
        found.append(required(f"{path}.target.averageValue", why))
    return found


def _resource(source: Object, path: str) -> list[FieldError]:
    found = []
    if not source.get("name"):
        found.append(required(f"{path}.name", "must specify a resource name"))
    found += _target(source, path)
    target = source.get("target") or {}
    share, average = target.get("averageUtilization"), target.get("averageValue")
    if share is None and average is None:
        found.append(required(f"{path}.target.averageUtilization", _NEITHER))
    if share is not None and average is not None:
        found.append(forbidden(f"{path}.target.averageValue", _BOTH))
    return found


def _container(source: Object, path: str) -> list[FieldError]:
    found = _resource(source, path)
    if not source.get("container"):
        found.append(required(f"{path}.container", "must specify a container"))
        return found
    return found + checks.label(f"{path}.container", source["container"])


_VALIDATORS = {
    "object": _object, "external": _external, "pods": _pods, "resource": _resource,
    "containerResource": _container,
}  # fmt: skip


def reference(target: Object, path: str, *, in_group: bool = False) -> list[FieldError]:
    """A CrossVersionObjectReference; may it be in the core group?"""
    found = []
    for name in ("kind", "name"):
        value = target.get(name, "")
        if not value:
            found.append(required(f"{path}.{name}"))
        found += checks.each(f"{path}.{name}", value, names.path_segment(value))
    version = target.get("apiVersion", "")
    if version.count("/") > 1:
        why = f"unexpected GroupVersion string: {version}"
        found.append(invalid(f"{path}.apiVersion", version, why))
    elif in_group and "/" not in version:
        found.append(invalid(f"{path}.apiVersion", version, "apiVersion must specify API group"))
    return found
