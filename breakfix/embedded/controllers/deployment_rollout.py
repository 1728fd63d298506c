"""One turn of a Deployment: its ReplicaSets are made, scaled and forgotten."""

from __future__ import annotations

from breakfix.embedded.controllers.base import Controller, key_of
from breakfix.embedded.controllers.deployment_sets import (
    FOREVER,
    HASH,
    REVISION,
    created_order,
    find_new,
    new_annotations,
    new_size,
    replica_annotations,
    replicas,
    revision_of,
    same_template,
    status_number,
)
from breakfix.embedded.controllers.deployment_status import (
    deadline_in,
    deployment_condition,
    has_deadline,
    is_complete,
    plain_status,
    rollout_status,
)
from breakfix.embedded.controllers.history import safe_hash
from breakfix.embedded.controllers.writes import (
    namespace_ends,
    owner_reference,
    patch_metadata,
    set_condition,
    write_status,
)
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    clone,
    condition,
    controller_of,
    is_going,
    name_of,
    namespace_of,
)

SETS, DEPLOYMENTS = "replicasets.apps", "deployments.apps"


class Rollout:
    """A Deployment with its sets, kept up to date while they are written."""

    def __init__(self, controller: Controller, deployment: Object, sets: list[Object]) -> None:
        self.controller = controller
        self.client, self.clock = controller.client, controller.clock
        self.deployment = deployment
        self.new = find_new(deployment, sets)
        self.old = sorted(
            (s for s in sets if self.new is None or name_of(s) != name_of(self.new)),
            key=created_order,
        )

    @property
    def sets(self) -> list[Object]:
        """All of them."""
        return [*self.old, self.new] if self.new else list(self.old)

    @property
    def active_old(self) -> list[Object]:
        """The old ones that still want pods."""
        return [s for s in self.old if replicas(s)]

    # -- the new set -------------------------------------------------------------------

    async def sync_revision(self, *, create: bool) -> None:
        """Bring the new set's annotations up to date, or make it."""
        revision = max(map(revision_of, self.old), default=0) + 1
        if self.new is not None:
            await self._refresh(self.new, revision)
        elif create:
            await self._create(revision)

    async def _refresh(self, item: Object, revision: int) -> None:
        present = annotations_of(item)
        wanted = new_annotations(self.deployment, present, revision, exists=True)
        seconds = self.deployment["spec"].get("minReadySeconds", 0)
        if wanted != present or item["spec"].get("minReadySeconds", 0) != seconds:
            changed = clone(item)
            changed["metadata"]["annotations"] = wanted
            changed["spec"]["minReadySeconds"] = seconds
            item = self.new = await self.client.update(SETS, changed)
        await self._note_revision(annotations_of(item)[REVISION])
        if has_deadline(self.deployment) and not condition(self.deployment, "Progressing"):
            message = f'Found new replica set "{name_of(item)}"'
            await self.note("Progressing", "True", "FoundNewReplicaSet", message)

    async def _note_revision(self, revision: str) -> None:
        if annotations_of(self.deployment).get(REVISION) == revision:
            return
        wanted = {"annotations": {REVISION: revision}}
        await patch_metadata(self.client, DEPLOYMENTS, self.deployment, wanted, "status")
        fresh = self.client.get(
            DEPLOYMENTS, name_of(self.deployment), namespace_of(self.deployment)
        )
        self.deployment = fresh or self.deployment

    async def note(self, kind: str, state: str, reason: str, message: str) -> None:
        """Store one condition."""
        status = clone(self.deployment.get("status") or {})
        if set_condition(status, deployment_condition(self.clock, kind, state, reason, message)):
            await self._write(status)

    async def _write(self, status: Object) -> None:
        self.deployment = await write_status(self.client, DEPLOYMENTS, self.deployment, status)

    async def _create(self, revision: int) -> None:
        wanted = self._new_set(revision)
        try:
            self.new = await self.client.create(SETS, wanted)
        except StatusError as error:
            if not await self._survive(wanted, error):
                raise
        else:
            await self._announce(self.new)
        await self._note_revision(str(revision))

    def _new_set(self, revision: int) -> Object:
        spec = self.deployment["spec"]
        collisions = (self.deployment.get("status") or {}).get("collisionCount")
        digest = safe_hash(spec["template"], collisions)
        template = clone(spec["template"])
        metadata = template.setdefault("metadata", {})
        labels = metadata["labels"] = (metadata.get("labels") or {}) | {HASH: digest}
        selector = clone(spec["selector"])
        selector["matchLabels"] = (selector.get("matchLabels") or {}) | {HASH: digest}
        return {
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": f"{name_of(self.deployment)[: 252 - len(digest)]}-{digest}",
                "namespace": namespace_of(self.deployment), "labels": dict(labels),
                "annotations": new_annotations(self.deployment, {}, revision, exists=False),
                "ownerReferences": [owner_reference(self.deployment, "apps/v1", "Deployment")],
            },
            "spec": {
                "replicas": new_size(self.deployment, self.old, 0),
                "minReadySeconds": spec.get("minReadySeconds", 0),
                "selector": selector, "template": template,
            },
        }  # fmt: skip

    async def _announce(self, item: Object) -> None:
        if replicas(item):
            self._event(f"Scaled up replica set {name_of(item)} from 0 to {replicas(item)}")
        if has_deadline(self.deployment):
            message = f'Created new replica set "{name_of(item)}"'
            await self.note("Progressing", "True", "NewReplicaSetCreated", message)

    async def _survive(self, wanted: Object, error: StatusError) -> bool:
        """Was the failed creation no failure: is the set already there?"""
        if error.reason == "AlreadyExists":
            there = self.client.get(SETS, name_of(wanted), namespace_of(wanted))
            ref = controller_of(there) if there else None
            uid = self.deployment["metadata"]["uid"]
            if there and ref and ref["uid"] == uid and same_template(self.deployment, there):
                self.new = there
                return True
            status = clone(self.deployment.get("status") or {})
            await self._write(status | {"collisionCount": status.get("collisionCount", 0) + 1})
        elif not namespace_ends(error):
            message = f'Failed to create new replica set "{name_of(wanted)}": {error}'
            if has_deadline(self.deployment):
                await self.note("Progressing", "False", "ReplicaSetCreateError", message)
            self.controller.event(self.deployment, "Warning", "ReplicaSetCreateError", message)
        return False

    # -- sizes -------------------------------------------------------------------------

    async def scale(self, item: Object, size: int, *, quiet: bool = False) -> bool:
        """Give a set a size and tell so; False where it has it. Without quiet, annotations
        alone are no reason to write."""
        before = replicas(item)
        wanted = replica_annotations(self.deployment)
        stale = any(annotations_of(item).get(k) != v for k, v in wanted.items())
        if before == size and not (quiet and stale):
            return False
        changed = clone(item)
        changed["spec"]["replicas"] = size
        changed["metadata"]["annotations"] = annotations_of(item) | wanted
        self._replace(await self.client.update(SETS, changed))
        if before == size:
            return False
        direction = "up" if before < size else "down"
        self._event(f"Scaled {direction} replica set {name_of(item)} from {before} to {size}")
        return True

    def _replace(self, item: Object) -> None:
        name = name_of(item)
        if self.new is not None and name_of(self.new) == name:
            self.new = item
        self.old = [item if name_of(s) == name else s for s in self.old]

    def _event(self, message: str) -> None:
        self.controller.event(self.deployment, "Normal", "ScalingReplicaSet", message)

    # -- the end of a turn -------------------------------------------------------------

    async def clean_up(self) -> None:
        """Delete the oldest sets beyond revisionHistoryLimit that have no pods."""
        limit = self.deployment["spec"].get("revisionHistoryLimit", 10)
        alive = [s for s in self.old if not is_going(s)]
        if limit == FOREVER or len(alive) <= limit:
            return
        ranked = sorted(alive, key=lambda s: (revision_of(s), created_order(s)))
        for item in ranked[: len(alive) - limit]:
            seen = status_number(item, "observedGeneration")
            if replicas(item) or status_number(item, "replicas"):
                continue
            if item["metadata"].get("generation", 0) <= seen:
                await self.client.delete(SETS, name_of(item), namespace_of(item))

    async def report(self) -> None:
        """Store the status of a rollout; look again when its deadline passes."""
        await self._write(rollout_status(self.clock, self.deployment, self.sets, self.new))
        current = condition(self.deployment, "Progressing")
        if not has_deadline(self.deployment) or current is None:
            return
        stuck = current["reason"] == "ProgressDeadlineExceeded"
        if stuck or is_complete(self.deployment, self.deployment.get("status") or {}):
            return
        left = deadline_in(self.clock, self.deployment, current)
        self.controller.add_after(key_of(self.deployment), max(left, 0) + 1)

    async def report_plain(self) -> None:
        """Store the status without judging progress."""
        await self._write(plain_status(self.clock, self.deployment, self.sets, self.new))
