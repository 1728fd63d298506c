"""A Node object as a kubelet registers it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from breakfix.embedded.objects import Object, condition, timestamp

VERSION = "v1.34.4"
CAPACITY = {
    "cpu": "4",
    "ephemeral-storage": "61202244Ki",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    "memory": "8Gi",
    "pods": "110",
}
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
# type, healthy status, reason, message
CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory",
     "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)  # fmt: skip


PRESSED = {
    "MemoryPressure": ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
    "DiskPressure": ("KubeletHasDiskPressure", "kubelet has disk pressure"),
}
OWN = frozenset(row[0] for row in CONDITIONS)


def _hex(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


def node(
    name: str, *, control_plane: bool = False, alone: bool = False,
    labels: dict[str, str] | None = None,
) -> Object:  # fmt: skip
    """The object to create; `labels` are beyond those that every node has. A control plane
    that is alone takes ordinary pods."""
    known = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    }
    if control_plane:
        known[CONTROL_PLANE] = ""
    if control_plane and not alone:
        known["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
    item: Object = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": known | (labels or {}),
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": {"providerID": f"kind://docker/kind/{name}"},
    }
    if control_plane and not alone:
        item["spec"]["taints"] = [{"effect": "NoSchedule", "key": CONTROL_PLANE}]
    return item


def status(
    item: Object, address: str, now: datetime, capacity: dict[str, str], images: list[Object],
    pressed: frozenset[str] = frozenset(),
) -> Object:  # fmt: skip
    """Its status now; conditions keep the moment of their last change. `pressed`: the types
    of those that are true though they should not be."""
    name = item["metadata"]["name"]
    return {
        "addresses": [
            {"address": address, "type": "InternalIP"},
            {"address": name, "type": "Hostname"},
        ],
        "allocatable": capacity,
        "capacity": capacity,
        "conditions": [
            _condition(item, now, row[0], "True", *PRESSED[row[0]]) if row[0] in pressed
            else _condition(item, now, *row) for row in CONDITIONS
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "images": images,
        "nodeInfo": _info(name),
        "runtimeHandlers": [{"name": "", "features": {
            "recursiveReadOnlyMounts": False, "userNamespaces": False}}],
    }  # fmt: skip


def _condition(
    item: Object, now: datetime, kind: str, status: str, reason: str, message: str
) -> Object:
    known = condition(item, kind) or {}
    same = known.get("status") == status
    return {
        "type": kind,
        "status": status,
        "lastHeartbeatTime": timestamp(now),
        "lastTransitionTime": known["lastTransitionTime"] if same else timestamp(now),
        "reason": reason,
        "message": message,
    }


def _info(name: str) -> Object:
    digest = _hex("machine", name)
    return {
        "architecture": "amd64",
        "bootID": "b3a7c8e2-5d41-4f6a-9c0b-1e2d3f4a5b6c",
        "containerRuntimeVersion": "containerd://2.1.3",
        "kernelVersion": "6.8.0-45-generic",
        "kubeProxyVersion": "",
        "kubeletVersion": VERSION,
        "machineID": digest[:32],
        "operatingSystem": "linux",
        "osImage": "Debian GNU/Linux 12 (bookworm)",
        "swap": {"capacity": 0},
        "systemUUID": f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}"
        f"-{digest[20:32]}",
    }
