"""The workers of a node's pods: one for each, from its binding until nothing of it is left."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.kubelet.adopting import adopt
from breakfix.embedded.kubelet.conditions import DONE
from breakfix.embedded.kubelet.delays import MINIMUM_GRACE
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.pod_addresses import PodAddresses
from breakfix.embedded.kubelet.room import Refusal, Room
from breakfix.embedded.kubelet.status_writer import StatusWriter
from breakfix.embedded.kubelet.worker import PodWorker
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of

Key = tuple[str, str]


class PodWorkers:
    """`by_uid` has them; `refusal` says why a pod cannot be here just now."""

    def __init__(
        self, node: Node, room: Room, addresses: PodAddresses, statuses: StatusWriter,
        by_uid: dict[str, PodWorker], refusal: Callable[[Object], Refusal | None],
    ) -> None:  # fmt: skip
        self._node, self._room, self._addresses = node, room, addresses
        self._statuses, self.by_uid, self._refusal = statuses, by_uid, refusal
        self._uids: dict[Key, str] = {}

    def see(self, pod: Object) -> None:
        """A pod is new or has changed."""
        if pod["spec"].get("nodeName") != self._node.name:
            return
        uid = pod["metadata"]["uid"]
        worker = self.by_uid.get(uid)
        if worker is None:
            self._begin(pod)
            return
        before = worker.pod
        worker.see(pod)
        if is_going(pod) and not worker.finished:
            worker.end()
        elif _differs(before, pod):
            worker.wake()
        self._statuses.mark(uid)

    def wake(self) -> None:
        """Something is to be done for all of them."""
        for worker in self.by_uid.values():
            worker.wake()

    def _begin(self, pod: Object) -> None:
        worker = self._add(pod)
        adopted = adopt(worker, pod, self._node.client.clock)
        if adopted and worker.state.address and not pod["spec"].get("hostNetwork"):
            self._addresses.keep(worker.state.address)
        if (pod.get("status") or {}).get("phase") in DONE:
            worker.state.over = worker.finished = worker.is_old = True
            self._statuses.mark(worker.uid)
            return
        refused = None if adopted else self._room.refusal(pod) or self._refusal(pod)
        if refused and not is_going(pod):
            worker.reject(*refused)
            self._node.say(pod, "Warning", *refused)
            return
        self._room.add(pod)
        if is_going(pod):
            worker.end()
        else:
            worker.start()

    def _add(self, pod: Object) -> PodWorker:
        uid = pod["metadata"]["uid"]
        worker = PodWorker(
            pod, self._node, lambda: self._statuses.mark(uid), lambda: self._finished(uid)
        )
        self.by_uid[uid], self._uids[worker.key] = worker, uid
        return worker

    def gone(self, pod: Object) -> None:
        """Its object is deleted."""
        uid, key = pod["metadata"]["uid"], (namespace_of(pod), name_of(pod))
        worker = self.by_uid.get(uid)
        if worker is None:
            return
        if self._uids.get(key) == uid:
            del self._uids[key]
        if worker.finished:
            self._forget(uid)
        else:
            worker.end(MINIMUM_GRACE)

    def _forget(self, uid: str) -> None:
        self.by_uid.pop(uid, None)
        self._statuses.forget(uid)
        self._room.remove(uid)
        self._node.images.forget(uid)
        self._node.backoff.forget(f"{uid}_")

    def _finished(self, uid: str) -> None:
        """Nothing of a pod runs any more."""
        self._room.remove(uid)
        worker = self.by_uid[uid]
        if self._uids.get(worker.key) != uid:
            self._forget(uid)
        else:
            self._statuses.mark(uid)

    async def pause(self) -> None:
        """The kubelet stops: programs go on."""
        for worker in list(self.by_uid.values()):
            await worker.pause()

    def resume(self, known: set[str]) -> None:
        """It runs again; pods that are not `known` any more, by uid, end."""
        for uid, worker in list(self.by_uid.items()):
            if uid not in known:
                worker.end(MINIMUM_GRACE)
            elif not worker.finished:
                worker.start()


def _differs(before: Object, pod: Object) -> bool:
    """Is there something to be done?"""
    return before["spec"] is not pod["spec"] and bool(before["spec"] != pod["spec"])
