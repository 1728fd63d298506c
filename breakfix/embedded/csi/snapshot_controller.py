"""snapshot-controller: joins VolumeSnapshots and their contents, whatever the driver is."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Key, itself_alive
from breakfix.embedded.controllers.persistent_volume_match import CLAIMS, phase_of
from breakfix.embedded.controllers.writes import drop_finalizer, patch_metadata
from breakfix.embedded.csi.api import TOKEN, Api
from breakfix.embedded.csi.election import Election
from breakfix.embedded.csi.program import Flags, Klog, enter, until_told
from breakfix.embedded.csi.sidecar import again, informed, lead
from breakfix.embedded.csi.snapshot_making import SnapshotMaking, SourceFaultError
from breakfix.embedded.csi.snapshot_status import (
    AS_SOURCE,
    BEING_DELETED,
    CLAIM_AS_SOURCE,
    CONTENTS,
    SNAPSHOT_BOUND,
    SNAPSHOT_CLASSES,
    SNAPSHOTS,
    add_finalizers,
    error_now,
    set_status,
)
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    is_going,
    name_of,
    namespace_of,
    timestamp,
)
from breakfix.embedded.quantities import show

WATCHED = (SNAPSHOTS, CONTENTS, SNAPSHOT_CLASSES, CLAIMS)
CRD_ATTEMPTS, CRD_PAUSE = 4, 2.0  # s


async def snapshot_controller(process: Process) -> int:
    """The program."""
    flags, log = Flags(process.argv[1:]), Klog(process, "main.go")

    async def live() -> None:
        api = await enter(process, log)
        try:
            await _defined(api, log)
            await informed(api, log, WATCHED)
            work = SnapshotController(api).run()
            if not flags.is_on("leader-election"):
                await work
                return
            namespace = process.files.read(TOKEN.replace("token", "namespace")).decode()
            name = "snapshot-controller-leader"
            election = Election(api, log, namespace, name, process.host.hostname)
            await election.win()
            await lead(election, work, log)
        finally:
            api.close()

    return await until_told(process, live)


async def _defined(api: Api, log: Klog) -> None:
    """Are the CRDs there? Raises ExitError where they stay away."""
    why: StatusError | None = None
    for _ in range(CRD_ATTEMPTS):
        try:
            for resource in (SNAPSHOTS, SNAPSHOT_CLASSES, CONTENTS):
                api.may_watch(resource)
            return
        except StatusError as error:
            why = error
            await log.error(f"Failed to list v1 volumesnapshots with error={error}", 107)
            await api.clock.sleep(CRD_PAUSE)
    text = "Exiting due to failure to ensure CRDs exist during startup"
    await log.fatal(f"{text}: {why}")


class SnapshotController(SnapshotMaking):
    """Keys are VolumeSnapshots."""

    name = "snapshot-controller"
    first_retry, last_retry = 1.0, 300.0

    def watch(self) -> None:
        self.on(SNAPSHOTS, itself_alive)
        self.on(CONTENTS, self._content)
        self.client.subscribe(CLAIMS, self._claim)

    def _content(self, change: Change) -> list[Key]:
        ref = change.new["spec"]["volumeSnapshotRef"]
        return [(ref["namespace"], ref["name"])]

    def _claim(self, change: Change) -> None:
        for each in self.client.list(SNAPSHOTS, namespace_of(change.new)):
            if each["spec"]["source"].get("persistentVolumeClaimName") == name_of(change.new):
                self.add((namespace_of(each), name_of(each)))

    async def sync(self, key: Key) -> None:
        """One snapshot."""
        item = self.client.get(SNAPSHOTS, key[1], key[0])
        if item is None:
            return
        content = self._bound(item)
        if is_going(item):
            await self._delete(item, content)
            return
        if (item.get("status") or {}).get("readyToUse"):
            await self._let_claim_go(item)
            return
        await add_finalizers(self.client, SNAPSHOTS, item, AS_SOURCE, SNAPSHOT_BOUND)
        try:
            content = content or await self._make(item)
        except SourceFaultError as error:
            await self._fail(item, error.reason, str(error))
            raise again(error) from error
        await self._follow(item, content)

    def _bound(self, item: Object) -> Object | None:
        """Its content: a given one, or the one that was made for it."""
        given = item["spec"]["source"].get("volumeSnapshotContentName")
        found = self.client.get(CONTENTS, given or f"snapcontent-{item['metadata']['uid']}")
        if found is None:
            return None
        ref = found["spec"]["volumeSnapshotRef"]
        same = (ref.get("namespace"), ref.get("name")) == (namespace_of(item), name_of(item))
        return found if same and ref.get("uid") in (None, "", item["metadata"]["uid"]) else None

    # -- following -------------------------------------------------------------------------

    async def _follow(self, item: Object, content: Object) -> None:
        """Say in the snapshot's status what the content's says."""
        found = content.get("status") or {}
        status: Object = {"boundVolumeSnapshotContentName": name_of(content)}
        if not content["spec"]["volumeSnapshotRef"].get("uid"):
            ref = {"uid": item["metadata"]["uid"]}
            body = {"spec": {"volumeSnapshotRef": ref}}
            await self.client.patch(CONTENTS, name_of(content), "", body)
        if found.get("error"):
            status |= {"readyToUse": False, "error": found["error"]}
        elif found.get("readyToUse"):
            status |= {"readyToUse": True, "error": None}
            if found.get("creationTime"):
                at = datetime.fromtimestamp(found["creationTime"] / 1e9, UTC)
                status["creationTime"] = timestamp(at)
            if found.get("restoreSize") is not None:
                status["restoreSize"] = show(Decimal(found["restoreSize"]), "BinarySI")
        else:
            status["readyToUse"] = False
        known = (item.get("status") or {}).get("readyToUse")
        await set_status(self.client, SNAPSHOTS, item, status)
        if status["readyToUse"] and not known:
            where = f"Snapshot {namespace_of(item)}/{name_of(item)}"
            text = f"{where} was successfully created by the CSI driver."
            self.event(item, "Normal", "SnapshotCreated", text)
            self.event(item, "Normal", "SnapshotReady", f"{where} is ready to use.")

    async def _fail(self, item: Object, reason: str, message: str) -> None:
        self.event(item, "Warning", reason, message)
        known = ((item.get("status") or {}).get("error") or {}).get("message")
        if known != message:
            status = {"readyToUse": False, "error": error_now(self.client, message)}
            await set_status(self.client, SNAPSHOTS, item, status)

    # -- the end ---------------------------------------------------------------------------

    async def _let_claim_go(self, item: Object) -> None:
        """Its claim may go, when no other snapshot of it is being made."""
        name, namespace = (
            item["spec"]["source"].get("persistentVolumeClaimName"),
            namespace_of(item),
        )
        claim = self.client.get(CLAIMS, name, namespace) if name else None
        busy = any(
            s["spec"]["source"].get("persistentVolumeClaimName") == name and not is_going(s)
            and not (s.get("status") or {}).get("readyToUse")
            for s in self.client.list(SNAPSHOTS, namespace)
        )  # fmt: skip
        if claim is not None and not busy:
            await drop_finalizer(self.client, CLAIMS, claim, CLAIM_AS_SOURCE)

    async def _delete(self, item: Object, content: Object | None) -> None:
        await self._let_claim_go(item)
        if self._is_being_restored(item):
            text = "Snapshot is being used to restore a PVC"
            self.event(item, "Warning", "SnapshotDeletePending", text)
            self.add_after((namespace_of(item), name_of(item)), 1.0)
            return
        if content is not None and content["spec"]["deletionPolicy"] == "Delete":
            if BEING_DELETED not in annotations_of(content):
                notes = annotations_of(content) | {BEING_DELETED: "yes"}
                await patch_metadata(self.client, CONTENTS, content, {"annotations": notes})
            if not is_going(content):
                await self.client.delete(CONTENTS, name_of(content))
            if self.client.get(CONTENTS, name_of(content)) is not None:
                return  # its end brings the key back
        for finalizer in (AS_SOURCE, SNAPSHOT_BOUND):
            await drop_finalizer(self.client, SNAPSHOTS, item, finalizer)

    def _is_being_restored(self, item: Object) -> bool:
        for claim in self.client.list(CLAIMS, namespace_of(item)):
            source = claim["spec"].get("dataSource") or {}
            mine = source.get("kind") == "VolumeSnapshot" and source.get("name") == name_of(item)
            if mine and phase_of(claim) == "Pending" and not is_going(claim):
                return True
        return False
