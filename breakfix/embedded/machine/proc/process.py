"""/proc/PID."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from breakfix.embedded.machine.inodes import Inode
from breakfix.embedded.machine.proc.inodes import folder_of, made_link, made_text
from breakfix.embedded.machine.proc.net import net_folder
from breakfix.embedded.machine.types import Process

if TYPE_CHECKING:
    from breakfix.embedded.machine.container import Container
    from breakfix.embedded.machine.files import View


_LIMITS = (
    ("cpu time", "unlimited", "seconds"), ("file size", "unlimited", "bytes"),
    ("data size", "unlimited", "bytes"), ("stack size", "8388608", "bytes"),
    ("core file size", "0", "bytes"), ("resident set", "unlimited", "bytes"),
    ("processes", "unlimited", "processes"), ("open files", "1048576", "files"),
    ("locked memory", "8388608", "bytes"), ("address space", "unlimited", "bytes"),
    ("file locks", "unlimited", "locks"), ("pending signals", "31709", "signals"),
    ("msgqueue size", "819200", "bytes"), ("nice priority", "0", ""),
    ("realtime priority", "0", ""), ("realtime timeout", "unlimited", "us"),
)  # fmt: skip

_OPEN = ("stack size", "core file size")  # whose soft limit can be raised


def process_folder(process: Process, container: Container) -> Inode:
    """/proc/PID."""
    who = process.who
    owner = process.container or container
    fds = {"0": Inode("char", 0o620, device="stdin"), "1": _stream(process, "stdout"),
           "2": _stream(process, "stderr")}  # fmt: skip
    entries = {
        "cmdline": made_text(lambda: "".join(f"{a}\0" for a in process.argv)),
        "comm": made_text(lambda: f"{_name(process)}\n"),
        "cwd": made_link(lambda: process.cwd),
        "exe": made_link(lambda: _binary(process)),
        "limits": made_text(_limits),
        "net": _net(owner, container),
        "oom_score": made_text(lambda: "666\n"),
        "environ": made_text(lambda: "".join(f"{k}={v}\0" for k, v in process.env.items()), 0o400),
        "status": made_text(lambda: _status(process)),
        "stat": made_text(lambda: f"{process.pid} ({_name(process)}) S {process.parent} 1 1 0\n"),
        "fd": folder_of(fds, 0o500),
        "mounts": made_text(lambda: mounts_text(container)),
        "cgroup": made_text(lambda: "0::/\n"),
        "root": made_link(lambda: "/") if owner is container else _root(owner),
    }  # fmt: skip
    for inode in entries.values():
        inode.uid, inode.gid = who.uid, who.gid
    return folder_of(entries)


def _binary(process: Process) -> str:
    """Where the program is that it runs."""
    from breakfix.embedded.machine.process import search

    view = cast("View", process.files)
    return search(view, process.argv[0], process.cwd, process.env) or process.argv[0]


def _net(owner: object, container: Container) -> Inode:
    host = getattr(owner, "host", None) or container.host
    return net_folder(host.space)


def _limits() -> str:
    rows = [("Limit", "Soft Limit", "Hard Limit", "Units")]
    for name, soft, unit in _LIMITS:
        rows.append((f"Max {name}", soft, "unlimited" if name in _OPEN else soft, unit))
    return "".join(f"{a:<25} {b:<20} {c:<20} {d:<10}\n" for a, b, c, d in rows)


def _root(owner: object) -> Inode:
    space = getattr(owner, "space", None)
    return space.root.root if space is not None else folder_of({})


def _stream(process: Process, name: str) -> Inode:
    view = process.files
    sink = getattr(view, "streams", {}).get(name)
    return Inode("char", 0o620, uid=process.who.uid, sink=sink, device=name)


def _name(process: Process) -> str:
    return process.argv[0].rpartition("/")[2][:15] if process.argv else ""


def _status(process: Process) -> str:
    who = process.who
    ids, groups = "\t".join([str(who.uid)] * 4), "\t".join([str(who.gid)] * 4)
    return (
        f"Name:\t{_name(process)}\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t{process.pid}\n"
        f"Ngid:\t0\nPid:\t{process.pid}\nPPid:\t{process.parent}\nTracerPid:\t0\n"
        f"Uid:\t{ids}\nGid:\t{groups}\nFDSize:\t64\n"
        f"Groups:\t{' '.join(map(str, who.groups))} \nVmSize:\t{process.memory >> 10:8d} kB\n"
        f"VmRSS:\t{process.memory >> 10:8d} kB\nThreads:\t1\n{_capabilities(process)}"
    )


# In the order of their bits.
CAPABILITIES = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
]


def _capabilities(process: Process) -> str:
    held = sum(1 << n for n, name in enumerate(CAPABILITIES) if name in process.who.capabilities)
    own = held if process.who.uid == 0 else 0
    rows = (("Inh", 0), ("Prm", own), ("Eff", own), ("Bnd", held), ("Amb", 0))
    return "".join(f"Cap{name}:\t{value:016x}\n" for name, value in rows)


def mounts_text(container: Container) -> str:
    """/proc/mounts."""
    lines = ["overlay / overlay {} 0 0", "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0",
             "tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0",
             "devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666 0 0",
             "mqueue /dev/mqueue mqueue rw,nosuid,nodev,noexec,relatime 0 0",
             "sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0"]  # fmt: skip
    root = container.space.root
    lines[0] = lines[0].format("ro,relatime" if root.read_only else "rw,relatime")
    for row in container.space.mounts.values():
        if row.path in ("/proc", "/sys", "/sys/fs/cgroup"):
            continue
        how = "ro,relatime" if row.read_only else "rw,relatime"
        if row.store.memory and row.store.limit:
            how += f",size={row.store.limit >> 10}k"
        lines.append(f"{row.store.source} {row.path} {row.store.fstype} {how} 0 0")
    return "\n".join(lines) + "\n"
