"""Volumes that have grown: their file systems follow, while pods use them or when one comes."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.csi.types import NODE_EXPAND, RpcError
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.csi_in_use import Used, VolumesInUse
from breakfix.embedded.kubelet.payloads import MountError
from breakfix.embedded.objects import Object, condition, name_of, namespace_of
from breakfix.embedded.quantities import value

CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
PENDING = "FileSystemResizePending"


class GrowingVolumes(VolumesInUse):
    """Of one node."""

    _watched = False

    def _watch(self) -> None:
        if not self._watched:
            self._watched = True
            self._client.subscribe(CLAIMS, self._claim_changed)

    def _claim_changed(self, change: Change) -> None:
        claim = change.new
        if change.type == "DELETED" or condition(claim, PENDING) is None:
            return
        name = claim["spec"].get("volumeName")
        for used in self._used.values():
            volume = self._client.get(VOLUMES, name) if used.volume == name else None
            if used.staged and volume is not None:
                self._start(self._grow(used, volume, claim))

    async def _grow_late(self, used: Used, volume: Object) -> None:
        """A volume that grew while no pod had it."""
        ref = volume["spec"].get("claimRef") or {}
        claim = self._client.get(CLAIMS, ref.get("name", ""), ref.get("namespace", ""))
        if claim is not None and condition(claim, PENDING) is not None:
            await self._grow(used, volume, claim)

    async def _grow(self, used: Used, volume: Object, claim: Object) -> None:
        name, capacity = name_of(volume), volume["spec"]["capacity"]["storage"]
        try:
            driver = self._plugins.driver(used.driver)
            if NODE_EXPAND in driver.can:
                await driver.node_expand(used.handle, value(capacity))
        except (MountError, RpcError) as error:
            head = f'NodeExpandVolume.NodeExpandVolume failed for volume "{name}" :'
            text = f"{head} Expander.NodeExpand failed to expand the volume : {error}"
            for pod in used.pods.values():
                self._say(pod, "Warning", "VolumeResizeFailed", text)
            return
        if await self._grown(claim, capacity):
            head = "MountVolume.NodeExpandVolume succeeded for volume"
            for about in (*used.pods.values(), claim):
                self._say(about, "Normal", "FileSystemResizeSuccessful",
                          f'{head} "{name}" {self._node}')  # fmt: skip

    async def _grown(self, claim: Object, capacity: str) -> bool:
        """Say it in the claim's status; was it this call that did?"""
        fresh = self._client.get(CLAIMS, name_of(claim), namespace_of(claim))
        if fresh is None or condition(fresh, PENDING) is None:
            return False
        known = (fresh.get("status") or {}).get("conditions") or []
        left = [c for c in known if c["type"] not in (PENDING, "Resizing")]
        body = {"status": {"capacity": {"storage": capacity}, "conditions": left or None,
                           "allocatedResourceStatuses": None}}  # fmt: skip
        try:
            await self._client.patch(CLAIMS, name_of(claim), namespace_of(claim), body, "status")
        except StatusError:
            return False
        return True
