"""Claims and volumes in a restore: what holds them, what they are bound to.

A claim goes when no pod uses it, a volume when no claim is bound to it; a volume whose
claim was made anew waits for the old one for ever. Source:
https://kubernetes.io/docs/concepts/storage/persistent-volumes/
"""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Object
from breakfix.clusters.snapshot import Difference, Key, Snapshot, is_provisioned

BINDING = ("pv.kubernetes.io/", "volume.kubernetes.io/", "volume.beta.kubernetes.io/")
"""What the cluster notes on a claim while it binds it."""


def as_asked(item: Object) -> Object:
    """A claim or volume as it was asked for, free to be bound again."""
    if item["kind"] == "PersistentVolumeClaim":
        notes = item["metadata"].get("annotations") or {}
        kept = {k: v for k, v in notes.items() if not k.startswith(BINDING)}
        spec = {k: v for k, v in item["spec"].items() if k != "volumeName"}
        return item | {"metadata": item["metadata"] | {"annotations": kept}, "spec": spec}
    claim = item["spec"].get("claimRef") or {}
    named = {k: v for k, v in claim.items() if k not in ("uid", "resourceVersion")}
    return item | {"spec": item["spec"] | ({"claimRef": named} if named else {})}


def bound_as(now: Object, before: Object) -> Object:
    """The old claim, bound to the volume to which it is bound now."""
    asked, name = as_asked(before), now["spec"].get("volumeName")
    notes = now["metadata"].get("annotations") or {}
    binding = {k: v for k, v in notes.items() if k.startswith(BINDING)}
    meta = asked["metadata"] | {"annotations": asked["metadata"]["annotations"] | binding}
    spec = asked["spec"] | ({"volumeName": name} if name else {})
    return asked | {"metadata": meta, "spec": spec}


def held_as(now: Object, before: Object) -> Object:
    """The old volume; where the claim that it was for has it now, that claim keeps it."""
    asked, holder = as_asked(before), now["spec"].get("claimRef") or {}
    wanted = asked["spec"].get("claimRef") or {}
    same = [holder.get(k) == wanted.get(k) for k in ("namespace", "name")]
    return asked | {"spec": asked["spec"] | ({"claimRef": holder} if holder and all(same) else {})}


async def let_go(api: KubeApi, claim: Key) -> None:
    """Delete the pods that use a claim; their controllers make others, which wait."""
    for pod in await api.list("Pod", claim.namespace):
        used = [v.get("persistentVolumeClaim") or {} for v in pod["spec"].get("volumes") or []]
        meta = pod["metadata"]
        if claim.name in [u.get("claimName") for u in used] and not meta.get("deletionTimestamp"):
            await api.delete("Pod", meta["name"], claim.namespace, grace=1)


async def bound_to_created(
    api: KubeApi, created: Iterable[Difference], snapshot: Snapshot
) -> list[Key]:
    """Claims of the snapshot that are bound to volumes made since: they must be made anew,
    for neither can go without the other."""
    found = []
    for change in created:
        volume = change.after
        if change.key.kind != "PersistentVolume" or volume is None:
            continue
        reference = volume["spec"].get("claimRef") or {}
        space, name = reference.get("namespace", ""), reference.get("name", "")
        key = Key("v1", "PersistentVolumeClaim", space, name)
        claim = await api.get(key.kind, name, space) if key in snapshot.objects else None
        if claim and claim["spec"].get("volumeName") == change.key.name:
            found.append(key)
    return found


async def claim_of(api: KubeApi, volume: Object) -> Object | None:
    """The living claim that has the volume, by its uid."""
    reference = volume["spec"].get("claimRef") or {}
    if not reference:
        return None
    claim = await api.get("PersistentVolumeClaim", reference["name"], reference["namespace"])
    return claim if claim and claim["metadata"]["uid"] == reference.get("uid") else None


async def orphaned(api: KubeApi, known: frozenset[str]) -> list[Key]:
    """Provisioned volumes, not among the known ones, whose claims are gone. A policy that
    would retain them is changed, so that the provisioner cleans up."""
    found = []
    for volume in await api.list("PersistentVolume"):
        name = volume["metadata"]["name"]
        if name in known or not is_provisioned(volume) or await claim_of(api, volume):
            continue
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Retain":
            body = {"spec": {"persistentVolumeReclaimPolicy": "Delete"}}
            await api.patch("PersistentVolume", name, None, body)
        found.append(Key("v1", "PersistentVolume", "", name))
    return found


async def free_released(api: KubeApi, snapshot: Snapshot) -> set[str]:
    """Let the snapshot's own volumes be bound again where they wait for a claim that is no
    more; returns the namespaces of these claims."""
    touched = set()
    for volume in await api.list("PersistentVolume"):
        meta, reference = volume["metadata"], volume["spec"].get("claimRef") or {}
        ours = Key("v1", "PersistentVolume", "", meta["name"]) in snapshot.objects
        if ours and reference.get("uid") and not await claim_of(api, volume):
            body = {"spec": {"claimRef": {"uid": None, "resourceVersion": None}}}
            await api.patch("PersistentVolume", meta["name"], None, body)
            touched.add(str(reference["namespace"]))
    return touched
