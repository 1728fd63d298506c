"""The controllers of a fake Kubernetes: one pass brings everything where it should be.

Deployments make a ReplicaSet for each template and are rolled out at once; StatefulSets
make numbered pods; claims of a known StorageClass are bound to a volume made for them;
namespaces get their ServiceAccount and ConfigMap; what has no owner any more is removed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from breakfix.clusters.base import Object
from breakfix.clusters.snapshot import PROVISIONED
from tests.game.fake_kubernetes import FakeKubernetes, Name
from tests.game.fake_patches import fresh

WORKLOADS = ("Deployment", "StatefulSet", "ReplicaSet")


def forget(fake: FakeKubernetes, key: Name, orphan: bool) -> None:
    """Delete one object; a namespace with all that is in it."""
    gone = fake.objects.pop(key)
    if key[0] == "Namespace":
        for each in [k for k in fake.objects if k[1] == key[2]]:
            del fake.objects[each]
    if orphan:
        for item in fake.objects.values():
            if _owner(item) == gone["metadata"]["uid"]:
                del item["metadata"]["ownerReferences"]


def reconcile(fake: FakeKubernetes) -> None:
    _each(fake, _furnish, "Namespace")
    _each(fake, _address, "Service")
    _each(fake, _bind, "PersistentVolumeClaim")
    _each(fake, _reclaim, "PersistentVolume")
    _each(fake, _replica_set, "Deployment")
    _collect_garbage(fake)
    _each(fake, _pods, "ReplicaSet", "StatefulSet")
    _collect_garbage(fake)
    _each(fake, _run, "Pod")
    _each(fake, _status, *WORKLOADS)


def _each(
    fake: FakeKubernetes, work: Callable[[FakeKubernetes, Object], None], *kinds: str
) -> None:
    for kind in kinds:
        for item in fake.all(kind):
            work(fake, item)


def _put(fake: FakeKubernetes, item: Object) -> None:
    """Make an object without another pass."""
    meta = {"uid": f"uid-{fake.number()}", "creationTimestamp": fake.now(), "generation": 1}
    item["metadata"] |= meta | {"resourceVersion": str(fake.number())}
    fake.objects[fake.key(item)] = item


def _address(fake: FakeKubernetes, service: Object) -> None:
    if "clusterIP" not in service["spec"]:
        service["spec"]["clusterIP"] = f"10.96.0.{fake.number() % 250 + 1}"


def _furnish(fake: FakeKubernetes, item: Object) -> None:
    namespace = item["metadata"]["name"]
    for kind, name in (("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")):
        if fake.get(kind, name, namespace) is None:
            meta = {"name": name, "namespace": namespace}
            _put(fake, {"apiVersion": "v1", "kind": kind, "metadata": meta})


def _replica_set(fake: FakeKubernetes, deployment: Object) -> None:
    meta, spec = deployment["metadata"], deployment["spec"]
    text = json.dumps(spec["template"], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    name = f"{meta['name']}-{digest}"
    mine = [s for s in fake.all("ReplicaSet", meta["namespace"]) if _owner(s) == meta["uid"]]
    for old in mine:  # an earlier template stays, for `kubectl rollout undo`
        old["spec"]["replicas"] = 0
    if all(s["metadata"]["name"] != name for s in mine):
        template = fresh(spec["template"])
        template["metadata"].setdefault("labels", {})["pod-template-hash"] = digest
        item = _owned(deployment, "apps/v1", "ReplicaSet", name)
        _put(fake, item | {"spec": {"template": template, "replicas": 0}})
    replica_set = fake.has("ReplicaSet", name, meta["namespace"])
    replica_set["spec"]["replicas"] = spec.get("replicas", 1)


def _owned(owner: Object, api_version: str, kind: str, name: str) -> Object:
    meta = owner["metadata"]
    reference = {"kind": owner["kind"], "name": meta["name"], "uid": meta["uid"]}
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": meta["namespace"],
            "ownerReferences": [reference | {"controller": True}],
        },
    }


def _pods(fake: FakeKubernetes, owner: Object) -> None:
    meta = owner["metadata"]
    mine = [p for p in fake.all("Pod", meta["namespace"]) if _owner(p) == meta["uid"]]
    wanted = owner["spec"].get("replicas", 1)
    numbered = owner["kind"] == "StatefulSet"
    for pod in mine[wanted:]:
        del fake.objects[fake.key(pod)]
    taken = {p["metadata"]["name"] for p in mine}
    for index in range(wanted):
        name = f"{meta['name']}-{index}" if numbered else f"{meta['name']}-{fake.number()}"
        if len(taken) < wanted and name not in taken:
            taken.add(name)
            template = fresh(owner["spec"]["template"])
            pod = _owned(owner, "v1", "Pod", name) | {"spec": template["spec"]}
            pod["metadata"]["labels"] = template["metadata"].get("labels") or {}
            _put(fake, pod)


def _run(fake: FakeKubernetes, pod: Object) -> None:
    ready = fake.behaviour.is_ready(pod)
    state: Object = {"running": {}} if ready else {"waiting": {"reason": "CrashLoopBackOff"}}
    statuses = [{"name": c["name"], "state": state} for c in pod["spec"]["containers"]]
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    pod["status"] = pod.get("status", {}) | {
        "phase": "Running",
        "containerStatuses": statuses,
        "conditions": [condition],
    }


def _status(fake: FakeKubernetes, workload: Object) -> None:
    meta = workload["metadata"]
    uids = {meta["uid"]} | {
        s["metadata"]["uid"]
        for s in fake.all("ReplicaSet", meta["namespace"])
        if _owner(s) == meta["uid"]
    }
    pods = [p for p in fake.all("Pod", meta["namespace"]) if _owner(p) in uids]
    ready = sum(fake.behaviour.is_ready(p) for p in pods)
    workload["status"] = {
        "observedGeneration": meta["generation"],
        "replicas": len(pods),
        "updatedReplicas": len(pods),
        "readyReplicas": ready,
        "availableReplicas": ready,
    }


def _bind(fake: FakeKubernetes, claim: Object) -> None:
    spec, meta = claim["spec"], claim["metadata"]
    spec.setdefault("storageClassName", "standard")
    storage_class = fake.get("StorageClass", spec["storageClassName"])
    claim.setdefault("status", {"phase": "Pending"})
    if storage_class is None or "volumeName" in spec:
        return
    name = f"pvc-{meta['uid']}"
    reference = {"namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
    policy = storage_class.get("reclaimPolicy", "Delete")
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {PROVISIONED: storage_class["provisioner"]}},
        "spec": {"claimRef": reference, "persistentVolumeReclaimPolicy": policy},
    }
    _put(fake, volume)
    spec["volumeName"] = name
    claim["status"] = {"phase": "Bound"}


def _reclaim(fake: FakeKubernetes, volume: Object) -> None:
    reference = volume["spec"].get("claimRef") or {}
    claim = fake.get(
        "PersistentVolumeClaim", reference.get("name", ""), reference.get("namespace", "")
    )
    lost = bool(reference) and (not claim or claim["metadata"]["uid"] != reference.get("uid"))
    if lost and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
        del fake.objects[fake.key(volume)]


def _owner(item: Object) -> str:
    owners = item["metadata"].get("ownerReferences") or [{}]
    return str(owners[0].get("uid", ""))


def _collect_garbage(fake: FakeKubernetes) -> None:
    uids = {item["metadata"]["uid"] for item in fake.objects.values()}
    for key, item in list(fake.objects.items()):
        if _owner(item) and _owner(item) not in uids:
            del fake.objects[key]
