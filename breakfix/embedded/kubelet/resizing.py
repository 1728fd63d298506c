"""In-place resize: what a pod's containers are given follows its spec, where there is room."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from breakfix.embedded.kubelet.container import ContainerRun
from breakfix.embedded.kubelet.logs import Say
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.starting import limits_of
from breakfix.embedded.kubelet.status import PodState
from breakfix.embedded.machine.container import Container
from breakfix.embedded.objects import Object
from breakfix.embedded.quantities import milli, value

PENDING, IN_PROGRESS = "PodResizePending", "PodResizeInProgress"
Refused = tuple[str, str]  # reason and message


class Resizing:
    """Of one pod: `step` before its containers are seen to, `apply` after that."""

    def __init__(self, node: Node, state: PodState, say: Say) -> None:
        self._node, self._state, self._say = node, state, say
        self._refused: Refused | None = None
        self._error = ""
        self._going = False

    @property
    def waits(self) -> bool:
        """Is it to be tried again later?"""
        return bool(self._refused or self._error)

    def _resizable(self) -> list[ContainerRun]:
        return [*(c for c in self._state.inits if c.kind == "sidecar"), *self._state.mains]

    def keep(self) -> None:
        """What it was begun with is what it has."""
        for container in self._resizable():
            container.allocated = container.applied = container.spec.get("resources") or {}

    def step(self, pod: Object) -> None:
        """Take over what the spec asks for, where the node has room."""
        found = self._resizable()
        if all(c.resources == (c.spec.get("resources") or {}) for c in found):
            self._refused = None
        else:
            self._refused = self._node.resize(pod)
            if self._refused is None:
                self._going = True
                for container in found:
                    container.allocated = container.spec.get("resources") or {}
                self.apply()
        self._show()

    def apply(self) -> None:
        """Set the limits of what runs; what asks for it is restarted."""
        if not self._going:
            return
        self._error = ""
        for container in self._resizable():
            if container.applied != container.allocated and not container.resizes:
                self._apply(container)
        self._tell()
        self._show()

    def _apply(self, container: ContainerRun) -> None:
        if container.running and _restarts(container):
            container.resizes = True
        elif too_much := _in_use(container):
            self._error = too_much
        else:
            container.applied = container.allocated
            runs = container.current.running if container.current else None
            if isinstance(runs, Container):
                runs.cgroup.resize(limits_of(container.resources))

    def _tell(self) -> None:
        """Say so, when all is as it should be."""
        found = self._resizable()
        if any(c.applied != c.allocated for c in found):
            return
        self._going = False
        content: Object = {}
        for field, kind in (("initContainers", "sidecar"), ("containers", "main")):
            if rows := [
                {"name": c.name, "resources": c.resources} for c in found if c.kind == kind
            ]:
                content[field] = rows
        text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
        self._say("Normal", "ResizeCompleted", f"Pod resize completed: {text}", "")

    def _show(self) -> None:
        """What the pod's conditions say of it: type, reason, message."""
        rows = []
        if self._refused is not None:
            rows.append((PENDING, *self._refused))
        if self._going:
            rows.append((IN_PROGRESS, "Error" if self._error else "", self._error))
        self._state.resizing = rows


def _restarts(container: ContainerRun) -> bool:
    before, after = container.applied or {}, container.resources
    policies = {p["resourceName"]: p.get("restartPolicy")
                for p in container.spec.get("resizePolicy") or []}  # fmt: skip
    changed = [n for n in ("cpu", "memory") if _amounts(before, n) != _amounts(after, n)]
    return any(policies.get(name) == "RestartContainer" for name in changed)


def _amounts(resources: Object, name: str) -> list[object]:
    return [(resources.get(part) or {}).get(name) for part in ("requests", "limits")]


def _in_use(container: ContainerRun) -> str:
    """Why a smaller memory limit cannot be set."""
    runs = container.current.running if container.current else None
    limit = limits_of(container.resources).get("memory")
    if not isinstance(runs, Container) or not limit or runs.cgroup.memory <= limit:
        return ""
    return (f'attempting to set container "{container.name}" memory limit ({limit}) below current '
            f"usage ({runs.cgroup.memory})")  # fmt: skip


def infeasible(pod: Object, allocatable: Mapping[str, str]) -> Refused | None:
    """What no emptier node of this size could give."""
    rows = [(c.get("resources") or {}).get("requests") or {} for c in pod["spec"]["containers"]]
    for name, unit in (("memory", value), ("cpu", milli)):
        asked, there = sum(unit(r.get(name, "0")) for r in rows), unit(allocatable.get(name, "0"))
        if asked > there:
            return "Infeasible", (f"Node didn't have enough capacity: {name}, requested: {asked}, "
                                  f"capacity: {there}")  # fmt: skip
    return None
