"""The cells of a HorizontalPodAutoscaler, in both versions of its spec."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.tables.durations import age

_FIELDS = {
    "External": "external", "Pods": "pods", "Object": "object",
    "Resource": "resource", "ContainerResource": "containerResource",
}  # fmt: skip
_SHOWN = 2


def _plain(source: Object, current: Object | None) -> str:
    """External, Pods and Object metrics: a value or an average."""
    target, current = source.get("target") or {}, (current or {}).get("current") or {}
    average = "averageValue" in target
    key = "averageValue" if average else "value"
    text = f"{current.get(key, '<unknown>')}/{target.get(key, '0')}"
    return f"{text} (avg)" if average and "describedObject" in source else text


def _resource(source: Object, current: Object | None) -> str:
    target, current = source.get("target") or {}, (current or {}).get("current") or {}
    if "averageValue" in target:
        found, wanted = current.get("averageValue", "<unknown>"), target["averageValue"]
    else:
        found, wanted = (_percent(current, "<unknown>"), _percent(target, "<auto>"))
    return f"{source['name']}: {found}/{wanted}"


def _percent(side: Object, otherwise: str) -> str:
    value = side.get("averageUtilization")
    return otherwise if value is None else f"{value}%"


def _metric(metric: Object, status: Object) -> str:
    field = _FIELDS.get(metric.get("type", ""))
    if field is None:
        return "<unknown type>"
    source, current = metric.get(field) or {}, status.get(field)
    if "esource" in field:
        return _resource(source, current)
    text = _plain(source, current)
    if field == "external" and "averageValue" in (source.get("target") or {}):
        text += " (avg)"
    return text


def _first_version(spec: Object, status: Object) -> tuple[list[Object], list[Object]]:
    """autoscaling/v1 knows the utilization of CPU alone."""
    wanted = spec.get("targetCPUUtilizationPercentage")
    if wanted is None:
        return [], []
    target = {"averageUtilization": wanted}
    found = status.get("currentCPUUtilizationPercentage")
    now = [] if found is None else [{"resource": {"current": {"averageUtilization": found}}}]
    return [{"type": "Resource", "resource": {"name": "cpu", "target": target}}], now


def _targets(spec: Object, status: Object) -> str:
    metrics, current = spec.get("metrics") or [], status.get("currentMetrics") or []
    if not metrics:
        metrics, current = _first_version(spec, status)
    if not metrics:
        return "<none>"
    padded = current + [{}] * len(metrics)
    texts = [_metric(metric, padded[at]) for at, metric in enumerate(metrics)]
    more = f" + {len(texts) - _SHOWN} more..." if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more


def cells(item: Object, now: datetime) -> list[Any]:
    """A HorizontalPodAutoscaler's row."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    least = spec.get("minReplicas")
    return [
        name_of(item), f"{target.get('kind', '')}/{target.get('name', '')}",
        _targets(spec, status), "<unset>" if least is None else str(least),
        spec.get("maxReplicas", 0), status.get("currentReplicas", 0), age(item, now),
    ]  # fmt: skip
