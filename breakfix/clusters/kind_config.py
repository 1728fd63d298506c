"""The files of a kind cluster: its configuration, audit policy and image mirror.

Sources: https://kind.sigs.k8s.io/docs/user/configuration/,
https://kind.sigs.k8s.io/docs/user/auditing/ and
https://github.com/containerd/containerd/blob/main/docs/hosts.md
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from breakfix.clusters.base import Object
from breakfix.clusters.private_files import write_private

POLICY_ON_NODE = "/etc/kubernetes/breakfix/audit-policy.yaml"
LOG_ON_NODE = "/var/log/kubernetes/audit.log"
LOG_OF_KUBELET = "kubernetes/audit.log"  # the kubelet serves /var/log
HOSTS_ON_NODE = "/etc/containerd/certs.d/_default/hosts.toml"
_ARGUMENTS = {
    "audit-log-path": LOG_ON_NODE,
    "audit-policy-file": POLICY_ON_NODE,
    "audit-log-maxsize": "100",
    "audit-log-maxbackup": "1",
}


def write_files(directory: Path, nodes: int, image_mirror: str) -> Path:
    """Write all files that a cluster of so many nodes needs; returns its configuration.

    The directory has to stay as long as the cluster: the node mounts files of it.
    """
    import yaml

    policy = directory / "audit-policy.yaml"
    write_private(policy, Path(__file__).with_name("audit_policy.yaml").read_text("utf-8"))
    mounts = [_mount(policy, POLICY_ON_NODE)]
    mirrors: list[Object] = []
    if image_mirror:
        write_private(directory / "hosts.toml", hosts_toml(image_mirror))
        mirrors = [_mount(directory / "hosts.toml", HOSTS_ON_NODE)]
    config = directory / "config.yaml"
    write_private(config, yaml.safe_dump(configuration(nodes, mounts, mirrors), sort_keys=False))
    return config


def configuration(nodes: int, first: list[Object], every: list[Object]) -> Object:
    """The kind configuration; `first` are mounts of the control plane, `every` of all nodes."""
    import yaml

    workers = [{"role": "worker", "extraMounts": every} for _ in range(nodes - 1)]
    return {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [{"role": "control-plane", "extraMounts": first + every}, *workers],
        # kind takes the patch whose version it uses itself and passes over the other
        "kubeadmConfigPatches": [
            yaml.safe_dump(_api_server("v1beta3", _ARGUMENTS), sort_keys=False),
            yaml.safe_dump(_api_server("v1beta4", _as_list(_ARGUMENTS)), sort_keys=False),
        ],
    }


def hosts_toml(mirror: str) -> str:
    """A mirror that containerd asks first for every image, before the image's own registry."""
    url = mirror.rstrip("/")
    return f'[host."{url}"]\n  capabilities = ["pull", "resolve"]\n'


def _mount(source: Path, target: str) -> Object:
    return {"hostPath": str(source.absolute()), "containerPath": target, "readOnly": True}


def _as_list(arguments: dict[str, str]) -> list[dict[str, str]]:
    """v1beta4 has a list where v1beta3 has a map."""
    return [{"name": name, "value": value} for name, value in arguments.items()]


def _api_server(version: str, arguments: Any) -> Object:
    return {
        "kind": "ClusterConfiguration",
        "apiVersion": f"kubeadm.k8s.io/{version}",
        "apiServer": {
            "extraArgs": arguments,
            "extraVolumes": [
                _volume("breakfix-audit-policy", POLICY_ON_NODE, "File", read_only=True),
                _volume("breakfix-audit-log", "/var/log/kubernetes", "DirectoryOrCreate"),
            ],
        },
    }


def _volume(name: str, path: str, path_type: str, *, read_only: bool = False) -> Object:
    return {
        "name": name,
        "hostPath": path,
        "mountPath": path,
        "readOnly": read_only,
        "pathType": path_type,
    }
