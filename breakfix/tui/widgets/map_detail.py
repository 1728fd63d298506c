"""One line about the object under the cursor: all that the map knows of it."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch

from breakfix.clusters.live_picture import (
    Claim,
    Ingress,
    Node,
    Place,
    Pod,
    Policy,
    Service,
    Workload,
)
from breakfix.tui.evidence import Target
from breakfix.tui.widgets.map_cells import Cell, Thing

MINUTE, HOUR, DAY = 60, 3600, 86400


def detail(cell: Cell) -> str:
    """`Service shop/front · ClusterIP · selects front · 2 endpoints ready`."""
    return " · ".join([_name(cell.target), *facts(cell.thing)])


def _name(target: Target) -> str:
    where = f"{target.namespace}/" if target.namespace else ""
    return f"{target.kind} {where}{target.name}"


@singledispatch
def facts(thing: Thing) -> list[str]:
    """What is known of an object, in words."""
    raise TypeError(f"{type(thing)} does not stand on the map")


@facts.register
def _(thing: Workload) -> list[str]:
    return [thing.word, _pods(thing)]


@facts.register
def _(thing: Pod) -> list[str]:
    ready = f"{thing.ready}/{thing.containers} ready"
    return [thing.status, ready, counted(thing.restarts, "restart"),
            f"on {thing.node or 'no node'}", f"containers {', '.join(thing.inside)}"]  # fmt: skip


@facts.register
def _(thing: Service) -> list[str]:
    return [thing.type, *_service(thing)]


@facts.register
def _(thing: Claim) -> list[str]:
    return [thing.phase, f"volume {thing.volume or 'none'}",
            f"class {thing.storage_class or 'none'}",
            f"used by {', '.join(thing.used_by) or 'nothing'}"]  # fmt: skip


@facts.register
def _(thing: Policy) -> list[str]:
    return [f"for {' and '.join(thing.directions).lower() or 'ingress'}", _selects(thing)]


@facts.register
def _(thing: Ingress) -> list[str]:
    return [f"{b.route} → {b.service}{'' if b.known else ' (no such service)'}"
            for b in thing.backends]  # fmt: skip


@facts.register
def _(thing: Node) -> list[str]:
    taints = ["tainted " + ", ".join(thing.taints)] if thing.taints else []
    return [thing.status, counted(thing.pods, "pod"), *taints]


@facts.register
def _(thing: Place) -> list[str]:
    return [counted(len(thing.workloads), "workload"), counted(len(thing.services), "service")]


def _pods(workload: Workload) -> str:
    nodes = {pod.node for pod in workload.pods if pod.node}
    on = f" on {', '.join(sorted(nodes))}" if nodes else ""
    return counted(len(workload.pods), "pod") + on


def counted(number: int, word: str) -> str:
    """`1 pod`, `2 pods`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def _service(service: Service) -> list[str]:
    if not service.has_endpoints:
        return [f"name {service.target}"]
    ready = counted(service.endpoints, "endpoint") + " ready"
    if service.selects is None:
        return ["no selector", ready]
    whom = ", ".join(service.selects)
    return [f"selects {whom}" if whom else "its selector matches no pod",
            ready]  # fmt: skip


def _selects(policy: Policy) -> str:
    names = ", ".join(policy.selects) or "no pod"
    return "selects every pod of the namespace" if policy.every else f"selects {names}"


def age(created: datetime | None, now: datetime) -> str:
    """As kubectl's AGE, in one unit: `42s`, `7m`, `3h`, `2d`; nothing where it is unknown."""
    if created is None:
        return ""
    seconds = max(0, int((now - created).total_seconds()))
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
