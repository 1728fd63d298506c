"""How much of a node's resources a pod asks for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from breakfix.embedded import quantities
from breakfix.embedded.objects import Object

Amounts = dict[str, int]  # CPU in thousandths of a core, all else in its own unit
# what a container that asks for nothing counts as when nodes are compared
DEFAULT_CPU, DEFAULT_MEMORY = 100, 200 * 1024 * 1024


@lru_cache(maxsize=4096)
def amount(resource: str, text: str) -> int:
    """A quantity of a resource. Raises ValueError."""
    return quantities.milli(text) if resource == "cpu" else quantities.value(text)


def amounts(quantities_: Object | None) -> Amounts:
    """A resource list as numbers."""
    return {k: amount(k, str(v)) for k, v in (quantities_ or {}).items()}


def _add(total: Amounts, more: Amounts) -> None:
    for key, value in more.items():
        total[key] = total.get(key, 0) + value


def _largest(total: Amounts, other: Amounts) -> None:
    for key, value in other.items():
        total[key] = max(total.get(key, 0), value)


def _of(container: Object) -> Amounts:
    return amounts((container.get("resources") or {}).get("requests"))


def _filled(found: Amounts) -> Amounts:
    return {"cpu": DEFAULT_CPU, "memory": DEFAULT_MEMORY} | found


def _total(spec: Object, fill: bool) -> Amounts:
    total: Amounts = {}
    for container in spec.get("containers") or []:
        _add(total, _filled(_of(container)) if fill else _of(container))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or []:
        asked = _filled(_of(container)) if fill else _of(container)
        if container.get("restartPolicy") == "Always":
            _add(total, asked)
            _add(sidecars, asked)
            _largest(peak, sidecars)
        else:
            together = dict(sidecars)
            _add(together, asked)
            _largest(peak, together)
    _largest(total, peak)
    return total


def pod_requests(spec: Object) -> Amounts:
    """What the pod's place must have: containers, init containers' peak, overhead."""
    total = _total(spec, fill=False)
    total |= amounts((spec.get("resources") or {}).get("requests"))
    _add(total, amounts(spec.get("overhead")))
    return {k: v for k, v in total.items() if v}


def pod_weight(spec: Object) -> tuple[int, int]:
    """CPU and memory that count when nodes are compared: never nothing."""
    total = _total(spec, fill=True)
    total |= amounts((spec.get("resources") or {}).get("requests"))
    _add(total, amounts(spec.get("overhead")))
    return total.get("cpu", 0), total.get("memory", 0)


def host_ports(spec: Object) -> Iterable[tuple[str, str, int]]:
    """(address, protocol, port) of every port that the pod takes on its node."""
    for container in (spec.get("initContainers") or []) + (spec.get("containers") or []):
        for port in container.get("ports") or []:
            if port.get("hostPort"):
                yield (
                    port.get("hostIP") or "0.0.0.0",  # noqa: S104
                    port.get("protocol") or "TCP",
                    port["hostPort"],
                )
