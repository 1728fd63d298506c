"""The quality of service class of a pod."""

from __future__ import annotations

from decimal import Decimal

from breakfix.embedded.kinds.resource_names import COMPUTE, amount
from breakfix.embedded.objects import Object

Totals = dict[str, Decimal]
_NONE = Decimal(0)


def qos_class(spec: Object) -> str:
    """Guaranteed, Burstable or BestEffort."""
    requests: Totals = {}
    limits: Totals = {}
    guaranteed = True
    for resources in _of(spec):
        _add(requests, resources.get("requests") or {})
        limited = _add(limits, resources.get("limits") or {})
        guaranteed = guaranteed and limited >= COMPUTE
    if not requests and not limits:
        return "BestEffort"
    return "Guaranteed" if guaranteed and requests == limits else "Burstable"


def _of(spec: Object) -> list[Object]:
    if (whole := spec.get("resources")) is not None:
        return [whole]
    containers = (spec.get("containers") or []) + (spec.get("initContainers") or [])
    return [c.get("resources") or {} for c in containers]


def _add(totals: Totals, found: Object) -> set[str]:
    """Add the positive amounts of cpu and memory; says which those were."""
    positive = set()
    for name in COMPUTE:
        if name in found and (value := amount(found[name])) > 0:
            totals[name] = totals.get(name, _NONE) + value
            positive.add(name)
    return positive
