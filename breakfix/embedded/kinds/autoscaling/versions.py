"""HorizontalPodAutoscalers between autoscaling/v1 and autoscaling/v2."""

from __future__ import annotations

import re
from typing import Any

import orjson

from breakfix.embedded.kinds.autoscaling.autoscaler import default_metric
from breakfix.embedded.kinds.autoscaling.metrics import SOURCES
from breakfix.embedded.objects import Object, clone

_PREFIX = "autoscaling.alpha.kubernetes.io/"
METRICS, CURRENT = f"{_PREFIX}metrics", f"{_PREFIX}current-metrics"
BEHAVIOR, CONDITIONS = f"{_PREFIX}behavior", f"{_PREFIX}conditions"
_ROUND_TRIP = (METRICS, CURRENT, BEHAVIOR, CONDITIONS)


def _filled(found: Object) -> Object:
    return {k: v for k, v in found.items() if v is not None}


def _is_cpu(metric: Object) -> bool:
    """The one metric that v1 has a field for."""
    resource = metric.get("resource") or {}
    share = (resource.get("target") or {}).get("averageUtilization")
    return metric.get("type") == "Resource" and resource.get("name") == "cpu" and share is not None


def to_v1(item: Object) -> Object:
    """A v2 autoscaler as v1 shows it."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    metrics, current = spec.get("metrics") or [], status.get("currentMetrics") or []
    others = [_metric_to_v1(m) for m in metrics if not _is_cpu(m)]
    kept = {
        METRICS: others,
        CURRENT: [_status_to_v1(m) for m in current],
        CONDITIONS: status.get("conditions"),
        BEHAVIOR: _capitals(spec["behavior"]) if spec.get("behavior") else None,
    }
    texts = {k: orjson.dumps(v).decode() for k, v in kept.items() if v}
    share = next((m["resource"]["target"]["averageUtilization"] for m in metrics if _is_cpu(m)),
                 None)  # fmt: skip
    seen = next((s for m in current if (s := _current_cpu(m)) is not None), None)
    return {
        **item,
        "apiVersion": "autoscaling/v1",
        "metadata": _annotated(item["metadata"], texts),
        "spec": _filled({
            **{k: v for k, v in spec.items() if k not in ("metrics", "behavior")},
            "targetCPUUtilizationPercentage": share,
        }),
        "status": _filled({
            **{k: v for k, v in status.items() if k not in ("currentMetrics", "conditions")},
            "currentReplicas": status.get("currentReplicas", 0),
            "currentCPUUtilizationPercentage": seen,
        }),
    }  # fmt: skip


def _current_cpu(metric: Object) -> int | None:
    resource = metric.get("resource") or {}
    if metric.get("type") != "Resource" or resource.get("name") != "cpu":
        return None
    share: int | None = (resource.get("current") or {}).get("averageUtilization")
    return share


def _annotated(metadata: Object, texts: dict[str, str]) -> Object:
    before = metadata.get("annotations") or {}
    annotations = {k: v for k, v in before.items() if k not in _ROUND_TRIP} | texts
    rest = {k: v for k, v in metadata.items() if k != "annotations"}
    return {**rest, "annotations": annotations} if annotations else rest


def to_v2(item: Object) -> Object:
    """A v1 autoscaler in the form that is stored."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    annotations = item["metadata"].get("annotations") or {}
    metrics = [_metric_to_v2(m) for m in _read(annotations, METRICS) or []]
    share = spec.get("targetCPUUtilizationPercentage")
    if share is not None:
        metric = default_metric()
        metric["resource"]["target"]["averageUtilization"] = share
        metrics.append(metric)
    current = [_status_to_v2(m) for m in _read(annotations, CURRENT) or []]
    seen = status.get("currentCPUUtilizationPercentage")
    if seen is not None and not current:
        current = [{
            "type": "Resource",
            "resource": {"name": "cpu", "current": {"averageUtilization": seen}},
        }]  # fmt: skip
    behavior = _read(annotations, BEHAVIOR)
    return {
        **item,
        "apiVersion": "autoscaling/v2",
        "metadata": _annotated(item["metadata"], {}),
        "spec": _filled({
            **{k: v for k, v in spec.items() if k != "targetCPUUtilizationPercentage"},
            "metrics": metrics or [default_metric()],
            "behavior": _small(behavior) if behavior else None,
        }),
        "status": {
            **{k: v for k, v in status.items() if k != "currentCPUUtilizationPercentage" and v},
            "desiredReplicas": status.get("desiredReplicas", 0),
            "currentMetrics": current or None,
            **_filled({"conditions": _read(annotations, CONDITIONS)}),
        },
    }  # fmt: skip


def _read(annotations: dict[str, str], key: str) -> Any:
    try:
        return orjson.loads(annotations[key]) if key in annotations else None
    except orjson.JSONDecodeError:
        return None


def _capitals(value: Any) -> Any:
    """The behavior is written with Go's names of the fields."""
    if isinstance(value, dict):
        return {k[:1].upper() + k[1:]: _capitals(v) for k, v in value.items()}
    return [_capitals(v) for v in value] if isinstance(value, list) else value


def _small(value: Any) -> Any:
    if isinstance(value, dict):
        found = {k[:1].lower() + k[1:]: _small(v) for k, v in value.items()}
        return {k: v for k, v in found.items() if v is not None}
    return [_small(v) for v in value] if isinstance(value, list) else value


def _flat(source: Object, values: str, what: str) -> Object:
    """The fields of a source that only differ by the prefix of its numbers."""
    numbers = source.get(values) or {}
    found = {"name": source.get("name"), "container": source.get("container")}
    for name in ("averageUtilization", "averageValue", "value"):
        found[what + name[:1].upper() + name[1:]] = numbers.get(name)
    return found


def _metric_to_v1(metric: Object) -> Object:
    return _to_v1(metric, "target")


def _status_to_v1(metric: Object) -> Object:
    return _to_v1(metric, "current")


def _to_v1(metric: Object, what: str) -> Object:
    name = SOURCES.get(metric.get("type", ""), "")
    source = metric.get(name) or {}
    flat = _flat(source, what, what)
    measured = source.get("metric") or {}
    selector = "metricSelector" if name == "external" else "selector"
    flat |= {"metricName": measured.get("name"), selector: measured.get("selector")}
    if name == "object":
        flat["target"] = source.get("describedObject")
        flat["averageValue"] = flat.pop(f"{what}AverageValue")
    return {"type": metric.get("type"), name: _filled(flat)}


def _metric_to_v2(metric: Object) -> Object:
    return _to_v2(metric, "target")


def _status_to_v2(metric: Object) -> Object:
    return _to_v2(metric, "current")


def _to_v2(metric: Object, what: str) -> Object:
    name = SOURCES.get(metric.get("type", ""), "")
    flat = clone(metric.get(name) or {})
    found: Object = {k: flat[k] for k in ("name", "container") if k in flat}
    values = _values(flat, what)
    if what == "target":
        values["type"] = _kind(values)
    found[what] = values
    if "metricName" in flat:
        selector = flat.get("selector") or flat.get("metricSelector")
        found["metric"] = _filled({"name": flat["metricName"], "selector": selector})
    if name == "object":
        found["describedObject"] = flat.get("target")
    return {"type": metric.get("type"), name: _filled(found)}


def _values(flat: Object, what: str) -> Object:
    pattern = re.compile(f"{what}(AverageUtilization|AverageValue|Value)")
    found = {}
    for key, value in flat.items():
        if match := pattern.fullmatch(key):
            found[match[1][:1].lower() + match[1][1:]] = value
        elif key == "averageValue":
            found[key] = value
    return found


def _kind(values: Object) -> str:
    if "averageUtilization" in values:
        return "Utilization"
    return "AverageValue" if "averageValue" in values and "value" not in values else "Value"
