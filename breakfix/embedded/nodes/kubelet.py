"""A minimal kubelet: its node's object and lease, and a life for the pods bound to it.

No program runs: `pod_run` says what a pod's containers would do.
"""

from __future__ import annotations

import asyncio
from functools import partial

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.nodes import node_object
from breakfix.embedded.nodes.addresses import Addresses
from breakfix.embedded.nodes.admit import refusal
from breakfix.embedded.nodes.adopting import adopt
from breakfix.embedded.nodes.heartbeat import Heartbeat
from breakfix.embedded.nodes.images import Images
from breakfix.embedded.nodes.lifecycle import DELAYS, Delays
from breakfix.embedded.nodes.pod_run import PodRun
from breakfix.embedded.nodes.statuses import DONE
from breakfix.embedded.objects import Object, is_going, name_of
from breakfix.embedded.scheduling.state import NodeInfo, pod_info

SHORTEST = 0.001  # seconds: no timer is set for less


class Kubelet(Controller):
    """One node. `address` is its InternalIP; `run` registers it and works until cancelled."""

    component = "kubelet"
    workers = 4

    def __init__(
        self, client: Client, name: str, *, address: str, control_plane: bool = False,
        alone: bool = False, labels: dict[str, str] | None = None,
        capacity: dict[str, str] | None = None, images: tuple[str, ...] = (),
        delays: Delays = DELAYS,
    ) -> None:  # fmt: skip
        super().__init__(client)
        self.name, self.address, self.delays = name, address, delays
        self.images = Images()
        for image in images:
            self.images.add(image)
        node = node_object.node(name, control_plane=control_plane, alone=alone, labels=labels)
        known = node_object.CAPACITY | (capacity or {})
        self.heartbeat = Heartbeat(client, node, address, known, self.images)
        self._load = NodeInfo(node)
        self._runs: dict[str, PodRun] = {}
        self._uids: dict[Key, str] = {}
        self._written: dict[str, Object] = {}
        self._addresses: Addresses | None = None

    async def run(self) -> None:
        """Register the node, then see to its pods and its lease until cancelled."""
        await self.heartbeat.register()
        beat = asyncio.create_task(self.heartbeat.run())
        try:
            await super().run()
        finally:
            beat.cancel()

    def watch(self) -> None:
        """Pods bound here; and the node, whose podCIDR others write."""
        self._load.see(self.heartbeat.node)
        self.on("pods", self._mine)
        self.client.subscribe("nodes", self._node_changed)

    def _mine(self, change: Change) -> list[Key]:
        if change.new["spec"].get("nodeName") != self.name or self._echo(change):
            return []
        return itself(change)

    def _echo(self, change: Change) -> bool:
        """Is it no more than the status that was just written from here?"""
        new, old = change.new, change.old
        if change.type != "MODIFIED" or old is None or is_going(new):
            return False
        written = self._written.get(new["metadata"]["uid"])
        return (
            written is not None
            and new["spec"] == old["spec"]
            and _plain(new.get("status") or {}) == _plain(written)
        )

    def _node_changed(self, change: Change) -> None:
        if name_of(change.new) != self.name or change.type == "DELETED":
            return
        self._load.see(change.new)
        if not self._addresses and change.new["spec"].get("podCIDR"):
            self.add(*(key for key, uid in self._uids.items() if self._runs[uid].wants_address))

    # -- one pod -----------------------------------------------------------------------

    async def sync(self, key: Key) -> None:
        """Bring one pod to where it should be by now."""
        pod = self.client.get("pods", key[1], key[0])
        known = self._uids.get(key)
        if known and (pod is None or pod["metadata"]["uid"] != known):
            self._forget(key)
        if pod is None or pod["spec"].get("nodeName") != self.name:
            return
        if known is None and (pod.get("status") or {}).get("phase") in DONE:
            if is_going(pod):
                await self._finish(key, pod)
            return
        run = self._run_of(key, pod)
        now = self.clock.now().timestamp()
        due = self._advance(run, pod, now)
        await self._write(run, pod, now)
        if run.stopped:
            await self._finish(key, pod)
        elif due is not None:
            self.add_after(key, max(due - now, SHORTEST))

    def _run_of(self, key: Key, pod: Object) -> PodRun:
        uid = pod["metadata"]["uid"]
        if self._uids.get(key) != uid:
            self._uids[key] = uid
            self._runs[uid] = self._begin(pod)
        return self._runs[uid]

    def _begin(self, pod: Object) -> PodRun:
        now = self.clock.now().timestamp()
        say = partial(self._say, pod["metadata"]["uid"])
        run = PodRun(pod, now, self.client, self.images, say, self.delays)
        info = pod_info(pod, self.client)
        adopt(run, pod, now)
        if not run.address and (refused := refusal(info, self._load)):
            run.reject(*refused)
            self._tell(pod, "Warning", *refused, "")
        else:
            self._load.add(info)
        return run

    def _advance(self, run: PodRun, pod: Object, now: float) -> float | None:
        due = run.advance(pod, now)
        if run.wants_address and (run.sandbox_at or 0) <= now:
            run.address = self._address(pod)
            due = run.advance(pod, now) if run.address else due
        if run.phase in DONE:
            self._load.remove(run.uid)
        return due

    def _address(self, pod: Object) -> str:
        if pod["spec"].get("hostNetwork"):
            return self.address
        if self._addresses is None:
            cidr = self.heartbeat.node["spec"].get("podCIDR")
            if not cidr:
                return ""
            self._addresses = Addresses(cidr)
            for run in self._runs.values():
                self._addresses.keep(run.address)
        return self._addresses.take() or ""

    async def _write(self, run: PodRun, pod: Object, now: float) -> None:
        status = run.status(self.address, now)
        if _plain(status) != _plain(pod.get("status") or {}):
            self._written[run.uid] = status
            await self.client.update_status("pods", {**pod, "status": status})

    async def _finish(self, key: Key, pod: Object) -> None:
        """Nothing of it runs any more: let the object go."""
        uid = pod["metadata"]["uid"]
        await self.client.delete("pods", key[1], key[0], uid=uid, grace=0)

    def _forget(self, key: Key) -> None:
        run = self._runs.pop(self._uids.pop(key))
        self._load.remove(run.uid)
        self._written.pop(run.uid, None)
        for container in run.all:
            if container.running and run.stopping is None:
                text = f"Stopping container {container.name}"
                self._tell(run.pod, "Normal", "Killing", text, container.field_path)
        if self._addresses and run.address:
            self._addresses.give_back(run.address)

    def _say(self, uid: str, type: str, reason: str, message: str, path: str) -> None:
        self._tell(self._runs[uid].pod, type, reason, message, path)

    def _tell(self, about: Object, type: str, reason: str, message: str, path: str) -> None:
        self.client.event(
            about, type, reason, message, component="kubelet", host=self.name, field_path=path
        )


def _plain(status: Object) -> Object:
    """A status to compare: a condition's empty fields may be left out."""
    known = status.get("conditions") or []
    conditions = [{k: v for k, v in c.items() if v is not None} for c in known]
    return {**status, "conditions": conditions}
