"""csi-snapshotter: has the driver make and delete what VolumeSnapshotContents stand for."""

from __future__ import annotations

from collections.abc import Sequence

from breakfix.embedded.controllers.base import Controller, Key, itself_alive
from breakfix.embedded.controllers.writes import drop_finalizer
from breakfix.embedded.csi.sidecar import Sidecar, SidecarController, again, run
from breakfix.embedded.csi.snapshot_status import (
    BEING_DELETED,
    CONTENT_BOUND,
    CONTENTS,
    SNAPSHOT_CLASSES,
    error_now,
    set_status,
)
from breakfix.embedded.csi.types import SNAPSHOT, RpcError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object, annotations_of, is_going

WATCHED = (CONTENTS, SNAPSHOT_CLASSES)


async def csi_snapshotter(process: Process) -> int:
    """The program."""
    return await run(process, "main.go", WATCHED, _controllers, "external-snapshotter-leader")


def _controllers(sidecar: Sidecar) -> Sequence[Controller]:
    return (Snapshotter(sidecar),) if SNAPSHOT in sidecar.driver.can else ()


class Snapshotter(SidecarController):
    """Of one driver's contents."""

    name = "csi-snapshotter"

    def watch(self) -> None:
        self.on(CONTENTS, itself_alive)

    async def sync(self, key: Key) -> None:
        """Make or delete one snapshot."""
        item = self.client.get(CONTENTS, key[1])
        if item is None or item["spec"]["driver"] != self.driver.name:
            return
        if is_going(item):
            await self._delete(item)
        elif not (item.get("status") or {}).get("readyToUse"):
            await self._make(item)

    async def _make(self, item: Object) -> None:
        source = item["spec"]["source"]
        if handle := source.get("snapshotHandle"):
            status = {"snapshotHandle": handle, "readyToUse": True, "error": None}
            await set_status(self.client, CONTENTS, item, status)
            return
        name = "snapshot-" + item["spec"]["volumeSnapshotRef"].get("uid", "")
        try:
            made = await self.driver.create_snapshot(name, source["volumeHandle"])
        except RpcError as error:
            text = f'failed to take snapshot of the volume {source["volumeHandle"]}: "{error}"'
            text = f"Failed to check and update snapshot content: {text}"
            await set_status(self.client, CONTENTS, item, {
                "readyToUse": False, "error": error_now(self.client, text),
            })  # fmt: skip
            self._say(item, "SnapshotContentCheckandUpdateFailed", text)
            raise again(error) from error
        await set_status(self.client, CONTENTS, item, {
            "snapshotHandle": made.id, "readyToUse": made.ready, "restoreSize": made.size,
            "creationTime": int(made.at * 1e9), "error": None,
        })  # fmt: skip

    async def _delete(self, item: Object) -> None:
        handle = (item.get("status") or {}).get("snapshotHandle")
        wanted = item["spec"].get("deletionPolicy") == "Delete"
        if wanted and handle and BEING_DELETED in annotations_of(item):
            try:
                await self.driver.delete_snapshot(handle)
            except RpcError as error:
                self._say(item, "SnapshotDeleteError", "Failed to delete snapshot")
                raise again(error) from error
        if not wanted or BEING_DELETED in annotations_of(item):
            await drop_finalizer(self.client, CONTENTS, item, CONTENT_BOUND)

    def _say(self, item: Object, reason: str, message: str) -> None:
        component = f"csi-snapshotter {self.driver.name}"
        self.sidecar.event(item, "Warning", reason, message, component)
