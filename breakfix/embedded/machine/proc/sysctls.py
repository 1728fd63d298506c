"""The kernel's settings (/proc/sys) as a pod sees them: its own, and the node's."""

from __future__ import annotations

from collections.abc import Mapping

_LARGEST = "18446744073692774399"
DEFAULTS: Mapping[str, str] = {
    "fs.file-max": "9223372036854775807", "fs.inotify.max_user_instances": "128",
    "fs.inotify.max_user_watches": "524288", "kernel.domainname": "(none)",
    "kernel.msgmax": "8192", "kernel.msgmnb": "16384", "kernel.msgmni": "32000",
    "kernel.osrelease": "6.8.0", "kernel.ostype": "Linux", "kernel.pid_max": "4194304",
    "kernel.sem": "32000 1024000000 500 32000", "kernel.shm_rmid_forced": "0",
    "kernel.shmall": _LARGEST, "kernel.shmmax": _LARGEST, "kernel.shmmni": "4096",
    "kernel.threads-max": "63000", "net.core.somaxconn": "4096", "net.ipv4.ip_forward": "1",
    "net.ipv4.ip_local_port_range": "32768 60999", "net.ipv4.ip_local_reserved_ports": "",
    "net.ipv4.ip_unprivileged_port_start": "1024", "net.ipv4.ping_group_range": "1 0",
    "net.ipv4.tcp_fin_timeout": "60", "net.ipv4.tcp_keepalive_intvl": "75",
    "net.ipv4.tcp_keepalive_probes": "9", "net.ipv4.tcp_keepalive_time": "7200",
    "net.ipv4.tcp_rmem": "4096 131072 33554432", "net.ipv4.tcp_syncookies": "1",
    "net.ipv4.tcp_wmem": "4096 16384 4194304", "vm.max_map_count": "65530",
    "vm.overcommit_memory": "1", "vm.swappiness": "60",
}  # fmt: skip


def settings(own: Mapping[str, str], hostname: str) -> dict[str, str]:
    """By name: the content of their files without the line's end."""
    found = {**DEFAULTS, "kernel.hostname": hostname, **own}
    return {name: "\t".join(value.split()) for name, value in found.items()}
