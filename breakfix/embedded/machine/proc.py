"""/proc and /sys/fs/cgroup of a container, made when they are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, cast

from breakfix.embedded.machine.inodes import Inode
from breakfix.embedded.machine.metering import CORES
from breakfix.embedded.machine.proc_net import cards_folder, net_folder
from breakfix.embedded.machine.sysctls import settings
from breakfix.embedded.machine.types import Process

if TYPE_CHECKING:
    from breakfix.embedded.machine.container import Container
    from breakfix.embedded.machine.files import View

MEMORY_TOTAL = 8 << 30  # bytes of a node, where the container has no limit


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
_FILE_SYSTEMS = "".join(
    f"{'' if name == 'ext4' else 'nodev'}\t{name}\n"
    for name in ("sysfs", "tmpfs", "proc", "cgroup2", "devtmpfs", "pipefs", "devpts", "ext4",
                 "overlay", "mqueue")
)  # fmt: skip
_OPEN = ("stack size", "core file size")  # whose soft limit can be raised


def _text(make: Callable[[], str], mode: int = 0o444) -> Inode:
    return Inode("file", mode, make=lambda: make().encode())


def _link(target: str) -> Inode:
    return Inode("link", 0o777, data=target.encode())


def _folder(entries: dict[str, Inode], mode: int = 0o555) -> Inode:
    return Inode("dir", mode, children=entries)


def process_folder(process: Process, container: Container) -> Inode:
    """/proc/PID."""
    who = process.who
    owner = process.container or container
    fds = {"0": Inode("char", 0o620, device="stdin"), "1": _stream(process, "stdout"),
           "2": _stream(process, "stderr")}  # fmt: skip
    entries = {
        "cmdline": _text(lambda: "".join(f"{a}\0" for a in process.argv)),
        "comm": _text(lambda: f"{_name(process)}\n"),
        "cwd": _made_link(lambda: process.cwd),
        "exe": _made_link(lambda: _binary(process)),
        "limits": _text(_limits),
        "net": _net(owner, container),
        "oom_score": _text(lambda: "666\n"),
        "environ": _text(lambda: "".join(f"{k}={v}\0" for k, v in process.env.items()), 0o400),
        "status": _text(lambda: _status(process)),
        "stat": _text(lambda: f"{process.pid} ({_name(process)}) S {process.parent} 1 1 0\n"),
        "fd": _folder(fds, 0o500),
        "mounts": _text(lambda: mounts_text(container)),
        "cgroup": _text(lambda: "0::/\n"),
        "root": _made_link(lambda: "/") if owner is container else _root(owner),
    }  # fmt: skip
    for inode in entries.values():
        inode.uid, inode.gid = who.uid, who.gid
    return _folder(entries)


def _made_link(make: Callable[[], str]) -> Inode:
    return Inode("link", 0o777, make=lambda: make().encode())


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
    return space.root.root if space is not None else _folder({})


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


def memory_text(container: Container) -> str:
    """/proc/meminfo: the node's."""
    total = MEMORY_TOTAL >> 10
    used = container.memory >> 10
    return (f"MemTotal:       {total:8d} kB\nMemFree:        {total // 2 - used:8d} kB\n"
            f"MemAvailable:   {total * 3 // 4:8d} kB\nBuffers:        {total // 64:8d} kB\n"
            f"Cached:         {total // 4:8d} kB\nShmem:          {16384:8d} kB\n"
            "SwapTotal:             0 kB\nSwapFree:              0 kB\n")  # fmt: skip


def proc_folder(container: Container) -> Inode:
    """/proc."""

    def listing() -> dict[str, Inode]:
        found = dict(fixed)
        for process in container.pids.processes():
            found[str(process.pid)] = process_folder(process, container)
        return found

    clock = container.host.clock
    cpu = "processor\t: {}\nmodel name\t: virtual CPU\ncpu MHz\t\t: 2400.000\n\n"
    fixed = {
        "self": Inode("link", 0o777, device="self"),
        "mounts": _link("self/mounts"),
        "net": _link("self/net"),
        "swaps": _text(lambda: "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
        "filesystems": _text(lambda: _FILE_SYSTEMS),
        "meminfo": _text(lambda: memory_text(container)),
        "cpuinfo": _text(lambda: "".join(cpu.format(n) for n in range(CORES))),
        "loadavg": _text(lambda: f"0.08 0.03 0.01 1/{len(container.pids.table)} 1\n"),
        "uptime": _text(lambda: f"{clock.monotonic():.2f} {clock.monotonic() * CORES:.2f}\n"),
        "version": _text(lambda: "Linux version 6.8.0 (root@build) #1 SMP PREEMPT_DYNAMIC\n"),
        "sys": Inode("dir", 0o555, listing=cache(lambda: settings_folder(container))),
    }  # fmt: skip
    return Inode("dir", 0o555, listing=listing)


def settings_folder(container: Container) -> dict[str, Inode]:
    """/proc/sys, which only the kubelet can write to: it is mounted read-only."""
    root = _folder({})
    found = settings(container.host.sysctls, container.host.hostname)
    for name, value in found.items():
        *folders, last = name.split(".")
        at = root
        for folder in folders:
            if at.entry(folder) is None:
                at.put(folder, _folder({}))
            at = at.entry(folder) or at
        at.put(last, Inode("file", 0o644, data=f"{value}\n".encode()))
    return root.children or {}


def system_folder(container: Container) -> Inode:
    """/sys, but for the cgroup."""
    online = f"0-{CORES - 1}\n" if CORES > 1 else "0\n"
    cpu = _folder({name: _text(lambda: online) for name in ("online", "present", "possible")})
    return _folder({
        "class": _folder({"net": cards_folder(container.host.space)}),
        "devices": _folder({"system": _folder({"cpu": cpu})}),
        "fs": _folder({"cgroup": _folder({})}),
    })  # fmt: skip


def cgroup_folder(container: Container) -> Inode:
    """/sys/fs/cgroup, as version 2 has it."""

    def limit(name: str) -> int:
        return int(container.spec.limits.get(name) or 0)

    def cpu() -> str:
        return f"{limit('cpu') * 100 or 'max'} 100000\n"

    def cpu_stat() -> str:
        used = container.meter.used()
        total = int(used.seconds * 1e6)
        return (f"usage_usec {total}\nuser_usec {total * 9 // 10}\nsystem_usec {total // 10}\n"
                f"nr_periods {used.periods}\nnr_throttled {used.throttled_periods}\n"
                f"throttled_usec {int(used.throttled * 1e6)}\n")  # fmt: skip

    def events() -> str:
        count = int(container.oom_killed)
        return f"low 0\nhigh 0\nmax {count}\noom {count}\noom_kill {count}\noom_group_kill 0\n"

    return _folder({
        "cpu.stat": _text(cpu_stat), "memory.events": _text(events),
        "memory.peak": _text(lambda: f"{max(container.peak, container.memory)}\n"),
        "memory.oom.group": _text(lambda: "1\n"),
        "memory.max": _text(lambda: f"{limit('memory') or 'max'}\n"),
        "memory.current": _text(lambda: f"{container.memory}\n"),
        "cpu.max": _text(cpu),
        "pids.max": _text(lambda: "max\n"),
        "pids.current": _text(lambda: f"{len(container.pids.table)}\n"),
        "cgroup.controllers": _text(lambda: "cpuset cpu io memory hugetlb pids rdma\n"),
    })  # fmt: skip
