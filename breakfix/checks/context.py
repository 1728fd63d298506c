"""Where a check is asked: the cluster, the scenario's namespace, and what is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from breakfix.clock import Clock, SystemClock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Object
from breakfix.clusters.snapshot import Snapshot
from breakfix.clusters.workloads import WorkloadRef, pods_of

Manifests = Callable[[Any], tuple[Object, ...]]
"""The objects of an `apply`: a file name, or objects written in place."""


@dataclass(frozen=True)
class Place:
    """A container in which to run a command."""

    namespace: str
    pod: str
    container: str


WaysKey = tuple[Place, tuple[str, ...]]
"""Where a question is asked, and the programs that could ask it, in their order."""


@dataclass(frozen=True)
class CheckContext:
    """All that a check may use. `before` is the cluster before the fault, `after` with it;
    both None until they are known. `looked` holds the pods that one look has seen, `ways`
    where a question was run in the end, and by which of its programs (see place.run)."""

    api: KubeApi
    namespace: str
    manifests: Manifests
    tools_image: str = "busybox:1.36"
    before: Snapshot | None = None
    after: Snapshot | None = None
    clock: Clock = field(default_factory=SystemClock)
    looked: dict[WorkloadRef, asyncio.Task[list[Object]]] | None = None
    ways: dict[WaysKey, tuple[Place, int]] = field(default_factory=dict)

    def one_look(self) -> CheckContext:
        """The same for questions that are asked at one moment: they read pods once."""
        return replace(self, looked={})

    async def pods(self, ref: WorkloadRef) -> list[Object]:
        """The pods of a workload, as workloads.pods_of gives them."""
        if self.looked is None:
            return await pods_of(self.api, ref)
        if ref not in self.looked:
            self.looked[ref] = asyncio.ensure_future(pods_of(self.api, ref))
        return await self.looked[ref]

    def knowing(self, before: Snapshot | None, after: Snapshot | None) -> CheckContext:
        """The same with what is remembered of the cluster."""
        return replace(self, before=before, after=after)


@dataclass(frozen=True)
class Answer:
    """What a check kind found: good or not, in words what was expected and what seen."""

    ok: bool
    expected: str
    seen: str


async def in_namespace(item: Object, ctx: CheckContext) -> Object:
    """A manifest's object, in the scenario's namespace where it names none and has one."""
    resource = await ctx.api.resource(item["kind"], item.get("apiVersion", ""))
    if resource.namespaced and not item["metadata"].get("namespace"):
        return item | {"metadata": item["metadata"] | {"namespace": ctx.namespace}}
    return item


class CannotAsk(Exception):  # noqa: N818 - a state, not a mistake
    """The check has no place to run: it counts as not ok, and says so."""
