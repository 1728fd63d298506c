"""ReplicaSets: so many pods of one template."""

from __future__ import annotations

from collections import Counter

from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.claims import Owner
from breakfix.embedded.controllers.pod_helpers import (
    available_in,
    delete_pod,
    deletion_order,
    is_active,
    is_available,
    is_ready,
    pod_from,
    slow_start,
)
from breakfix.embedded.controllers.writes import (
    drop_condition,
    new_condition,
    set_condition,
    without_zero,
    write_status,
)
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    clone,
    controller_of,
    is_going,
    labels_of,
    name_of,
    namespace_of,
)
from breakfix.embedded.selectors import Labels, matches

BURST = 500
REPLICASET = Owner(
    "replicasets.apps", "apps/v1", "ReplicaSet",
    lambda owner, labels: matches(owner["spec"]["selector"], labels),
)  # fmt: skip


class ReplicaSetController(Controller):
    """Also the base of the ReplicationController's."""

    name = "replicaset-controller"
    workers = 5
    owner = REPLICASET

    def watch(self) -> None:
        """Its own objects and their pods."""
        self.on(self.owner.resource, itself)
        self.on("pods", self.owner.keys(self.client))

    async def sync(self, key: Key) -> None:
        """Claim, create or delete pods; then say in the status what is there."""
        found = self.client.get(self.owner.resource, key[1], key[0])
        if found is None:
            return
        claimed = await self.owner.claim(self.client, found, "pods")
        pods = [p for p in claimed if is_active(p)]
        error = None if is_going(found) else await self._manage(found, pods)
        await self._tell(key, found, error)
        if error:
            raise error

    async def _manage(self, owner: Object, pods: list[Object]) -> StatusError | None:
        wanted = owner["spec"].get("replicas", 1)
        if len(pods) < wanted:
            return await self._create(owner, min(wanted - len(pods), BURST))
        if len(pods) > wanted:
            return await self._delete(owner, pods, min(len(pods) - wanted, BURST))
        return None

    async def _create(self, owner: Object, count: int) -> StatusError | None:
        template = owner["spec"]["template"]
        pods = []
        for _ in range(count):
            pod = pod_from(template, owner, self.owner.api_version, self.owner.kind)
            pod["metadata"]["generateName"] = f"{name_of(owner)}-"
            pods.append(pod)
        return await slow_start(self, owner, pods)

    async def _delete(self, owner: Object, pods: list[Object], count: int) -> StatusError | None:
        neighbours = Counter(
            p["spec"].get("nodeName") for p in self._related(owner) if is_active(p)
        )
        now = self.clock.now()
        ranked = sorted(
            pods, key=lambda p: deletion_order(p, neighbours[p["spec"].get("nodeName")], now)
        )
        error = None
        for pod in ranked[:count]:
            try:
                await delete_pod(self, owner, pod)
            except StatusError as refused:
                error = error or StatusError(
                    refused.code, refused.reason, f"unable to delete pods: {refused}"
                )
        return error

    def _related(self, owner: Object) -> list[Object]:
        """The pods of all the sets of the same owner, which tell where there are doubles."""
        above = controller_of(owner)
        if above is None:
            return self.owned("pods", owner)
        siblings = {
            s["metadata"]["uid"]
            for s in self.client.list(self.owner.resource, namespace_of(owner))
            if (ref := controller_of(s)) and ref["uid"] == above["uid"]
        }
        return [
            p
            for p in self.client.list("pods", namespace_of(owner))
            if (ref := controller_of(p)) and ref["uid"] in siblings
        ]

    async def _tell(self, key: Key, owner: Object, error: StatusError | None) -> None:
        fresh = self.client.get(self.owner.resource, key[1], key[0])
        if fresh is None:
            return
        pods = [p for p in self.owned("pods", fresh) if is_active(p)]
        status = self._status(owner, fresh, pods, error)
        await write_status(self.client, self.owner.resource, fresh, status)
        waits = fresh["spec"].get("minReadySeconds", 0)
        if waits and status.get("readyReplicas", 0) != status.get("availableReplicas", 0):
            self.add_after(key, available_in(pods, waits, self.clock.now()) or waits)

    def _status(
        self, seen: Object, fresh: Object, pods: list[Object], error: StatusError | None
    ) -> Object:
        waits, now = fresh["spec"].get("minReadySeconds", 0), self.clock.now()
        template = ((fresh["spec"].get("template") or {}).get("metadata") or {}).get("labels")
        status: Object = clone(fresh.get("status") or {}) | {
            "replicas": len(pods),
            "fullyLabeledReplicas": sum(_labelled(template or {}, p) for p in pods),
            "readyReplicas": sum(is_ready(p) for p in pods),
            "availableReplicas": sum(is_available(p, waits, now) for p in pods),
            "observedGeneration": seen["metadata"].get("generation", 0),
        }
        if error is None:
            drop_condition(status, "ReplicaFailure")
        elif not any(c["type"] == "ReplicaFailure" for c in status.get("conditions") or []):
            few = len(pods) < fresh["spec"].get("replicas", 1)
            reason = "FailedCreate" if few else "FailedDelete"
            set_condition(
                status, new_condition(self.clock, "ReplicaFailure", "True", reason, str(error))
            )
        return without_zero(status, "replicas")


def _labelled(template: Labels, pod: Object) -> bool:
    labels = labels_of(pod)
    return all(labels.get(k) == v for k, v in template.items())
