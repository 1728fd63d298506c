"""The checks of the level baseline. Each gives a finding, or None for a pod that conforms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from breakfix.embedded.admission.pod_security_words import (
    Finding,
    added_capabilities,
    bad_containers,
    containers_of,
    context_of,
    named,
    plural,
    quoted,
    setters,
)
from breakfix.embedded.objects import Object

Check = Callable[[Object, Object], Finding | None]  # (metadata, spec)

_APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_CONFINED = ("RuntimeDefault", "Localhost")
_CAPABILITIES = frozenset((
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
))  # fmt: skip
_SELINUX = frozenset(("", "container_t", "container_init_t", "container_kvm_t"))
_SYSCTLS = frozenset((
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
))  # fmt: skip
_SYSCTLS_27 = _SYSCTLS | {"net.ipv4.ip_local_reserved_ports"}
_SYSCTLS_29 = _SYSCTLS_27 | {
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
}  # fmt: skip
_SYSCTLS_32 = _SYSCTLS_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}


def _annotations(metadata: Object) -> dict[str, str]:
    found: dict[str, str] = metadata.get("annotations") or {}
    return found


def app_armor(metadata: Object, spec: Object) -> Finding | None:
    """AppArmor profiles may not be switched off."""

    def bad(holder: Object) -> str:
        profile = context_of(holder).get("appArmorProfile")
        kind = (profile or {}).get("type", "")
        return "" if profile is None or kind in _CONFINED else kind or "none"

    names = bad_containers(spec, bad)
    values = sorted({v for h in (spec, *containers_of(spec)) if (v := bad(h))})
    forbidden = sorted(
        f'{key}="{value}"' for key, value in _annotations(metadata).items()
        if key.startswith(_APPARMOR_PREFIX) and not _allowed_profile(value)
    )  # fmt: skip
    values += forbidden
    if not values:
        return None
    who = [s for s in (setters(bool(bad(spec)), names),) if s]
    who += [plural(len(forbidden), "annotation")] if forbidden else []
    return Finding(
        plural(len(values), "forbidden AppArmor profile"),
        f"{' and '.join(who)} must not set AppArmor profile type to {quoted(values)}",
    )


def _allowed_profile(value: str) -> bool:
    return not value or value == "runtime/default" or value.startswith("localhost/")


def capabilities(metadata: Object, spec: Object) -> Finding | None:
    """Only the usual capabilities may be added."""
    del metadata
    detail = added_capabilities(spec, _CAPABILITIES)
    return Finding("non-default capabilities", detail) if detail else None


def host_namespaces(metadata: Object, spec: Object) -> Finding | None:
    """The host's namespaces are not shared."""
    del metadata
    used = [n for n in ("hostNetwork", "hostPID", "hostIPC") if spec.get(n)]
    return Finding("host namespaces", ", ".join(f"{n}=true" for n in used)) if used else None


def host_path_volumes(metadata: Object, spec: Object) -> Finding | None:
    """No directories of the host."""
    del metadata
    names = [v["name"] for v in spec.get("volumes") or [] if v.get("hostPath") is not None]
    return Finding("hostPath volumes", named("volume", names)) if names else None


def host_ports(metadata: Object, spec: Object) -> Finding | None:
    """No ports of the host."""
    del metadata

    def ports(container: Object) -> set[str]:
        return {str(p["hostPort"]) for p in container.get("ports") or [] if p.get("hostPort")}

    names = bad_containers(spec, ports)
    if not names:
        return None
    found = sorted(set().union(*(ports(c) for c in containers_of(spec))))
    return Finding("hostPort", (
        f"{named('container', names)} {plural(len(names), 'uses', 'use')} "
        f"{plural(len(found), 'hostPort')} {', '.join(found)}"
    ))  # fmt: skip


def host_probes(metadata: Object, spec: Object) -> Finding | None:
    """Probes and hooks go to the pod itself."""
    del metadata

    def hosts(container: Object) -> set[str]:
        hooks = container.get("lifecycle") or {}
        handlers = [container.get(f"{k}Probe") for k in ("liveness", "readiness", "startup")]
        handlers += [hooks.get("postStart"), hooks.get("preStop")]
        ways = ("httpGet", "tcpSocket")
        asked = [(h.get(w) or {}).get("host", "") for h in handlers if h for w in ways]
        return set(filter(None, asked))

    names = sorted(bad_containers(spec, hosts))
    if not names:
        return None
    found = sorted(set().union(*(hosts(c) for c in containers_of(spec))))
    return Finding("probe or lifecycle host", (
        f"{named('container', names)} {plural(len(names), 'uses', 'use')} "
        f"{plural(len(found), 'probe or lifecycle host')} {quoted(found)}"
    ))  # fmt: skip


def privileged(metadata: Object, spec: Object) -> Finding | None:
    """No privileged containers."""
    del metadata
    names = bad_containers(spec, lambda c: context_of(c).get("privileged"))
    if not names:
        return None
    detail = f"{named('container', names)} must not set securityContext.privileged=true"
    return Finding("privileged", detail)


def proc_mount(metadata: Object, spec: Object) -> Finding | None:
    """/proc stays masked."""
    del metadata

    def bad(container: Object) -> str:
        value: str = context_of(container).get("procMount") or "Default"
        return "" if value == "Default" else value

    names = bad_containers(spec, bad)
    if not names:
        return None
    values = quoted(sorted({v for c in containers_of(spec) if (v := bad(c))}))
    detail = f"{named('container', names)} must not set securityContext.procMount to {values}"
    return Finding("procMount", detail)


def _selinux(allowed: frozenset[str], metadata: Object, spec: Object) -> Finding | None:
    del metadata

    def bad(holder: Object) -> bool:
        options = context_of(holder).get("seLinuxOptions") or {}
        odd = options.get("type", "") not in allowed
        return odd or bool(options.get("user") or options.get("role"))

    names = bad_containers(spec, bad)
    if not names and not bad(spec):
        return None
    given = [context_of(h).get("seLinuxOptions") or {} for h in (spec, *containers_of(spec))]
    types = sorted({o["type"] for o in given if o.get("type", "") not in allowed})
    data = [f"{plural(len(types), 'type')} {quoted(types)}"] if types else []
    data += [f"{n} may not be set" for n in ("user", "role") if any(o.get(n) for o in given)]
    return Finding("seLinuxOptions", (
        f"{setters(bad(spec), names)} set forbidden securityContext.seLinuxOptions: "
        f"{'; '.join(data)}"
    ))  # fmt: skip


selinux = partial(_selinux, _SELINUX)
selinux_31 = partial(_selinux, _SELINUX | {"container_engine_t"})


def seccomp_annotations(metadata: Object, spec: Object) -> Finding | None:
    """Before 1.19, seccomp was told in annotations."""
    found, keys = _annotations(metadata), [_SECCOMP_POD]
    keys += [_SECCOMP_CONTAINER + c.get("name", "") for c in containers_of(spec)]
    bad = sorted({f'{k}="{found[k]}"' for k in keys if k in found and not _seccomp_ok(found[k])})
    if not bad:
        return None
    return Finding("seccompProfile", f"forbidden {plural(len(bad), 'annotation')} {', '.join(bad)}")


def _seccomp_ok(value: str) -> bool:
    return value in ("runtime/default", "docker/default") or value.startswith("localhost/")


def seccomp(metadata: Object, spec: Object) -> Finding | None:
    """Seccomp is not switched off."""
    del metadata

    def bad(holder: Object) -> str:
        profile = context_of(holder).get("seccompProfile")
        kind: str = (profile or {}).get("type", "")
        return "" if profile is None or kind in _CONFINED else kind

    names = bad_containers(spec, bad)
    if not names and not bad(spec):
        return None
    values = quoted(sorted({v for h in (spec, *containers_of(spec)) if (v := bad(h))}))
    return Finding("seccompProfile", (
        f"{setters(bool(bad(spec)), names)} must not set "
        f"securityContext.seccompProfile.type to {values}"
    ))  # fmt: skip


def _sysctls(allowed: frozenset[str], metadata: Object, spec: Object) -> Finding | None:
    del metadata
    given = [s.get("name", "") for s in context_of(spec).get("sysctls") or []]
    bad = [name for name in given if name not in allowed]
    return Finding("forbidden sysctls", ", ".join(bad)) if bad else None


def windows_host_process(metadata: Object, spec: Object) -> Finding | None:
    """No host processes on Windows."""
    del metadata

    def bad(holder: Object) -> bool:
        return bool((context_of(holder).get("windowsOptions") or {}).get("hostProcess"))

    names = bad_containers(spec, bad)
    if not names and not bad(spec):
        return None
    who = setters(bad(spec), names)
    return Finding(
        "hostProcess", f"{who} must not set securityContext.windowsOptions.hostProcess=true"
    )


# by name, in order: the check as of each minor version
CHECKS: dict[str, tuple[tuple[int, Check], ...]] = {
    "appArmorProfile": ((0, app_armor),),
    "capabilities_baseline": ((0, capabilities),),
    "hostNamespaces": ((0, host_namespaces),),
    "hostPathVolumes": ((0, host_path_volumes),),
    "hostPorts": ((0, host_ports),),
    "hostProbesAndHostLifecycle": ((34, host_probes),),
    "privileged": ((0, privileged),),
    "procMount": ((0, proc_mount),),
    "seLinuxOptions": ((0, selinux), (31, selinux_31)),
    "seccompProfile_baseline": ((0, seccomp_annotations), (19, seccomp)),
    "sysctls": (
        (0, partial(_sysctls, _SYSCTLS)),
        (27, partial(_sysctls, _SYSCTLS_27)),
        (29, partial(_sysctls, _SYSCTLS_29)),
        (32, partial(_sysctls, _SYSCTLS_32)),
    ),
    "windowsHostProcess": ((0, windows_host_process),),
}
