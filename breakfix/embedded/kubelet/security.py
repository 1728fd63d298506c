"""Who a container's processes are: securityContext over what the image says."""

from __future__ import annotations

from breakfix.embedded.kubelet.images import StartError
from breakfix.embedded.kubelet.words import pod_text
from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.images.tree import image_tree
from breakfix.embedded.machine.mounts import FileSpace
from breakfix.embedded.machine.types import Identity, Image
from breakfix.embedded.machine.users import find_group, find_user
from breakfix.embedded.objects import Object

DEFAULT = frozenset(
    ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
     "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")
)  # fmt: skip
ALL = DEFAULT | {
    "AUDIT_CONTROL", "AUDIT_READ", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH",
    "IPC_LOCK", "IPC_OWNER", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "NET_ADMIN",
    "NET_BROADCAST", "PERFMON", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_NICE",
    "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
    "WAKE_ALARM",
}  # fmt: skip
NONE = frozenset({"NONE"})  # root that has lost every capability: an empty set says nothing
ANY = "CreateContainerConfigError"


def effective(pod: Object, container: Object) -> Object:
    """The container's securityContext over the pod's."""
    shared = pod["spec"].get("securityContext") or {}
    own = container.get("securityContext") or {}
    kept = ("runAsUser", "runAsGroup", "runAsNonRoot", "seLinuxOptions", "seccompProfile")
    return {k: shared[k] for k in kept if k in shared} | own


def identity(pod: Object, container: Object, image: Image) -> Identity:
    """Raises StartError, where it must not be root and would be."""
    wanted = effective(pod, container)
    name, _, group = image.user.partition(":")
    if wanted.get("runAsNonRoot"):
        _not_root(pod, container, wanted, name)
    uid, gid = _user(image, name, group)
    if "runAsUser" in wanted:
        uid = int(wanted["runAsUser"])
        gid = _user(image, str(uid), "")[1]
    gid = int(wanted.get("runAsGroup", gid))
    bounding = _bounding(wanted)
    held = (bounding or NONE) if uid == 0 else frozenset[str]()
    return Identity(uid, gid, _groups(pod, gid), held, bounding)


def seccomp_file(pod: Object, container: Object) -> str:
    """The profile of the node that a container asks for; "" for none."""
    profile = effective(pod, container).get("seccompProfile") or {}
    if profile.get("type") != "Localhost":
        return ""
    return f"/var/lib/kubelet/seccomp/{profile.get('localhostProfile', '')}"


def _not_root(pod: Object, container: Object, wanted: Object, user: str) -> None:
    where = f'(pod: "{pod_text(pod)}", container: {container["name"]})'
    if "runAsUser" in wanted:
        if wanted["runAsUser"] == 0:
            raise StartError(ANY, f"container's runAsUser breaks non-root policy {where}")
    elif user and not user.isdigit():
        text = f"container has runAsNonRoot and image has non-numeric user ({user}), cannot verify"
        raise StartError(ANY, f"{text} user is non-root {where}")
    elif not user or int(user) == 0:
        text = "container has runAsNonRoot and image will run as root"
        raise StartError(ANY, f"{text} {where}")


def _user(image: Image, name: str, group: str) -> tuple[int, int]:
    """Uid and gid of an image's user, by name or number."""
    if not name and not group:
        return 0, 0
    view = View(FileSpace.over(image_tree(image)), Identity())
    found = find_user(view, name or "0")
    uid, gid = (found[0], found[1]) if found else (int(name) if name.isdigit() else 0, 0)
    if group:
        gid = int(group) if group.isdigit() else find_group(view, group) or 0
    return uid, gid


def home(image: Image, uid: int) -> str:
    """$HOME of a user."""
    view = View(FileSpace.over(image_tree(image)), Identity())
    found = find_user(view, str(uid))
    return found[2] if found else "/"


def _groups(pod: Object, gid: int) -> tuple[int, ...]:
    shared = pod["spec"].get("securityContext") or {}
    more = [shared["fsGroup"]] if "fsGroup" in shared else []
    return tuple(dict.fromkeys([gid, *more, *(shared.get("supplementalGroups") or [])]))


def _bounding(wanted: Object) -> frozenset[str]:
    """What processes may have; only root has them at once."""
    if wanted.get("privileged"):
        return ALL
    asked = wanted.get("capabilities") or {}
    drop = {_plain(c) for c in asked.get("drop") or []}
    add = {_plain(c) for c in asked.get("add") or []}
    found = frozenset() if "ALL" in drop else DEFAULT - drop
    found |= ALL if "ALL" in add else add
    return found


def _plain(capability: str) -> str:
    return capability.upper().removeprefix("CAP_")
