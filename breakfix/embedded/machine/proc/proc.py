"""/proc of a container, made when it is read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from breakfix.embedded.machine.inodes import Inode
from breakfix.embedded.machine.metering import CORES
from breakfix.embedded.machine.proc.inodes import folder_of, link_to, made_text
from breakfix.embedded.machine.proc.process import process_folder
from breakfix.embedded.machine.proc.sysctls import settings

if TYPE_CHECKING:
    from breakfix.embedded.machine.container import Container


MEMORY_TOTAL = 8 << 30  # bytes of a node, where the container has no limit

_FILE_SYSTEMS = "".join(
    f"{'' if name == 'ext4' else 'nodev'}\t{name}\n"
    for name in ("sysfs", "tmpfs", "proc", "cgroup2", "devtmpfs", "pipefs", "devpts", "ext4",
                 "overlay", "mqueue")
)  # fmt: skip


def memory_text(container: Container) -> str:
    """/proc/meminfo: the node's."""
    total = MEMORY_TOTAL >> 10
    used = container.cgroup.memory >> 10
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
        "mounts": link_to("self/mounts"),
        "net": link_to("self/net"),
        "swaps": made_text(lambda: "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
        "filesystems": made_text(lambda: _FILE_SYSTEMS),
        "meminfo": made_text(lambda: memory_text(container)),
        "cpuinfo": made_text(lambda: "".join(cpu.format(n) for n in range(CORES))),
        "loadavg": made_text(lambda: f"0.08 0.03 0.01 1/{len(container.pids.table)} 1\n"),
        "uptime": made_text(lambda: f"{clock.monotonic():.2f} {clock.monotonic() * CORES:.2f}\n"),
        "version": made_text(lambda: "Linux version 6.8.0 (root@build) #1 SMP PREEMPT_DYNAMIC\n"),
        "sys": Inode("dir", 0o555, listing=cache(lambda: settings_folder(container))),
    }  # fmt: skip
    return Inode("dir", 0o555, listing=listing)


def settings_folder(container: Container) -> dict[str, Inode]:
    """/proc/sys, which only the kubelet can write to: it is mounted read-only."""
    root = folder_of({})
    found = settings(container.host.sysctls, container.host.hostname)
    for name, value in found.items():
        *folders, last = name.split(".")
        at = root
        for folder in folders:
            if at.entry(folder) is None:
                at.put(folder, folder_of({}))
            at = at.entry(folder) or at
        at.put(last, Inode("file", 0o644, data=f"{value}\n".encode()))
    return root.children or {}
