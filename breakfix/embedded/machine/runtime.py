"""The container runtime of a node: implements `types.Runtime`."""

from __future__ import annotations

import errno
import hashlib
import itertools
import posixpath

from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.image_tree import image_tree
from breakfix.embedded.machine.inodes import Inode, Store
from breakfix.embedded.machine.mounts import FileSpace
from breakfix.embedded.machine.proc import cgroup_folder, proc_folder
from breakfix.embedded.machine.types import ContainerError, ContainerSpec, Host, Identity, Output
from breakfix.embedded.machine.volumes import as_mount
from breakfix.embedded.machine.walking import Walker

_numbers = itertools.count(1)
_HOSTS = """# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
"""


def hosts_text(address: str, hostname: str, subdomain: str = "") -> str:
    """/etc/hosts of a pod, as the kubelet writes it."""
    names = f"{subdomain}\t{hostname}" if subdomain else hostname
    return f"{_HOSTS}{address}\t{names}\n"


class Machine:
    """Starts containers; one for each node, or one for all."""

    async def start(
        self, spec: ContainerSpec, host: Host, stdout: Output, stderr: Output
    ) -> Container:
        """Raises ContainerError with containerd's words where it cannot be started."""
        container = self.create(spec, host, stdout, stderr)
        container.begin()
        return container

    def create(self, spec: ContainerSpec, host: Host, stdout: Output, stderr: Output) -> Container:
        """A container whose first process is not there yet (`begin`)."""
        clock = host.clock
        space = FileSpace.over(
            image_tree(spec.image), read_only=False, now=lambda: clock.now().timestamp(),
        )  # fmt: skip
        container = Container(spec, host, space, stdout, stderr)
        text = f"{host.node}/{host.hostname}/{spec.name}/{next(_numbers)}/{clock.monotonic()}"
        container.id = hashlib.sha256(text.encode()).hexdigest()
        self._system_files(container)
        self._volumes(container)
        space.root.read_only = spec.read_only_root
        return container

    def _system_files(self, container: Container) -> None:
        spec, host, space = container.spec, container.host, container.space
        virtual = Store(source="proc", fstype="proc")
        space.mount("/proc", proc_folder(container), virtual)
        space.mount("/sys/fs/cgroup", cgroup_folder(container), Store(source="cgroup"), True)
        address = next(iter(host.space.addresses), "127.0.0.1")
        texts = {
            "/etc/hosts": spec.hosts or hosts_text(address, host.hostname),
            "/etc/hostname": f"{host.hostname}\n",
            "/etc/resolv.conf": spec.resolv_conf,
            spec.termination_log: "",
        }  # fmt: skip
        for path, text in texts.items():
            store = Store(source="/dev/vda1", fstype="ext4")
            mode = 0o666 if path == spec.termination_log else 0o644
            data = text.encode()
            store.used = len(data)
            if text or path in ("/etc/hosts", "/etc/hostname", spec.termination_log):
                inode = Inode("file", mode, mtime=space.now(), data=data, store=store)
                space.mount(path, inode, store)

    def _volumes(self, container: Container) -> None:
        """Outer paths first. Raises ContainerError, as runc where a place cannot be made."""
        space = container.space
        for path in sorted(container.spec.mounts, key=lambda p: p.count("/")):
            mount = as_mount(container.spec.mounts[path])
            try:
                root = mount.root()
                real = _real(space, path)
                self._fits(space, real, root, path)
                space.mount(real, root, mount.volume.store, mount.read_only)
            except OSError as error:
                text = (
                    "failed to create containerd task: failed to create shim task: OCI runtime"
                    " create failed: runc create failed: unable to start container process: error"
                    f' during container init: error mounting "{mount.volume.name}" to rootfs at'
                    f' "{path}": {(error.strerror or "").lower()}: unknown'
                )
                raise ContainerError("StartError", text) from None

    def _fits(self, space: FileSpace, path: str, root: Inode, asked: str) -> None:
        """A file goes on a file, a directory on a directory."""
        parent, name = posixpath.split(path)
        try:
            found = _at(space, parent)
        except OSError:
            return
        there = found.entry(name) if found is not None and found.kind == "dir" else None
        if there is not None and (there.kind == "dir") != (root.kind == "dir"):
            raise OSError(errno.ENOTDIR, "not a directory", asked)


def _at(space: FileSpace, path: str) -> Inode | None:
    return Walker(space, Identity()).find(path).inode


def _real(space: FileSpace, path: str) -> str:
    """With the links of the directories above it resolved."""
    path = posixpath.normpath(path)
    try:
        return Walker(space, Identity()).find(path).path
    except OSError:
        return path
