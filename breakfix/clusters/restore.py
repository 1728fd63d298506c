"""Undo the difference between a snapshot and now.

Created objects are deleted, deleted ones are made again, changed ones are put back; the
pods that lived through it are made new where they carry marks (a label, an ephemeral
container) or read a ConfigMap or Secret that changed. What could not be undone comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from breakfix.clock import Clock
from breakfix.clusters import pods, revisions, storage
from breakfix.clusters.api import CONFLICT, ApiError, KubeApi
from breakfix.clusters.base import Object
from breakfix.clusters.snapshot import (
    Difference,
    Key,
    Snapshot,
    difference,
    job_as_asked,
    key_of,
    take,
)
from breakfix.clusters.workloads import settle
from breakfix.errors import ClusterError

GONE_TIMEOUT = 90.0
LEFT_TIMEOUT = 15.0
INVALID = 422
ATTEMPTS = 5
CLAIM = "PersistentVolumeClaim"
FIRST = ("Namespace", "CustomResourceDefinition", "StorageClass", "PersistentVolume",
         "ServiceAccount", "Role", "ClusterRole", "ConfigMap", "Secret", "Service")  # fmt: skip


async def restore(api: KubeApi, snapshot: Snapshot, clock: Clock) -> list[Difference]:
    """Put the cluster back to the snapshot; returns what is still different.

    Raises ClusterError where the cluster does not answer or something will not go away.
    """
    api.forget_resources()
    await _until_namespaces_are_gone(api, clock)
    changes = difference(snapshot, await take(api))
    created = [c for c in changes if c.before is None]
    anew = await storage.bound_to_created(api, created, snapshot)
    await _remove(api, created, anew, clock)
    await _until_gone(api, await storage.orphaned(api, snapshot.volumes), clock)
    for key in anew:
        await _write(api, key, snapshot.objects[key])
    for change in sorted(changes, key=lambda c: _rank(c.key)):
        if change.before is not None:
            await _put_back(api, change, clock)
    renewed = await pods.renew(api, changes) | await storage.free_released(api, snapshot)
    touched = {c.key.namespace for c in changes if c.after is not None and c.before is not None}
    await settle(api, touched | renewed, clock, timeout=60.0)
    if not changes:
        return []
    await revisions.forget_newer(api, snapshot.revisions)
    return await _left_behind(api, snapshot, clock)


async def _left_behind(api: KubeApi, snapshot: Snapshot, clock: Clock) -> list[Difference]:
    """What is still different; what others are just taking away (a provisioner's own pod)
    gets a moment for it."""
    deadline = clock.monotonic() + LEFT_TIMEOUT
    while left := difference(snapshot, await take(api)):
        if clock.monotonic() > deadline or any(d.before is not None for d in left):
            break
        await clock.sleep(0.5)
    return left


def _rank(key: Key) -> int:
    """The order of putting back. Claims come after the StatefulSets that make them."""
    if key.kind == CLAIM:
        return len(FIRST) + 1
    return FIRST.index(key.kind) if key.kind in FIRST else len(FIRST)


async def _remove(api: KubeApi, created: list[Difference], anew: list[Key], clock: Clock) -> None:
    """Delete what was created, and what is to be made anew with it; a namespace takes what
    is in it along."""
    namespaces = {c.key.name for c in created if c.key.kind == "Namespace"}
    await asyncio.gather(*(_kill_pods(api, name) for name in namespaces))
    single = [c.key for c in created if c.key.namespace not in namespaces] + anew
    for key in sorted(single, key=_rank, reverse=True):
        await api.delete(key.kind, key.name, key.namespace or None, key.api_version)
    # claims first: a volume waits for its claim, and the claim for its pods
    await _until_gone(api, sorted(single, key=lambda k: k.kind != CLAIM), clock)


async def _kill_pods(api: KubeApi, namespace: str) -> None:
    """Take the workloads away at once, so that the namespace need not wait for graces."""
    for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"):
        resource = await api.resource(kind)
        body = {"propagationPolicy": "Background"}
        await api.request("DELETE", resource.path(namespace), None, body)
    pod = await api.resource("Pod")
    query = {"gracePeriodSeconds": 1}
    await api.request("DELETE", pod.path(namespace), query)


async def _until_namespaces_are_gone(api: KubeApi, clock: Clock) -> None:
    """A namespace on its way out takes nothing new, and its objects still look as if alive."""
    namespaces = await api.list("Namespace", api_version="v1")
    going = [n for n in namespaces if n["metadata"].get("deletionTimestamp")]
    await _until_gone(api, [key_of(n) for n in going], clock)


async def _until_gone(api: KubeApi, keys: Iterable[Key], clock: Clock) -> None:
    """Wait for deletions; a pod that uses a claim is made to let it go."""
    deadline = clock.monotonic() + GONE_TIMEOUT
    for key in keys:
        while await _is_going(api, key):
            if key.kind == CLAIM:
                await storage.let_go(api, key)
            if clock.monotonic() > deadline:
                raise ClusterError(
                    f"{key.kind} {key.name} is still there {GONE_TIMEOUT:.0f} s after its deletion",
                    f"See what holds it: kubectl get {key.kind.lower()} {key.name} -o yaml "
                    "(finalizers), then run `breakfix round end` again.",
                )
            await clock.sleep(0.25)


async def _is_going(api: KubeApi, key: Key) -> bool:
    """Still there; not when its controller has made another one under its name."""
    found = await api.get(key.kind, key.name, key.namespace or None, key.api_version)
    protected = key.kind == CLAIM
    return found is not None and (not protected or "deletionTimestamp" in found["metadata"])


async def _put_back(api: KubeApi, change: Difference, clock: Clock) -> None:
    key, before = change.key, change.before
    assert before is not None  # noqa: S101 - by the caller's choice
    try:
        await _write(api, key, before)
    except ApiError as error:
        if error.code != INVALID:
            raise
        await _make_anew(api, key, before, clock)


async def _write(api: KubeApi, key: Key, before: Object) -> None:
    """Create or replace; again where somebody (a controller, a kubelet) was quicker."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await _create_or_replace(api, key, before)
            return
        except ApiError as error:
            if error.code != CONFLICT or attempt == ATTEMPTS:
                raise


async def _create_or_replace(api: KubeApi, key: Key, before: Object) -> None:
    """Put the old content in, without touching what only the server may say."""
    now = await api.get(key.kind, key.name, key.namespace or None, key.api_version)
    if now is None:
        await api.create(_as_asked(before))
        return
    body = _put_into(now, before)
    version = {"resourceVersion": now["metadata"]["resourceVersion"]}
    await api.replace(body | {"metadata": body["metadata"] | version})


def _put_into(now: Object, before: Object) -> Object:
    """The old content, with what only the cluster may say as it is now."""
    match before["kind"]:
        case "Node":
            return _node_put_back(now, before)
        case "PersistentVolume":
            return storage.held_as(now, before)
        case "PersistentVolumeClaim":
            return storage.bound_as(now, before)
    return before


def _node_put_back(now: Object, before: Object) -> Object:
    spec = {k: v for k, v in now["spec"].items() if k not in ("taints", "unschedulable")}
    spec |= {k: before["spec"][k] for k in ("taints", "unschedulable") if k in before["spec"]}
    meta = now["metadata"] | {"labels": before["metadata"].get("labels", {})}
    return now | {"spec": spec, "metadata": meta}


async def _make_anew(api: KubeApi, key: Key, before: Object, clock: Clock) -> None:
    """Delete and create: for a change in a field that cannot be changed back."""
    await api.delete(key.kind, key.name, key.namespace or None, key.api_version)
    await _until_gone(api, [key], clock)
    await _write(api, key, before)


def _as_asked(item: Object) -> Object:
    """A claim or volume free to be bound again, a Job free to have pods of its own."""
    if item["kind"] == "Job":
        return job_as_asked(item)
    if item["kind"] in ("PersistentVolumeClaim", "PersistentVolume"):
        return storage.as_asked(item)
    return item
