"""What the scheduler hears of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.embedded.client import Change
from breakfix.embedded.objects import Object, is_going, labels_of, name_of, namespace_of
from breakfix.embedded.scheduling.requests import pod_requests
from breakfix.embedded.scheduling.state import pod_info
from breakfix.embedded.scheduling.volume_limits import ATTACHMENTS, CSI_NODES
from breakfix.embedded.scheduling.volumes import CLAIMS, CLASSES, VOLUMES

if TYPE_CHECKING:
    from breakfix.embedded.scheduling.scheduler import Scheduler


def _done(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _same_pod(new: Object, old: Object) -> bool:
    """Has nothing changed that the scheduler counts?"""
    return (
        (new["spec"] is old["spec"] or new["spec"] == old["spec"])
        and labels_of(new) == labels_of(old)
        and is_going(new) == is_going(old)
        and _done(new) == _done(old)
    )


def _same_node(new: Object, old: Object) -> bool:
    fields = ("taints", "unschedulable")
    return (
        all((new.get("spec") or {}).get(f) == (old.get("spec") or {}).get(f) for f in fields)
        and labels_of(new) == labels_of(old)
        and (new.get("status") or {}).get("allocatable")
        == (old.get("status") or {}).get("allocatable")
    )


class Watching:
    """Keeps the scheduler's counts and its queue up to date."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def begin(self) -> None:
        """Hear of everything, and take in what is there."""
        client = self._scheduler.client
        heard = {"nodes": self._node, "pods": self._pod}
        for resource, seen in heard.items():
            client.subscribe(resource, seen)
            for item in list(client.list(resource)):
                seen(Change("ADDED", resource, item, None, 0))
        for resource in (CLAIMS, VOLUMES, CLASSES, CSI_NODES):
            client.subscribe(resource, self._volume)
        client.subscribe(ATTACHMENTS, self._attachment)

    def _node(self, change: Change) -> None:
        if change.type == "DELETED":
            self._scheduler.cluster.drop_node(name_of(change.new))
            self._scheduler.changed("placed")
            return
        self._scheduler.cluster.see_node(change.new)
        if change.old is None or not _same_node(change.new, change.old):
            self._scheduler.changed("node")

    def _volume(self, change: Change) -> None:
        if change.type != "DELETED":
            self._scheduler.changed("volume")
        self._scheduler._binder.claims_changed()

    def _attachment(self, change: Change) -> None:
        if change.type == "DELETED":
            self._scheduler.changed("volume")

    def _pod(self, change: Change) -> None:
        pod, old = change.new, change.old
        if change.type == "MODIFIED" and old is not None and _same_pod(pod, old):
            return
        if change.type == "DELETED" or _done(pod):
            self._gone(pod)
        elif pod["spec"].get("nodeName"):
            self._placed(pod, old)
        elif self._scheduler.cluster.where(pod["metadata"]["uid"]) is None:
            self._unplaced(pod)

    def _gone(self, pod: Object) -> None:
        scheduler, uid = self._scheduler, pod["metadata"]["uid"]
        scheduler.queue.remove(uid)
        scheduler.nominated.pop(uid, None)
        scheduler._binder.claims_changed()
        if scheduler.cluster.where(uid) is not None:
            scheduler.cluster.drop_pod(uid)
        scheduler.changed("freed")

    def _placed(self, pod: Object, old: Object | None) -> None:
        scheduler, uid = self._scheduler, pod["metadata"]["uid"]
        scheduler.queue.remove(uid)
        scheduler.nominated.pop(uid, None)
        info = pod_info(pod, scheduler.client)
        scheduler.cluster.place(info, pod["spec"]["nodeName"])
        if old is None or not old["spec"].get("nodeName") or labels_of(old) != info.labels:
            scheduler.changed("placed")
        elif pod_requests(old["spec"]) != info.requests:
            scheduler.changed("freed")

    def _unplaced(self, pod: Object) -> None:
        scheduler, spec, uid = self._scheduler, pod["spec"], pod["metadata"]["uid"]
        if spec.get("schedulerName", scheduler.name) != scheduler.name:
            return
        if spec.get("schedulingGates"):
            return
        if is_going(pod):
            scheduler.queue.remove(uid)
            return
        scheduler.queue.add(uid, (namespace_of(pod), name_of(pod)), spec.get("priority") or 0)
        scheduler.wake()
