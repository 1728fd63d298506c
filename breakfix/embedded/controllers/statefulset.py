"""StatefulSets: pods with names that stay."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.claims import Owner
from breakfix.embedded.controllers.history import (
    current_revision,
    revisions_of,
    truncate_history,
)
from breakfix.embedded.controllers.pod_helpers import available_in, is_available, is_ready, phase_of
from breakfix.embedded.controllers.statefulset_pods import is_member, ordinals, revision_of
from breakfix.embedded.controllers.statefulset_turn import CLAIMS, Turn
from breakfix.embedded.controllers.writes import without_zero, write_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of
from breakfix.embedded.selectors import matches

SETS = "statefulsets.apps"
STATEFUL_SET = Owner(
    SETS, "apps/v1", "StatefulSet",
    lambda owner, labels: matches(owner["spec"]["selector"], labels),
)  # fmt: skip
HASH_LABEL = "controller.kubernetes.io/hash"


class StatefulSetController(Controller):
    """The statefulset controller."""

    name = "statefulset-controller"
    workers = 5

    def watch(self) -> None:
        """Sets, their pods and revisions, and claims that vanish under a pending pod."""
        self.on(SETS, itself)
        self.on("pods", STATEFUL_SET.keys(self.client))
        self.client.subscribe(CLAIMS, lambda change: self.add(*self._claimed(change)))

    def _claimed(self, change: Change) -> list[Key]:
        if change.type != "DELETED":
            return []
        namespace = namespace_of(change.new)
        return [(namespace, name_of(s)) for s in self.client.list(SETS, namespace)
                if f"-{name_of(s)}-" in name_of(change.new)]  # fmt: skip

    async def sync(self, key: Key) -> None:
        """One turn, and what it led to in the status."""
        item = self.client.get(SETS, key[1], key[0])
        if item is None:
            return
        known = await revisions_of(self.client, STATEFUL_SET, item)
        update, collisions = await current_revision(
            self.client, STATEFUL_SET, item, known, HASH_LABEL
        )
        named = (item.get("status") or {}).get("currentRevision")
        current = next((r for r in known if name_of(r) == named), update)
        pods = await self._pods(item)
        turn = Turn(self, item, pods, current, update)
        error = await self._take(turn)
        await self._report(key, item, current, update, collisions)
        if error:
            raise error
        live = {name_of(current), name_of(update), *map(revision_of, pods)}
        limit = item["spec"].get("revisionHistoryLimit", 10)
        await truncate_history(self.client, known, live, limit)

    async def _take(self, turn: Turn) -> StatusError | None:
        if is_going(turn.item):
            return None
        try:
            await turn.take()
        except StatusError as error:
            return error
        return None

    async def _pods(self, item: Object) -> list[Object]:
        claimed = await STATEFUL_SET.claim(self.client, item, "pods")
        return [p for p in claimed if is_member(item, p)]

    async def _report(
        self, key: Key, item: Object, current: Object, update: Object, collisions: int | None
    ) -> None:
        pods = [p for p in self.owned("pods", item) if is_member(item, p)]
        status = self._status(item, pods, current, update)
        status["collisionCount"] = collisions or 0
        _complete(item, status)
        await write_status(self.client, SETS, item, without_zero(
            status, "replicas", "availableReplicas", "collisionCount"
        ))  # fmt: skip
        waits = item["spec"].get("minReadySeconds", 0)
        if waits and (again := available_in(pods, waits, self.clock.now())):
            self.add_after(key, again)

    def _status(self, item: Object, pods: list[Object], current: Object, update: Object) -> Object:
        waits, now = item["spec"].get("minReadySeconds", 0), self.clock.now()
        ready = [p for p in pods if phase_of(p) == "Running" and is_ready(p)]
        staying = [revision_of(p) for p in pods if not is_going(p)]
        return {
            "observedGeneration": item["metadata"].get("generation", 0),
            "replicas": len(pods), "readyReplicas": len(ready),
            "availableReplicas": sum(is_available(p, waits, now) for p in ready),
            "currentReplicas": staying.count(name_of(current)),
            "updatedReplicas": staying.count(name_of(update)),
            "currentRevision": name_of(current), "updateRevision": name_of(update),
        }  # fmt: skip


def _complete(item: Object, status: Object) -> None:
    """When every pod is new, the new revision is the current one."""
    strategy = (item["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate")
    wanted = len(ordinals(item))
    counts = ("updatedReplicas", "readyReplicas", "replicas")
    if strategy == "RollingUpdate" and all(status[c] == wanted for c in counts):
        status["currentReplicas"] = status["updatedReplicas"]
        status["currentRevision"] = status["updateRevision"]
