"""How volumes and claims are bound to each other and change their phase."""

from __future__ import annotations

from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.controllers.persistent_volume_match import (
    BOUND_BY,
    CLAIMS,
    COMPLETED,
    VOLUMES,
    phase_of,
)
from breakfix.embedded.controllers.writes import write_status
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    clone,
    name_of,
    namespace_of,
    timestamp,
)


class VolumeWriter(Controller):
    """The writes of the volume binder. All raise StatusError."""

    async def bind(self, volume: Object, claim: Object) -> None:
        """First the volume says whose it is, then the claim which it has."""
        volume = await self._bind_volume(volume, claim)
        await self.set_volume_phase(volume, "Bound")
        claim = await self._bind_claim(volume, claim)
        await self.set_claim_phase(claim, "Bound", volume)

    async def _bind_volume(self, volume: Object, claim: Object) -> Object:
        ref = volume["spec"].get("claimRef") or {}
        if ref.get("uid") == claim["metadata"]["uid"]:
            return volume
        changed = clone(volume)
        changed["spec"]["claimRef"] = {
            "kind": "PersistentVolumeClaim", "apiVersion": "v1",
            "namespace": namespace_of(claim), "name": name_of(claim),
            "uid": claim["metadata"]["uid"],
            "resourceVersion": claim["metadata"]["resourceVersion"],
        }  # fmt: skip
        if not ref:
            changed["metadata"].setdefault("annotations", {})[BOUND_BY] = "yes"
        return await self.client.update(VOLUMES, changed)

    async def _bind_claim(self, volume: Object, claim: Object) -> Object:
        named = claim["spec"].get("volumeName")
        if named and COMPLETED in annotations_of(claim):
            return claim
        changed = clone(claim)
        annotations = changed["metadata"].setdefault("annotations", {})
        if not named:
            changed["spec"]["volumeName"] = name_of(volume)
            annotations[BOUND_BY] = "yes"
        annotations[COMPLETED] = "yes"
        return await self.client.update(CLAIMS, changed)

    async def unbind(self, volume: Object) -> None:
        """The volume is nobody's, or, where a user bound it, waits for a claim of that name."""
        changed = clone(volume)
        if BOUND_BY in annotations_of(volume):
            del changed["spec"]["claimRef"]
            del changed["metadata"]["annotations"][BOUND_BY]
        else:
            for field in ("uid", "resourceVersion"):
                changed["spec"]["claimRef"].pop(field, None)
        await self.set_volume_phase(await self.client.update(VOLUMES, changed), "Available")

    async def set_volume_phase(self, volume: Object, phase: str, message: str = "") -> Object:
        """Store the phase of a volume if it changes."""
        if phase_of(volume) == phase:
            return volume
        status: Object = {
            "phase": phase, "lastPhaseTransitionTime": timestamp(self.clock.now()),
        }  # fmt: skip
        if message:
            status["message"] = message
        return await write_status(self.client, VOLUMES, volume, status)

    async def set_claim_phase(
        self, claim: Object, phase: str, volume: Object | None = None
    ) -> None:
        """Store the phase of a claim, and what the volume offers."""
        status = clone(claim.get("status") or {}) | {"phase": phase}
        if volume is None:
            status.pop("accessModes", None)
            status.pop("capacity", None)
        else:
            status["accessModes"] = volume["spec"].get("accessModes") or []
            if phase_of(claim) != "Bound":
                status["capacity"] = volume["spec"].get("capacity") or {}
        await write_status(self.client, CLAIMS, claim, status)
