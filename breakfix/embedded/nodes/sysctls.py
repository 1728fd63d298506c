"""Which kernel settings (sysctls) a kubelet lets pods change."""

from __future__ import annotations

from breakfix.embedded.objects import Object

# Each is one of the pod's own namespaces, and touches no other pod.
SAFE = {
    "kernel.shm_rmid_forced": "IPC", "net.ipv4.ip_local_port_range": "Net",
    "net.ipv4.tcp_syncookies": "Net", "net.ipv4.ping_group_range": "Net",
    "net.ipv4.ip_unprivileged_port_start": "Net", "net.ipv4.ip_local_reserved_ports": "Net",
    "net.ipv4.tcp_keepalive_time": "Net", "net.ipv4.tcp_fin_timeout": "Net",
    "net.ipv4.tcp_keepalive_intvl": "Net", "net.ipv4.tcp_keepalive_probes": "Net",
    "net.ipv4.tcp_rmem": "Net", "net.ipv4.tcp_wmem": "Net",
}  # fmt: skip
_SHARED = {"IPC": "hostIPC", "Net": "hostNetwork"}


def sysctls_of(pod: Object) -> dict[str, str]:
    """What a pod asks for, with dots in the names."""
    wanted = (pod["spec"].get("securityContext") or {}).get("sysctls") or []
    return {_dotted(s["name"]): s.get("value", "") for s in wanted}


def forbidden(pod: Object) -> tuple[str, str] | None:
    """Reason and message where it asks for one that pods must not set."""
    for name in sysctls_of(pod):
        space = SAFE.get(name)
        if space is None:
            return "SysctlForbidden", f'forbidden sysctl: "{name}" not allowlisted'
        if pod["spec"].get(_SHARED[space]):
            words = f'"{name}" not allowed with host {space} enabled'
            return "SysctlForbidden", f"forbidden sysctl: {words}"
    return None


def _dotted(name: str) -> str:
    """`net/ipv4/x` is the same as `net.ipv4.x`."""
    first = min((name.find(s) for s in "./" if s in name), default=-1)
    return name.replace("/", ".") if first >= 0 and name[first] == "/" else name
