"""Where the kubelet keeps the volumes of pods on its node: paths that errors name."""

from __future__ import annotations

from breakfix.embedded.objects import Object, name_of

_PLUGINS = {"emptyDir": "empty-dir", "configMap": "configmap", "secret": "secret",
            "downwardAPI": "downward-api", "projected": "projected", "nfs": "nfs",
            "csi": "csi"}  # fmt: skip


def volume_path(pod: Object, volume: Object) -> str:
    """Of a volume of the pod's own, or the path of the node that it is."""
    if "hostPath" in volume:
        return str(volume["hostPath"]["path"])
    plugin = next((_PLUGINS[kind] for kind in _PLUGINS if kind in volume), "empty-dir")
    return _own(pod, plugin, volume["name"])


def claimed_path(pod: Object, found: Object) -> str:
    """Of a PersistentVolume."""
    spec = found["spec"]
    if "hostPath" in spec:
        return str(spec["hostPath"]["path"])
    return _own(pod, "csi" if "csi" in spec else "local-volume", name_of(found))


def _own(pod: Object, plugin: str, name: str) -> str:
    path = f"/var/lib/kubelet/pods/{pod['metadata']['uid']}/volumes/kubernetes.io~{plugin}/{name}"
    return f"{path}/mount" if plugin == "csi" else path


def sub_path(pod: Object, volume: str, container: str, number: int) -> str:
    """Of a part of a volume, the `number`th mount of a container."""
    uid = pod["metadata"]["uid"]
    return f"/var/lib/kubelet/pods/{uid}/volume-subpaths/{volume}/{container}/{number}"
