"""The objects that the trials of probing.py create.

All pods pass Pod Security's level restricted, so that one namespace serves all trials.
https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from __future__ import annotations

from breakfix.clusters.base import Object
from breakfix.clusters.requests import namespace

NAMESPACE = "breakfix-probe"
SERVER_PORT = 8080
NOBODY = 65534
_SERVE = f"echo ok > /tmp/index.html; exec httpd -f -p {SERVER_PORT} -h /tmp"
_SLEEP = "while true; do sleep 1; done"


def probe_namespace() -> Object:
    """The namespace of the trials; it enforces the level restricted."""
    return namespace(NAMESPACE, {"pod-security.kubernetes.io/enforce": "restricted"})


def web_pod(image: str) -> Object:
    """Pod `server`: answers http on SERVER_PORT."""
    return _pod("server", image, _SERVE)


def sleeping_pod(image: str) -> Object:
    """Pod `client`: a place to run commands in."""
    return _pod("client", image, _SLEEP)


def storage_pod(image: str) -> Object:
    """Pod `storage`: mounts the claim `storage`."""
    pod = _pod("storage", image, _SLEEP)
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "storage"}}
    pod["spec"]["volumes"] = [volume]
    pod["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    return pod


def privileged_pod(image: str) -> Object:
    """A pod that Pod Security must refuse; only for a dry run."""
    pod = _pod("privileged", image, _SLEEP)
    pod["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    return pod


def claim() -> Object:
    """Claim `storage` of the default StorageClass."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "storage", "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def default_deny() -> Object:
    """A policy by which nothing reaches any pod of the namespace."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": NAMESPACE},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }


def _pod(name: str, image: str, script: str) -> Object:
    confined = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script],
        "securityContext": confined,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "containers": [container],
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": NOBODY,
                "runAsGroup": NOBODY,
                "fsGroup": NOBODY,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
    }
