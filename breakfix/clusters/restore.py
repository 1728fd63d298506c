"""Undo the difference between a snapshot and now.

Created objects are deleted, deleted ones are made again, changed ones are put back; the
pods that lived through it are made new where they carry marks (a label, an ephemeral
container) or read a ConfigMap or Secret that changed. What could not be undone comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from breakfix.clock import Clock
from breakfix.clusters import pods, revisions
from breakfix.clusters.api import CONFLICT, ApiError, KubeApi
from breakfix.clusters.base import Object
from breakfix.clusters.snapshot import (
    Difference,
    Key,
    Snapshot,
    difference,
    is_provisioned,
    job_as_asked,
    key_of,
    take,
)
from breakfix.clusters.workloads import settle
from breakfix.errors import ClusterError

GONE_TIMEOUT = 90.0
INVALID = 422
ATTEMPTS = 5
FIRST = ("Namespace", "CustomResourceDefinition", "StorageClass", "PersistentVolume",
         "ServiceAccount", "Role", "ClusterRole", "ConfigMap", "Secret", "Service",
         "PersistentVolumeClaim")  # fmt: skip


async def restore(api: KubeApi, snapshot: Snapshot, clock: Clock) -> list[Difference]:
    """Put the cluster back to the snapshot; returns what is still different.

    Raises ClusterError where the cluster does not answer or something will not go away.
    """
    api.forget_resources()
    await _until_namespaces_are_gone(api, clock)
    changes = difference(snapshot, await take(api))
    await _remove(api, [c for c in changes if c.before is None], clock)
    await _remove_orphaned_volumes(api, snapshot.volumes, clock)
    for change in sorted(changes, key=lambda c: _rank(c.key)):
        if change.before is not None:
            await _put_back(api, change, clock)
    renewed = await pods.renew(api, changes)
    touched = {c.key.namespace for c in changes if c.after is not None and c.before is not None}
    await settle(api, touched | renewed, clock, timeout=60.0)
    if not changes:
        return []
    await revisions.forget_newer(api, snapshot.revisions)
    return difference(snapshot, await take(api))


def _rank(key: Key) -> int:
    return FIRST.index(key.kind) if key.kind in FIRST else len(FIRST)


async def _remove(api: KubeApi, created: list[Difference], clock: Clock) -> None:
    """Delete what was created; a namespace takes what is in it along."""
    namespaces = {c.key.name for c in created if c.key.kind == "Namespace"}
    await asyncio.gather(*(_kill_pods(api, name) for name in namespaces))
    single = [c.key for c in created if c.key.namespace not in namespaces]
    for key in sorted(single, key=_rank, reverse=True):
        await api.delete(key.kind, key.name, key.namespace or None, key.api_version)
    await _until_gone(api, single, clock)


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
    deadline = clock.monotonic() + GONE_TIMEOUT
    for key in keys:
        while await api.get(key.kind, key.name, key.namespace or None, key.api_version):
            if clock.monotonic() > deadline:
                raise ClusterError(
                    f"{key.kind} {key.name} is still there {GONE_TIMEOUT:.0f} s after its deletion",
                    f"See what holds it: kubectl get {key.kind.lower()} {key.name} -o yaml "
                    "(finalizers), then run `breakfix round end` again.",
                )
            await clock.sleep(0.25)


async def _remove_orphaned_volumes(api: KubeApi, known: frozenset[str], clock: Clock) -> None:
    """Volumes of claims that are gone: let the provisioner clean them up.

    A volume with reclaim policy Retain would stay with its data; those made since the
    snapshot are for one round. The `known` ones were there before: somebody's data.
    """
    for volume in await api.list("PersistentVolume"):
        name = volume["metadata"]["name"]
        if name not in known and is_provisioned(volume) and not await _claim_of(api, volume):
            if volume["spec"].get("persistentVolumeReclaimPolicy") == "Retain":
                body = {"spec": {"persistentVolumeReclaimPolicy": "Delete"}}
                await api.patch("PersistentVolume", name, None, body)
            await _until_gone(api, [Key("v1", "PersistentVolume", "", name)], clock)


async def _claim_of(api: KubeApi, volume: Object) -> Object | None:
    reference = volume["spec"].get("claimRef") or {}
    if not reference:
        return None
    name, namespace = reference["name"], reference["namespace"]
    claim = await api.get("PersistentVolumeClaim", name, namespace)
    return claim if claim and claim["metadata"]["uid"] == reference.get("uid") else None


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
    meta = before["metadata"] | {"resourceVersion": now["metadata"]["resourceVersion"]}
    body = before | {"metadata": meta}
    if key.kind == "Node":
        body = _node_put_back(now, before)
    await api.replace(body)


def _node_put_back(now: Object, before: Object) -> Object:
    spec = {k: v for k, v in now["spec"].items() if k not in ("taints", "unschedulable")}
    spec |= {k: before["spec"][k] for k in ("taints", "unschedulable") if k in before["spec"]}
    meta = now["metadata"] | {"labels": before["metadata"].get("labels", {})}
    return now | {"spec": spec, "metadata": meta}


async def _make_anew(api: KubeApi, key: Key, before: Object, clock: Clock) -> None:
    """Delete and create: for a change in a field that cannot be changed back."""
    await api.delete(key.kind, key.name, key.namespace or None, key.api_version)
    await _until_gone(api, [key], clock)
    await api.create(_as_asked(before))


def _as_asked(item: Object) -> Object:
    """A claim or volume free to be bound again, a Job free to have pods of its own."""
    if item["kind"] == "Job":
        return job_as_asked(item)
    if item["kind"] == "PersistentVolumeClaim":
        notes = item["metadata"].get("annotations") or {}
        kept = {k: v for k, v in notes.items() if not k.startswith(("pv.kub", "volume."))}
        spec = {k: v for k, v in item["spec"].items() if k != "volumeName"}
        return item | {"metadata": item["metadata"] | {"annotations": kept}, "spec": spec}
    if item["kind"] == "PersistentVolume":
        claim = item["spec"].get("claimRef") or {}
        named = {k: v for k, v in claim.items() if k not in ("uid", "resourceVersion")}
        return item | {"spec": item["spec"] | ({"claimRef": named} if named else {})}
    return item
