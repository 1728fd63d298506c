"""Files that outlive pods: each node's own, and those of PersistentVolumes."""

from __future__ import annotations

from breakfix.embedded.client import Change, Client
from breakfix.embedded.kubelet.payloads import MountError
from breakfix.embedded.machine.images.images import known_image
from breakfix.embedded.machine.images.tree import image_tree
from breakfix.embedded.machine.volumes import Mount, Volume
from breakfix.embedded.objects import Object, annotations_of, name_of, namespace_of

_FOLDERS = ("/etc", "/home", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/var/lib",  # noqa: S108
            "/var/lib/kubelet", "/var/lib/kubelet/plugins", "/var/lib/kubelet/plugins_registry",
            "/var/lib/kubelet/pods", "/dev", "/var/log", "/var/log/pods", "/var/log/containers",
            "/var/run", "/run/systemd/system")  # fmt: skip
_CHECKS = {"Directory": ("dir", "a directory"), "File": ("file", "a file"),
           "Socket": ("socket", "a socket file"), "CharDevice": ("char", "a character device"),
           "BlockDevice": ("block", "a block device")}  # fmt: skip

NODE_HOSTS = """127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
"""
NODE_IMAGE = "docker.io/kindest/node"  # what is installed on a node
PROVISIONED = "pv.kubernetes.io/provisioned-by"


def node_files(name: str) -> Volume:
    """A node's own file system, as hostPath volumes show it."""
    volume = Volume("node", mode=0o755)
    if known := known_image(NODE_IMAGE):
        volume.root.base = image_tree(known[0])
    for folder in _FOLDERS:
        volume.mkdir(folder, 0o1777 if folder == "/tmp" else 0o755)  # noqa: S108
    volume.write("/etc/hostname", f"{name}\n".encode())
    volume.write("/etc/hosts", NODE_HOSTS.encode())
    volume.write("/etc/os-release", b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n')
    return volume


class Storage:
    """One for a cluster: the content of PersistentVolumes and the files of its nodes."""

    def __init__(self) -> None:
        self._nodes: dict[str, Volume] = {}
        self._claimed: dict[str, Volume] = {}
        self._watched: set[int] = set()

    def watch(self, client: Client) -> None:
        """Let go of what was in volumes that are deleted; once for a cluster."""
        if not self._watched:
            self._watched.add(1)
            client.subscribe("persistentvolumes", self._changed)

    def _changed(self, change: Change) -> None:
        if change.type != "DELETED":
            return
        spec = change.new["spec"]
        self._claimed.pop(change.new["metadata"]["uid"], None)
        path = _path(spec)
        if path and spec.get("persistentVolumeReclaimPolicy") == "Delete":
            for volume in self._nodes.values():
                _drop(volume, path)

    def of_node(self, name: str) -> Volume:
        """A node's files."""
        if name not in self._nodes:
            self._nodes[name] = node_files(name)
        return self._nodes[name]

    # -- volumes of pods ---------------------------------------------------------------

    def host_path(self, node: str, source: Object) -> Mount:
        """Raises MountError where the type is another."""
        files, path = self.of_node(node), source["path"]
        kind = source.get("type") or ""
        found = files.at(path)
        if kind == "DirectoryOrCreate" and found is None:
            files.mkdir(path)
        elif kind == "FileOrCreate" and found is None:
            files.write(path, b"")
        elif kind:
            want, words = _CHECKS[kind.removesuffix("OrCreate")]
            if found is None or found.kind != want:
                raise MountError(f"hostPath type check failed: {path} is not {words}")
        return Mount(files, sub_path=path)

    def volume_of(self, pod: Object, source: Object, client: Client) -> Object:
        """The PersistentVolume of a claim. Raises MountError."""
        namespace, name = namespace_of(pod), source["claimName"]
        claim = client.get("persistentvolumeclaims", name, namespace)
        where = f"error processing PVC {namespace}/{name}:"
        if claim is None:
            text = f'persistentvolumeclaims "{name}" not found'
            raise MountError(f"{where} failed to fetch PVC from API server: {text}")
        if (claim.get("status") or {}).get("phase") != "Bound" or not claim["spec"].get(
            "volumeName"
        ):
            raise MountError(f"{where} PVC is not bound")
        volume = client.get("persistentvolumes", claim["spec"]["volumeName"])
        if volume is None:
            text = f'persistentvolumes "{claim["spec"]["volumeName"]}" not found'
            raise MountError(
                f"failed to fetch PV {claim['spec']['volumeName']} from API server: {text}"
            )
        return volume

    def mounted(self, node: str, volume: Object) -> tuple[Mount, bool]:
        """The files of a PersistentVolume; may an fsGroup own them? Raises MountError."""
        spec = volume["spec"]
        if annotations_of(volume).get(PROVISIONED) and (path := _path(spec)):
            self.of_node(node).mkdir(path, 0o777)  # as the provisioner's helper pod does
        if "hostPath" in spec:
            return self.host_path(node, spec["hostPath"]), False
        if "local" in spec:
            path = spec["local"]["path"]
            if self.of_node(node).at(path) is None:
                text = f'path "{path}" does not exist'
                raise MountError(f'local volume "{name_of(volume)}": {text}')
            return Mount(self.of_node(node), sub_path=path), True
        uid = volume["metadata"]["uid"]
        if uid not in self._claimed:
            self._claimed[uid] = Volume(name_of(volume))
        return Mount(self._claimed[uid]), True


def _path(spec: Object) -> str:
    path: str = (spec.get("hostPath") or spec.get("local") or {}).get("path", "")
    return path


def _drop(volume: Volume, path: str) -> None:
    parent, _, name = path.rstrip("/").rpartition("/")
    found = volume.at(parent)
    if found is not None and found.kind == "dir":
        found.drop(name)
