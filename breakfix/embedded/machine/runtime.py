"""The container runtime of a node: implements `types.Runtime`."""

from __future__ import annotations

import hashlib
import itertools
import posixpath

from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.images.tree import image_tree
from breakfix.embedded.machine.inodes import Inode, Store
from breakfix.embedded.machine.mount_errors import cannot_mount, check_place
from breakfix.embedded.machine.mounts import FileSpace
from breakfix.embedded.machine.proc.proc import proc_folder
from breakfix.embedded.machine.proc.sys_fs import cgroup_folder, system_folder
from breakfix.embedded.machine.types import ContainerSpec, Host, Identity, Output
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
        space.mount("/sys", system_folder(container), Store(source="sysfs", fstype="proc"), True)
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
            real = _real(space, path)
            try:
                root = mount.root()
                if why := check_place(space, real, root, mount, container.id):
                    raise cannot_mount(mount, path, why)
                space.mount(real, root, mount.volume.store, mount.read_only)
            except OSError as error:
                raise cannot_mount(mount, path, (error.strerror or "").lower()) from None


def _real(space: FileSpace, path: str) -> str:
    """With the links of the directories above it resolved."""
    path = posixpath.normpath(path)
    try:
        return Walker(space, Identity()).find(path).path
    except OSError:
        return path
