"""The revisions of workloads: what `kubectl rollout history` and `rollout undo` know of.

A Deployment keeps its earlier templates in ReplicaSets, a StatefulSet or DaemonSet in
ControllerRevisions. Those that came with a round would tell the next learner of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Object, is_controlled

KINDS = ("ReplicaSet", "ControllerRevision")


async def present(api: KubeApi) -> list[Object]:
    """All revisions that a controller keeps, in all namespaces."""
    found = await asyncio.gather(*(api.list(kind, api_version="apps/v1") for kind in KINDS))
    return [item for items in found for item in items if is_controlled(item)]


def names(found: Iterable[Object]) -> frozenset[str]:
    """`Kind/namespace/name` of each."""
    return frozenset(_name(item) for item in found)


async def forget_newer(api: KubeApi, known: frozenset[str]) -> None:
    """Delete the revisions that are not among the known ones and that no pod stands on."""
    in_use = {
        (pod["metadata"]["namespace"], owner["name"], hash_of)
        for pod in await api.list("Pod")
        for owner in pod["metadata"].get("ownerReferences") or []
        for hash_of in [(pod["metadata"].get("labels") or {}).get("controller-revision-hash", "")]
    }
    for item in await present(api):
        if _name(item) not in known and not _is_used(item, in_use):
            meta = item["metadata"]
            await api.delete(item["kind"], meta["name"], meta["namespace"], "apps/v1")


def _is_used(item: Object, in_use: set[tuple[str, str, str]]) -> bool:
    meta = item["metadata"]
    if item["kind"] == "ReplicaSet":
        wanted, there = item["spec"].get("replicas", 0), item.get("status", {}).get("replicas", 0)
        return bool(wanted or there)
    hash_of = (meta.get("labels") or {}).get("controller-revision-hash", "")
    owner = meta["ownerReferences"][0]["name"]
    return any(
        (meta["namespace"], owner, found) in in_use for found in (hash_of, f"{owner}-{hash_of}")
    ) or not _is_superseded(meta, in_use)


def _is_superseded(meta: Object, in_use: set[tuple[str, str, str]]) -> bool:
    """Another revision of the same workload carries its pods."""
    owner = meta["ownerReferences"][0]["name"]
    return any((space, name) == (meta["namespace"], owner) for space, name, _ in in_use)


def _name(item: Object) -> str:
    meta = item["metadata"]
    return f"{item['kind']}/{meta['namespace']}/{meta['name']}"
