"""Workloads: how to name one, which pods are its, and whether its rollout is complete.

A rollout is complete as `kubectl rollout status` has it: the controller has seen the
newest generation, all replicas are of it and available, and no old pod is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from breakfix.clock import Clock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Object
from breakfix.clusters.pace import Pace
from breakfix.errors import ClusterError

KINDS = {
    "deployment": "Deployment",
    "deploy": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "replicaset": "ReplicaSet",
    "job": "Job",
    "pod": "Pod",
}
ROLLED = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class WorkloadRef:
    """`[namespace/]kind/name`, taken apart."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name} in {self.namespace}"


def parse(text: str, namespace: str) -> WorkloadRef:
    """The parts of a workload reference. Raises ClusterError for an unknown kind."""
    *space, kind, name = text.split("/")
    if kind not in KINDS:
        raise ClusterError(f"{text!r}: {kind!r} is not one of {', '.join(KINDS)}")
    return WorkloadRef(KINDS[kind], space[0] if space else namespace, name)


async def pods_of(api: KubeApi, ref: WorkloadRef) -> list[Object]:
    """Its pods that are not on their way out, ready ones first, then by age."""
    if ref.kind == "Pod":
        pod = await api.get("Pod", ref.name, ref.namespace)
        return [pod] if pod else []
    workload = await api.get(ref.kind, ref.name, ref.namespace)
    if workload is None:
        return []
    labels = ",".join(f"{k}={v}" for k, v in _selector(workload).items())
    pods = await api.list("Pod", ref.namespace, labels=labels)
    alive = [p for p in pods if not p["metadata"].get("deletionTimestamp")]
    return sorted(alive, key=lambda p: (not is_ready(p), p["metadata"]["creationTimestamp"]))


def _selector(workload: Object) -> dict[str, str]:
    found: dict[str, str] = workload["spec"].get("selector", {}).get("matchLabels", {})
    return found


def is_ready(pod: Object) -> bool:
    """The pod's Ready condition."""
    conditions = pod.get("status", {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def rollout(workload: Object) -> tuple[bool, str]:
    """Whether the rollout of a workload is complete, in words; for a pod whether it is
    ready, for a Job whether it is done."""
    kind, status = workload["kind"], workload.get("status", {})
    if kind == "Pod":
        ready = is_ready(workload)
        return ready, "ready" if ready else f"not ready, phase {status.get('phase', 'Pending')}"
    if kind == "Job":
        return _job(workload["spec"], status)
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return False, "the controller has not seen the change yet"
    return _ROLLOUTS[kind](workload["spec"], status)


def _deployment(spec: Object, status: Object) -> tuple[bool, str]:
    want = spec.get("replicas", 1)
    updated, total = status.get("updatedReplicas", 0), status.get("replicas", 0)
    available = status.get("availableReplicas", 0)
    good = updated == total == want and available == want
    return good, f"{available} of {want} available, {updated} up to date"


def _stateful_set(spec: Object, status: Object) -> tuple[bool, str]:
    want = spec.get("replicas", 1)
    ready, total = status.get("readyReplicas", 0), status.get("replicas", 0)
    current = status.get("updateRevision") == status.get("currentRevision")
    return current and ready == total == want, f"{ready} of {want} ready"


def _replica_set(spec: Object, status: Object) -> tuple[bool, str]:
    want, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    return ready == want, f"{ready} of {want} ready"


def _job(spec: Object, status: Object) -> tuple[bool, str]:
    want, done = spec.get("completions") or 1, status.get("succeeded", 0)
    return done >= want, f"{done} of {want} completed"


def _daemon_set(_: Object, status: Object) -> tuple[bool, str]:
    want = status.get("desiredNumberScheduled", 0)
    updated = status.get("updatedNumberScheduled", 0)
    available = status.get("numberAvailable", 0)
    return updated == want == available, f"{available} of {want} available, {updated} up to date"


_ROLLOUTS = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _replica_set,
}


async def unfinished(api: KubeApi, namespaces: Iterable[str]) -> list[str]:
    """What is still moving in these namespaces, in words: rollouts, and pods that go."""
    moving: list[str] = []
    for namespace in sorted(set(namespaces) - {""}):
        for kind in ROLLED:
            for workload in await api.list(kind, namespace):
                done, words = rollout(workload)
                if not done:
                    moving.append(f"{kind} {workload['metadata']['name']}: {words}")
        for pod in await api.list("Pod", namespace):
            meta = pod["metadata"]
            moving += [f"Pod {meta['name']} goes"] if meta.get("deletionTimestamp") else []
    return moving


async def settle(
    api: KubeApi, namespaces: Iterable[str], clock: Clock, timeout: float
) -> list[str]:
    """Wait until nothing moves there, at most `timeout` s; returns what still does."""
    wanted = list(namespaces)
    deadline, pace = clock.monotonic() + timeout, Pace(longest=0.5)
    while moving := await unfinished(api, wanted):
        if clock.monotonic() > deadline:
            break
        await clock.sleep(pace.after(moving))
    return moving
