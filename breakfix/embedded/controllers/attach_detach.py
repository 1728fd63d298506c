"""The attach-detach controller: VolumeAttachments for the volumes of the pods on each node."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.attach_detach_nodes import NodeStatuses
from breakfix.embedded.controllers.base import Key
from breakfix.embedded.controllers.persistent_volume import claims_in
from breakfix.embedded.controllers.persistent_volume_match import CLAIMS, VOLUMES
from breakfix.embedded.objects import (
    Object,
    is_going,
    name_of,
    namespace_of,
)

ATTACHMENTS, DRIVERS = "volumeattachments.storage.k8s.io", "csidrivers.storage.k8s.io"
OWN_NAME = re.compile(r"csi-[0-9a-f]{64}")
PATIENCE = 120.0  # s for an attacher to answer
UNMOUNTING = 360.0  # s until a volume is detached from a node that does not unmount it
FIRST_PAUSE, LAST_PAUSE = 0.5, 122.0  # s between attempts that fail
LOOK = 1.0  # s between looks at volumes that are still mounted
_SHARED = {"ReadWriteMany", "ReadOnlyMany"}


@dataclass
class Trying:
    """An attachment that is waited for. Times: seconds of the clock."""

    since: float
    pause: float = FIRST_PAUSE
    next: float = 0.0  # when a failure is told again
    told: str = ""  # that another node has it


class AttachDetachController(NodeStatuses):
    """Keys are PersistentVolumes of CSI drivers."""

    name = "attachdetach-controller"

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._trying: dict[tuple[str, str], Trying] = {}  # by volume and node
        self._leaving: dict[tuple[str, str], float] = {}
        self._attached: set[str] = set()  # uids of attachments that were told of

    def watch(self) -> None:
        """Pods with volumes, claims that are bound, attachments."""
        self.on("pods", self._pod)
        self.on(CLAIMS, self._claim)
        self.on(ATTACHMENTS, self._attachment)
        self.client.subscribe("nodes", self._node)

    def _pod(self, change: Change) -> list[Key]:
        pod = change.new
        if not pod["spec"].get("nodeName") or not pod["spec"].get("volumes"):
            return []
        return [("", name) for name in self._volumes_of(pod)]

    def _claim(self, change: Change) -> list[Key]:
        name = change.new["spec"].get("volumeName")
        return [("", name)] if name else []

    def _attachment(self, change: Change) -> list[Key]:
        name = change.new["spec"]["source"].get("persistentVolumeName")
        return [("", name)] if name else []

    def _node(self, change: Change) -> None:
        old, new = (((n or {}).get("status") or {}).get("volumesInUse") for n in
                    (change.old, change.new))  # fmt: skip
        if change.type == "DELETED" or old != new:
            node = name_of(change.new)
            self.add(*(("", volume) for volume, at in self._leaving if at == node))

    def _volumes_of(self, pod: Object) -> list[str]:
        found = []
        for name in claims_in(pod):
            claim = self.client.get(CLAIMS, name, namespace_of(pod))
            bound = claim["spec"].get("volumeName") if claim else None
            volume = self.client.get(VOLUMES, bound) if bound else None
            if volume is not None and "csi" in volume["spec"]:
                found.append(name_of(volume))
        return found

    # -- one volume ------------------------------------------------------------------------

    async def sync(self, key: Key) -> None:
        """Attach it where pods want it, detach it elsewhere."""
        name = key[1]
        volume = self.client.get(VOLUMES, name)
        have = {a["spec"]["nodeName"]: a for a in self._attachments(name)}
        wanted = self._wanted(volume) if volume and self._is_attachable(volume) else {}
        for node, item in have.items():
            if node not in wanted:
                await self._detach(name, node, item)
        for pair in [p for p in self._trying if p[0] == name and p[1] not in wanted]:
            del self._trying[pair]
        for node, pods in wanted.items():
            self._leaving.pop((name, node), None)
            if volume is not None:
                await self._attach(volume, node, pods, wanted)

    def _attachments(self, name: str) -> list[Object]:
        """Those that this controller has made; others are left to who made them."""
        return [
            a for a in self.client.list(ATTACHMENTS)
            if a["spec"]["source"].get("persistentVolumeName") == name
            and OWN_NAME.fullmatch(name_of(a))
        ]  # fmt: skip

    def _is_attachable(self, volume: Object) -> bool:
        csi = volume["spec"].get("csi")
        if not csi:
            return False
        found = self.client.get(DRIVERS, csi["driver"])
        return found is None or bool(found["spec"].get("attachRequired", True))

    def _wanted(self, volume: Object) -> dict[str, list[Object]]:
        """The pods that want it, by node."""
        ref = volume["spec"].get("claimRef") or {}
        claim = self.client.get(CLAIMS, ref.get("name", ""), ref.get("namespace", ""))
        found: dict[str, list[Object]] = {}
        if claim is None or claim["spec"].get("volumeName") != name_of(volume):
            return found
        for pod in self.client.list("pods", ref["namespace"]):
            node = pod["spec"].get("nodeName")
            if node and not _is_over(pod) and ref["name"] in claims_in(pod):
                found.setdefault(node, []).append(pod)
        return found

    # -- attaching -------------------------------------------------------------------------

    async def _attach(
        self, volume: Object, node: str, pods: list[Object], wanted: dict[str, list[Object]]
    ) -> None:
        name = name_of(volume)
        have = {a["spec"]["nodeName"]: a for a in self._attachments(name)}
        trying = self._trying.setdefault((name, node), Trying(self.clock.monotonic()))
        mine = have.get(node)
        if mine is None:
            others = [n for n in have if n != node]
            if others and not set(volume["spec"].get("accessModes") or ()) & _SHARED:
                self._taken(volume, pods, [p for n in others for p in wanted.get(n, [])], trying)
                return
            trying.since = self.clock.monotonic()
            mine = await self._create(volume, node)
        if is_going(mine):
            return
        await self._look(volume, node, pods, mine, trying)

    def _taken(
        self, volume: Object, pods: list[Object], others: list[Object], trying: Trying
    ) -> None:
        """Another node has it: say so once."""
        if trying.told:
            return
        text = "Volume is already exclusively attached to one node and can't be attached to another"
        if others:
            names = ", ".join(name_of(p) for p in others)
            text = f"Volume is already used by pod(s) {names}"
        trying.told = f'Multi-Attach error for volume "{name_of(volume)}" {text}'
        for pod in pods:
            self.event(pod, "Warning", "FailedAttachVolume", trying.told)

    async def _create(self, volume: Object, node: str) -> Object:
        csi = volume["spec"]["csi"]
        text = f"{csi['volumeHandle']}{csi['driver']}{node}"
        name = "csi-" + hashlib.sha256(text.encode()).hexdigest()
        return await self.client.create(ATTACHMENTS, {
            "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment",
            "metadata": {"name": name},
            "spec": {"attacher": csi["driver"], "nodeName": node,
                     "source": {"persistentVolumeName": name_of(volume)}},
        })  # fmt: skip

    async def _look(
        self, volume: Object, node: str, pods: list[Object], item: Object, trying: Trying
    ) -> None:
        """Is it attached, or why not?"""
        status, now = item.get("status") or {}, self.clock.monotonic()
        if status.get("attached"):
            await self._done(volume, node, pods, item)
            return
        error = (status.get("attachError") or {}).get("message") or ""
        late = now - trying.since >= PATIENCE
        if (error or late) and now >= trying.next:
            csi = volume["spec"]["csi"]
            why = error or (
                f"timed out waiting for external-attacher of {csi['driver']} CSI driver to attach "
                f"volume {csi['volumeHandle']}"
            )
            text = f'AttachVolume.Attach failed for volume "{name_of(volume)}" : {why}'
            for pod in pods:
                self.event(pod, "Warning", "FailedAttachVolume", text)
            trying.since, trying.next = now, now + trying.pause
            trying.pause = min(trying.pause * 2, LAST_PAUSE)
        due = trying.next - now if error else trying.since + PATIENCE - now
        self.add_after(("", name_of(volume)), max(due, FIRST_PAUSE))

    async def _done(self, volume: Object, node: str, pods: list[Object], item: Object) -> None:
        self._trying.pop((name_of(volume), node), None)
        new = item["metadata"]["uid"] not in self._attached
        if not await self._report(volume, node, there=True) and not new:
            return
        self._attached.add(item["metadata"]["uid"])
        for pod in pods if new else ():
            text = f'AttachVolume.Attach succeeded for volume "{name_of(volume)}" '
            self.event(pod, "Normal", "SuccessfulAttachVolume", text)

    # -- detaching -------------------------------------------------------------------------

    async def _detach(self, name: str, node: str, item: Object) -> None:
        if is_going(item):
            return
        volume = self.client.get(VOLUMES, name)
        begun = self._leaving.setdefault((name, node), self.clock.monotonic())
        if volume is not None and self._is_mounted(volume, node):
            late = self.clock.monotonic() - begun > UNMOUNTING
            if not self._is_lost(node, late):
                self.add_after(("", name), LOOK if not late else LOOK * 10)
                return
        del self._leaving[name, node]
        if volume is not None:
            await self._report(volume, node, there=False)
        self._attached.discard(item["metadata"]["uid"])
        await self.client.delete(ATTACHMENTS, name_of(item))


def _is_over(pod: Object) -> bool:
    """Does it need its volumes no more?"""
    status = pod.get("status") or {}
    if status.get("phase") in ("Succeeded", "Failed"):
        return True
    if not is_going(pod):
        return False
    states = [c.get("state") or {} for c in status.get("containerStatuses") or []]
    return bool(states) and not any("running" in s for s in states)
