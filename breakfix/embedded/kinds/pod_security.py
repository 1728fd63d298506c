"""Validation of security contexts."""

from __future__ import annotations

import re

from breakfix.embedded.fields import (
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
    too_long,
)
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import MAX_INT32, Errors, descending, each, unsupported
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.internal import internal

_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SYSCTL_LIMIT, _PROFILE_LIMIT = 253, 4095
_IPC_SYSCTLS = ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")
_POLICIES = {
    "fsGroupChangePolicy": ("Always", "OnRootMismatch"),
    "supplementalGroupsPolicy": ("Merge", "Strict"),
    "seLinuxChangePolicy": ("MountOption", "Recursive"),
}


def _ids(context: Object, fields: tuple[str, ...], path: str) -> Errors:
    for field in fields:
        if (found := context.get(field)) is not None:
            yield from each(f"{path}.{field}", found, names.in_range(found, 0, MAX_INT32))


def validate_pod_context(spec: Object, path: str) -> Errors:
    """The pod's own context, and what it says together with the host's namespaces."""
    context = spec.get("securityContext")
    if not context:
        return
    yield from _ids(context, ("fsGroup", "runAsUser", "runAsGroup"), path)
    for i, group in enumerate(context.get("supplementalGroups") or ()):
        words = names.in_range(group, 0, MAX_INT32)
        yield from each(f"{path}.supplementalGroups[{i}]", group, words)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        words_of_both = "ShareProcessNamespace and HostPID cannot both be enabled"
        yield invalid(f"{path}.shareProcessNamespace", True, words_of_both)
    if sysctls := context.get("sysctls"):
        yield from _sysctls(sysctls, spec, f"{path}.sysctls")
    yield from _seccomp(context, f"{path}.seccompProfile")
    yield from _app_armor(context, f"{path}.appArmorProfile")
    for field, known in _POLICIES.items():
        if context.get(field) is not None and context[field] not in known:
            yield not_supported(f"{path}.{field}", context[field], known)


def _sysctls(sysctls: list[Object], spec: Object, path: str) -> Errors:
    seen: set[str] = set()
    for i, sysctl in enumerate(sysctls):
        at, name = f"{path}[{i}].name", sysctl.get("name", "")
        if not name:
            yield required(at)
        elif len(name) > _SYSCTL_LIMIT or not re.fullmatch(_SYSCTL, name):
            words = f"must have at most {_SYSCTL_LIMIT} characters and match regex ^{_SYSCTL}$"
            yield invalid(at, name, words)
        elif name in seen:
            yield duplicate(at, name)
        seen.add(name)
        dotted = name.replace("/", ".")
        if spec.get("hostNetwork") and dotted.startswith("net."):
            yield invalid(at, name, "may not be specified when 'hostNetwork' is true")
        elif spec.get("hostIPC") and dotted.startswith(_IPC_SYSCTLS):
            yield invalid(at, name, "may not be specified when 'hostIPC' is true")


def _seccomp(context: Object, path: str) -> Errors:
    profile = context.get("seccompProfile")
    if profile is None:
        return
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    if not kind:
        yield required(f"{path}.type", "type is required when seccompProfile is set")
    elif kind not in _PROFILES:
        yield unsupported(f"{path}.type", kind, _PROFILES)
    at = f"{path}.localhostProfile"
    if kind == "Localhost":
        if local is None:
            yield required(at, "must be set when seccomp type is Localhost")
        else:
            yield from descending(at, local)
    elif local is not None:
        yield invalid(at, profile, "can only be set when seccomp type is Localhost")


def _app_armor(context: Object, path: str) -> Errors:
    profile = context.get("appArmorProfile")
    if profile is None:
        return
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    if not kind:
        yield required(f"{path}.type", "type is required when appArmorProfile is set")
    elif kind not in _PROFILES:
        yield unsupported(f"{path}.type", kind, _PROFILES)
    elif kind == "Localhost":
        yield from _app_armor_local(local, f"{path}.localhostProfile")
    elif local is not None:
        words = "can only be set when AppArmor type is Localhost"
        yield invalid(f"{path}.localhostProfile", local, words)


def _app_armor_local(local: str | None, path: str) -> Errors:
    if local is not None and local.strip() != local:
        yield invalid(path, local, "must not be padded with whitespace")
    elif not local:
        yield required(path, "must be set when AppArmor type is Localhost")
    if local and len(local) > _PROFILE_LIMIT:
        yield too_long(path, _PROFILE_LIMIT)


def validate_container_context(context: Object, path: str, host_users: bool) -> Errors:
    """A container's context."""
    yield from _ids(context, ("runAsUser", "runAsGroup"), path)
    if (mount := context.get("procMount")) is not None:
        if mount not in ("Default", "Unmasked"):
            yield unsupported(f"{path}.procMount", mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            words = "`hostUsers` must be false to use `Unmasked`"
            yield invalid(f"{path}.procMount", mount, words)
    yield from _seccomp(context, f"{path}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        yield from _escalation(context, path)
    yield from _app_armor(context, f"{path}.appArmorProfile")


def _escalation(context: Object, path: str) -> Errors:
    start = "cannot set `allowPrivilegeEscalation` to false and "
    shown = internal("core.SecurityContext", context)
    if context.get("privileged"):
        yield invalid(path, shown, f"{start}`privileged` to true")
    if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
        yield invalid(path, shown, f"{start}`capabilities.Add` CAP_SYS_ADMIN")


def validate_host_users(spec: Object, path: str) -> Errors:
    """A pod with its own user namespace cannot use the host's other ones."""
    if spec.get("hostUsers") is not False:
        return
    for field, shown in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"),
                         ("hostIPC", "HostIPC")):  # fmt: skip
        if spec.get(field):
            yield forbidden(f"{path}.{shown}", "when `hostUsers` is false")
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for i, container in enumerate(spec.get(group) or ()):
            if container.get("volumeDevices"):
                at = f"{path}.{group}[{i}].volumeDevices"
                yield forbidden(at, "when `hostUsers` is false")
