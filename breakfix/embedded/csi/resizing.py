"""csi-resizer: grows the volumes of claims that ask for more than they have."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.persistent_volume_match import (
    CLAIMS,
    VOLUMES,
    capacity_of,
    is_for,
    phase_of,
    request_of,
)
from breakfix.embedded.csi.sidecar import Sidecar, SidecarController, again, run
from breakfix.embedded.csi.types import EXPAND, RpcError
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of, timestamp
from breakfix.embedded.quantities import parse, show, value

PENDING = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
RESIZING = ("Resizing", "FileSystemResizePending", "ControllerResizeError", "NodeResizeError")
_INFEASIBLE = ("InvalidArgument", "NotFound", "OutOfRange", "Unimplemented")


async def csi_resizer(process: Process) -> int:
    """The program."""
    return await run(process, "main.go", (CLAIMS, VOLUMES), _controllers, "external-resizer")


def _controllers(sidecar: Sidecar) -> Sequence[Controller]:
    return (Resizer(sidecar),) if EXPAND in sidecar.driver.can else ()


class Resizer(SidecarController):
    """Of one driver's volumes."""

    name = "csi-resizer"

    def watch(self) -> None:
        self.on(CLAIMS, self._changed)

    def _changed(self, change: Change) -> list[Key]:
        return [] if change.type == "DELETED" or not _wants_more(change.new) else itself(change)

    def _say(self, claim: Object, type: str, reason: str, message: str) -> None:
        component = f"external-resizer {self.driver.name}"
        self.sidecar.event(claim, type, reason, message, component)

    async def sync(self, key: Key) -> None:
        """Grow one volume."""
        claim = self.client.get(CLAIMS, key[1], key[0])
        if claim is None or is_going(claim) or not _wants_more(claim):
            return
        volume = self.client.get(VOLUMES, claim["spec"]["volumeName"])
        csi = volume["spec"].get("csi") if volume else None
        if volume is None or not csi or csi["driver"] != self.driver.name:
            return
        if is_for(volume, claim) and not self._waits_for_node(claim, volume):
            await self._grow(claim, volume, csi["volumeHandle"])

    def _waits_for_node(self, claim: Object, volume: Object) -> bool:
        found = (claim.get("status") or {}).get("conditions") or []
        enough = parse(capacity_of(volume)) >= parse(request_of(claim))
        return enough and any(c["type"] == "FileSystemResizePending" for c in found)

    async def _grow(self, claim: Object, volume: Object, handle: str) -> None:
        name, wanted = name_of(volume), str(request_of(claim))
        await self._status(
            claim, [("Resizing", "")], "ControllerResizeInProgress", allocated=wanted
        )
        self._say(claim, "Normal", "Resizing", f"External resizer is resizing volume {name}")
        try:
            size, on_node = await self.driver.expand(handle, value(wanted))
            capacity = {"storage": show(Decimal(size), "BinarySI")}
            await self.client.patch(VOLUMES, name, "", {"spec": {"capacity": capacity}})
        except (RpcError, StatusError) as error:
            await self._failed(claim, name, error)
            raise again(error) from error
        if on_node and volume["spec"].get("volumeMode") != "Block":
            await self._status(claim, [("FileSystemResizePending", PENDING)], "NodeResizePending")
            text = "Require file system resize of volume on node"
            self._say(claim, "Normal", "FileSystemResizeRequired", text)
            return
        await self._status(claim, [], None, capacity=capacity["storage"])
        self._say(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")

    async def _failed(self, claim: Object, name: str, error: Exception) -> None:
        text = f'resize volume "{name}" by resizer "{self.driver.name}" failed: {error}'
        if isinstance(error, RpcError) and error.final:
            state = "ControllerResizeInProgress"
            if error.code in _INFEASIBLE:
                state = "ControllerResizeInfeasible"
            shown = [("Resizing", ""), ("ControllerResizeError", str(error))]
            await self._status(claim, shown, state)
        self._say(claim, "Warning", "VolumeResizeFailed", text)

    async def _status(
        self, claim: Object, conditions: Sequence[tuple[str, str]], state: str | None,
        *, allocated: str = "", capacity: str = "",
    ) -> None:  # fmt: skip
        """Write how far the growth is."""
        fresh = self.client.get(CLAIMS, name_of(claim), namespace_of(claim)) or claim
        status = fresh.get("status") or {}
        now = timestamp(self.clock.now())
        known = status.get("conditions") or []
        before = {c["type"]: c for c in known}
        found = [c for c in known if c["type"] not in RESIZING]
        for kind, message in conditions:
            fresh_one: Object = {"type": kind, "status": "True", "lastTransitionTime": now}
            fresh_one |= {"message": message} if message else {}
            found.append(before.get(kind) or fresh_one)
        states = {"storage": state} if state else None
        body: Object = {"conditions": found or None, "allocatedResourceStatuses": states}
        body |= {"allocatedResources": {"storage": allocated}} if allocated else {}
        body |= {"capacity": {"storage": capacity}} if capacity else {}
        await self.client.patch(
            CLAIMS, name_of(claim), namespace_of(claim), {"status": body}, "status"
        )


def _wants_more(claim: Object) -> bool:
    have = ((claim.get("status") or {}).get("capacity") or {}).get("storage")
    bound = phase_of(claim) == "Bound" and claim["spec"].get("volumeName")
    return bool(bound and have is not None and parse(request_of(claim)) > parse(have))
