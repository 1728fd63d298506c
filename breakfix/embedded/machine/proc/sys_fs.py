"""/sys and /sys/fs/cgroup of a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.embedded.machine.inodes import Inode
from breakfix.embedded.machine.metering import CORES
from breakfix.embedded.machine.proc.inodes import folder_of, made_text
from breakfix.embedded.machine.proc.net import cards_folder

if TYPE_CHECKING:
    from breakfix.embedded.machine.container import Container


def system_folder(container: Container) -> Inode:
    """/sys, but for the cgroup."""
    online = f"0-{CORES - 1}\n" if CORES > 1 else "0\n"
    cpu = folder_of({name: made_text(lambda: online) for name in ("online", "present", "possible")})
    return folder_of({
        "class": folder_of({"net": cards_folder(container.host.space)}),
        "devices": folder_of({"system": folder_of({"cpu": cpu})}),
        "fs": folder_of({"cgroup": folder_of({})}),
    })  # fmt: skip


def cgroup_folder(container: Container) -> Inode:
    """/sys/fs/cgroup, as version 2 has it."""

    def limit(name: str) -> int:
        return int(container.spec.limits.get(name) or 0)

    def cpu() -> str:
        return f"{limit('cpu') * 100 or 'max'} 100000\n"

    def cpu_stat() -> str:
        used = container.cgroup.meter.used()
        total = int(used.seconds * 1e6)
        return (f"usage_usec {total}\nuser_usec {total * 9 // 10}\nsystem_usec {total // 10}\n"
                f"nr_periods {used.periods}\nnr_throttled {used.throttled_periods}\n"
                f"throttled_usec {int(used.throttled * 1e6)}\n")  # fmt: skip

    def events() -> str:
        count = int(container.cgroup.oom_killed)
        return f"low 0\nhigh 0\nmax {count}\noom {count}\noom_kill {count}\noom_group_kill 0\n"

    return folder_of({
        "cpu.stat": made_text(cpu_stat), "memory.events": made_text(events),
        "memory.peak": made_text(lambda: f"{container.cgroup.peak}\n"),
        "memory.oom.group": made_text(lambda: "1\n"),
        "memory.max": made_text(lambda: f"{limit('memory') or 'max'}\n"),
        "memory.current": made_text(lambda: f"{container.cgroup.memory}\n"),
        "cpu.max": made_text(cpu),
        "pids.max": made_text(lambda: "max\n"),
        "pids.current": made_text(lambda: f"{len(container.pids.table)}\n"),
        "cgroup.controllers": made_text(lambda: "cpuset cpu io memory hugetlb pids rdma\n"),
    })  # fmt: skip
