"""What a cluster holds at one moment, and how two moments differ.

A snapshot keeps every object that somebody made: all kinds that can be listed and
deleted, without what the cluster makes by itself (events, leases, endpoints, the pods of
a Deployment) and without breakfix's own namespace. Objects are kept as they can be
applied again: no status, no server-set metadata.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from breakfix.clusters import revisions
from breakfix.clusters.api import ApiError, KubeApi
from breakfix.clusters.base import Object, is_controlled
from breakfix.clusters.discovery import Resource
from breakfix.clusters.requests import SYSTEM_NAMESPACE

MADE_BY_THE_CLUSTER = frozenset(
    {
        "APIService",
        "CSINode",
        "CSIStorageCapacity",
        "CertificateSigningRequest",
        "ComponentStatus",
        "ControllerRevision",
        "Endpoints",
        "EndpointSlice",
        "Event",
        "FlowSchema",
        "IPAddress",
        "Lease",
        "NodeMetrics",
        "PodMetrics",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "VolumeAttachment",
    }
)
SERVER_SET = ("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields",
              "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds")  # fmt: skip
NOISE_ANNOTATIONS = frozenset(
    (
        "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation",
        "kubectl.kubernetes.io/last-applied-configuration",
        "pv.kubernetes.io/bind-completed",
        "pv.kubernetes.io/bound-by-controller",
        "volume.kubernetes.io/selected-node",
        "volume.kubernetes.io/storage-provisioner",
        "volume.beta.kubernetes.io/storage-provisioner",
        "node.alpha.kubernetes.io/ttl",
        "volumes.kubernetes.io/controller-managed-attach-detach",
    )
)
JOB_UID_LABELS = ("controller-uid", "batch.kubernetes.io/controller-uid")
PROVISIONED = "pv.kubernetes.io/provisioned-by"


class Key(NamedTuple):
    """Which object; the namespace is empty for cluster-wide kinds."""

    api_version: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Snapshot:
    """The objects of one moment, by key; of provisioned volumes, which are not put back,
    the names: what was there before is not ours to clean up; the same of the revisions of
    workloads (see revisions.py). Kinds that could not be read are `unread`: of them
    nothing is known, so nothing is undone."""

    objects: dict[Key, Object] = field(default_factory=dict)
    volumes: frozenset[str] = frozenset()
    revisions: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    def to_bytes(self) -> bytes:
        """Compressed JSON, for the history."""
        data = {
            "objects": [[*key, item] for key, item in self.objects.items()],
            "volumes": sorted(self.volumes),
            "revisions": sorted(self.revisions),
            "unread": sorted(self.unread),
        }
        return gzip.compress(json.dumps(data).encode())

    @classmethod
    def from_bytes(cls, data: bytes) -> Snapshot:
        """The inverse of to_bytes."""
        found = json.loads(gzip.decompress(data))
        objects = {Key(*row[:4]): row[4] for row in found["objects"]}
        names = (frozenset(found[part]) for part in ("volumes", "revisions", "unread"))
        return cls(objects, *names)


@dataclass(frozen=True)
class Difference:
    """One object that is not as it was: `before` is None when it was created since,
    `after` when it was deleted."""

    key: Key
    before: Object | None
    after: Object | None

    @property
    def what(self) -> str:
        """`created`, `deleted` or `changed`."""
        if self.before is None:
            return "created"
        return "deleted" if self.after is None else "changed"


async def take(api: KubeApi) -> Snapshot:
    """Everything that somebody made, now."""
    resources = [r for r in (await api.resources()).preferred() if _kept(r)]
    lists = await asyncio.gather(*(_list(api, r) for r in resources))
    unread = (r.kind for r, items in zip(resources, lists, strict=True) if items is None)
    found = [item for items in lists for item in items or ()]
    objects = {key_of(item): as_made(item) for item in found if not _by_the_cluster(item)}
    volumes = (item["metadata"]["name"] for item in found if is_provisioned(item))
    kept = revisions.names(await revisions.present(api))
    return Snapshot(objects, frozenset(volumes), kept, frozenset(unread))


def difference(before: Snapshot, after: Snapshot) -> list[Difference]:
    """How `after` differs from `before`; consequences (claims' volumes) left out, and kinds
    that one of them could not read."""
    unread = before.unread | after.unread
    keys = sorted(k for k in before.objects.keys() | after.objects.keys() if k.kind not in unread)
    pairs = ((k, before.objects.get(k), after.objects.get(k)) for k in keys)
    return [Difference(k, b, a) for k, b, a in pairs if essence(b) != essence(a)]


def key_of(item: Object) -> Key:
    """The key of an object that has apiVersion and kind."""
    meta = item["metadata"]
    return Key(item["apiVersion"], item["kind"], meta.get("namespace", ""), meta["name"])


def as_made(item: Object) -> Object:
    """The object without status and without what the server sets in its metadata."""
    made = {k: v for k, v in item.items() if k != "status"}
    made["metadata"] = {k: v for k, v in item["metadata"].items() if k not in SERVER_SET}
    return made


def essence(item: Object | None) -> Object | None:
    """What counts when two versions of an object are compared."""
    if item is None:
        return None
    core = as_made(item)
    core["metadata"] = {k: v for k, v in core["metadata"].items() if k != "annotations"}
    notes = item["metadata"].get("annotations") or {}
    core["metadata"]["annotations"] = {k: v for k, v in notes.items() if k not in NOISE_ANNOTATIONS}
    special = _ESSENCE.get(item["kind"])
    return special(core) if special else core


def _node(item: Object) -> Object:
    spec = item.get("spec", {})
    kept = {k: spec[k] for k in ("taints", "unschedulable") if k in spec}
    return {"metadata": {"labels": item["metadata"].get("labels")}, "spec": kept}


def _claim(item: Object) -> Object:
    """A claim without the volume that was found for it."""
    return item | {"spec": {k: v for k, v in item["spec"].items() if k != "volumeName"}}


def _volume(item: Object) -> Object:
    """A volume without the identity of the claim that has it."""
    claim = item["spec"].get("claimRef") or {}
    named = {k: claim[k] for k in ("namespace", "name") if k in claim}
    return item | {"spec": item["spec"] | {"claimRef": named}}


def _namespace(item: Object) -> Object:
    return {"metadata": item["metadata"]}


def job_as_asked(item: Object) -> Object:
    """A Job without the selector and labels that the server makes of its uid."""
    if item["spec"].get("manualSelector"):
        return item
    template = item["spec"]["template"]
    meta = template.get("metadata") or {}
    spec = {k: v for k, v in item["spec"].items() if k != "selector"}
    spec["template"] = template | {"metadata": _without_uid(meta)}
    return item | {"metadata": _without_uid(item["metadata"]), "spec": spec}


def _without_uid(meta: Object) -> Object:
    labels = meta.get("labels") or {}
    return meta | {"labels": {k: v for k, v in labels.items() if k not in JOB_UID_LABELS}}


_ESSENCE: dict[str, Callable[[Object], Object]] = {
    "Node": _node,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "Namespace": _namespace,
    "Job": job_as_asked,
}


def is_provisioned(item: Object) -> bool:
    """True for a volume that a provisioner made for a claim."""
    notes = item["metadata"].get("annotations") or {}
    return item["kind"] == "PersistentVolume" and PROVISIONED in notes


def _kept(resource: Resource) -> bool:
    usable = {"list", "get", "delete"} <= resource.verbs
    return usable and resource.kind not in MADE_BY_THE_CLUSTER


def _by_the_cluster(item: Object) -> bool:
    meta = item["metadata"]
    if SYSTEM_NAMESPACE in (meta.get("namespace"), meta["name"]):
        return True
    if item["kind"] == "ConfigMap" and meta["name"] == "kube-root-ca.crt":
        return True
    return is_controlled(item) or is_provisioned(item)


async def _list(api: KubeApi, resource: Resource) -> list[Object] | None:
    """All objects of a kind; None where they cannot be read."""
    try:
        return await api.list(resource.kind, api_version=resource.api_version)
    except ApiError as error:
        if error.code in (403, 404, 405, 503):  # not ours to read, or its server is away
            return None
        raise
