"""The checks that the level restricted has beyond those of baseline."""

from __future__ import annotations

from breakfix.embedded.admission.pod_security_baseline import Check
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

_CONFINED = ("RuntimeDefault", "Localhost")
_VOLUMES = (
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
    "projected", "secret",
)  # fmt: skip
_OTHER_VOLUMES = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi",
    "glusterfs", "rbd", "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile",
    "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO",
    "storageos",
)  # fmt: skip


def _not_on_windows(check: Check) -> Check:
    """A Windows pod cannot say what the check wants."""

    def checked(metadata: Object, spec: Object) -> Finding | None:
        windows = (spec.get("os") or {}).get("name") == "windows"
        return None if windows else check(metadata, spec)

    return checked


def privilege_escalation(metadata: Object, spec: Object) -> Finding | None:
    """No process gains more than its parent."""
    del metadata
    names = bad_containers(
        spec, lambda c: context_of(c).get("allowPrivilegeEscalation") is not False
    )
    if not names:
        return None
    detail = f"{named('container', names)} must set securityContext.allowPrivilegeEscalation=false"
    return Finding("allowPrivilegeEscalation != false", detail)


def capabilities(metadata: Object, spec: Object) -> Finding | None:
    """All capabilities are dropped; only NET_BIND_SERVICE comes back."""
    del metadata

    def keeps(container: Object) -> bool:
        return "ALL" not in ((context_of(container).get("capabilities") or {}).get("drop") or [])

    keeping = bad_containers(spec, keeps)
    drop = 'must set securityContext.capabilities.drop=["ALL"]'
    details = [f"{named('container', keeping)} {drop}"] if keeping else []
    details += filter(None, [added_capabilities(spec, ("NET_BIND_SERVICE",))])
    return Finding("unrestricted capabilities", "; ".join(details)) if details else None


def volumes(metadata: Object, spec: Object) -> Finding | None:
    """Only volumes that belong to the cluster."""
    del metadata
    bad = [v for v in spec.get("volumes") or [] if all(v.get(k) is None for k in _VOLUMES)]
    if not bad:
        return None
    kinds = {next((k for k in _OTHER_VOLUMES if v.get(k) is not None), "unknown") for v in bad}
    names = [v.get("name", "") for v in bad]
    return Finding("restricted volume types", (
        f"{named('volume', names)} {plural(len(names), 'uses', 'use')} "
        f"{plural(len(kinds), 'restricted volume type')} {quoted(sorted(kinds))}"
    ))  # fmt: skip


def run_as_non_root(metadata: Object, spec: Object) -> Finding | None:
    """Pod or containers say that they are not root."""
    del metadata
    field, reason = "runAsNonRoot", "runAsNonRoot != true"
    pod = context_of(spec).get(field)
    denying = bad_containers(spec, lambda c: context_of(c).get(field) is False)
    if pod is False or denying:
        who = setters(pod is False, denying)
        return Finding(reason, f"{who} must not set securityContext.runAsNonRoot=false")
    silent = [] if pod else bad_containers(spec, lambda c: context_of(c).get(field) is None)
    if not silent:
        return None
    detail = f"pod or {named('container', silent)} must set securityContext.runAsNonRoot=true"
    return Finding(reason, detail)


def run_as_user(metadata: Object, spec: Object) -> Finding | None:
    """Nobody says that it is root."""
    del metadata
    names = bad_containers(spec, lambda c: context_of(c).get("runAsUser") == 0)
    pod = context_of(spec).get("runAsUser") == 0
    if not pod and not names:
        return None
    return Finding("runAsUser=0", f"{setters(pod, names)} must not set runAsUser=0")


def seccomp(metadata: Object, spec: Object) -> Finding | None:
    """Pod or containers name a seccomp profile."""
    del metadata

    def kind(holder: Object) -> str | None:
        profile = context_of(holder).get("seccompProfile")
        return None if profile is None else profile.get("type", "")

    def bad(holder: Object) -> bool:
        return kind(holder) not in (None, *_CONFINED)

    reason, names = "seccompProfile", bad_containers(spec, bad)
    if names or bad(spec):
        given = {kind(h) or "" for h in (spec, *containers_of(spec)) if bad(h)}
        return Finding(reason, (
            f"{setters(bad(spec), names)} must not set securityContext.seccompProfile.type to "
            f"{quoted(sorted(given))}"
        ))  # fmt: skip
    silent = [] if kind(spec) else bad_containers(spec, lambda c: kind(c) is None)
    if not silent:
        return None
    return Finding(reason, (
        f"pod or {named('container', silent)} must set securityContext.seccompProfile.type to "
        '"RuntimeDefault" or "Localhost"'
    ))  # fmt: skip


# by name, in order: the check as of each minor version
CHECKS: dict[str, tuple[tuple[int, Check], ...]] = {
    "allowPrivilegeEscalation": (
        (8, privilege_escalation), (25, _not_on_windows(privilege_escalation)),
    ),
    "capabilities_restricted": ((22, capabilities), (25, _not_on_windows(capabilities))),
    "restrictedVolumes": ((0, volumes),),
    "runAsNonRoot": ((0, run_as_non_root),),
    "runAsUser": ((23, run_as_user),),
    "seccompProfile_restricted": ((19, seccomp), (25, _not_on_windows(seccomp))),
}  # fmt: skip
# the check of baseline that one of these makes needless
OVERRIDES = {
    "capabilities_restricted": "capabilities_baseline",
    "restrictedVolumes": "hostPathVolumes",
    "seccompProfile_restricted": "seccompProfile_baseline",
}
