"""Validation of a pod's spec, in pods and in templates."""

from __future__ import annotations

from breakfix.embedded.fields import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import pod_containers as containers
from breakfix.embedded.kinds.checks import (
    MAX_INT32,
    Errors,
    each,
    ip,
    label,
    qualified,
    unsupported,
)
from breakfix.embedded.kinds.label_selectors import labels
from breakfix.embedded.kinds.pod_dns import validate_dns_config, validate_dns_policy
from breakfix.embedded.kinds.pod_resources import validate_pod_resources, validate_requirements
from breakfix.embedded.kinds.pod_sameness import GoodSpecs
from breakfix.embedded.kinds.pod_scheduling import (
    validate_affinity,
    validate_spread,
    validate_tolerations,
)
from breakfix.embedded.kinds.pod_security import validate_host_users, validate_pod_context
from breakfix.embedded.kinds.pod_volumes import validate_volumes
from breakfix.embedded.objects import Object

_GOOD = GoodSpecs()
_RESTART = ("Always", "OnFailure", "Never")
_PREEMPTION = ("PreemptLowerPriority", "Never")
_SUBDOMAINS_FIRST = ("serviceAccountName", "nodeName")


def validate_pod_spec(
    spec: Object, path: str, pod_name: str = "", is_pod: bool = False
) -> list[FieldError]:
    """What is wrong with a defaulted pod spec; `is_pod` where it is not a template's."""
    key = _GOOD.key(spec, b"pod" if is_pod else b"")
    if key is not None and b'"ephemeral":' in key:
        key = None  # the names of their claims begin with the pod's name
    if key in _GOOD:
        return []
    errors = _wrong(spec, path, pod_name, is_pod)
    if not errors:
        _GOOD.add(key)
    return errors


def _wrong(spec: Object, path: str, pod_name: str, is_pod: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    if spec.get("terminationGracePeriodSeconds") is None:
        errors.append(required(f"{path}.terminationGracePeriodSeconds"))
    errors += _parts(spec, path, pod_name)
    errors += _host_network(spec, path, is_pod)
    errors += _policies(spec, path)
    errors += _placement(spec, path)
    errors += _names(spec, path)
    errors += _rest(spec, path)
    return errors


def _parts(spec: Object, path: str, pod_name: str) -> list[FieldError]:
    volumes, errors = validate_volumes(spec.get("volumes") or [], f"{path}.volumes", pod_name)
    claims = spec.get("resourceClaims") or []
    errors += _resource_claims(claims, f"{path}.resourceClaims")
    pod = containers.Pod(
        volumes,
        frozenset(c["name"] for c in claims if c.get("name")),
        spec.get("terminationGracePeriodSeconds"),
        spec.get("restartPolicy", ""),
        spec.get("hostUsers") is not False,
    )
    regular, init = spec.get("containers") or [], spec.get("initContainers") or []
    errors += containers.validate_containers(regular, pod, f"{path}.containers")
    if init:
        at = f"{path}.initContainers"
        errors += containers.validate_init_containers(init, regular, pod, at)
    if ephemeral := spec.get("ephemeralContainers"):
        at, others = f"{path}.ephemeralContainers", regular + init
        errors += containers.validate_ephemeral_containers(ephemeral, others, pod, at)
    errors += validate_pod_resources(spec, f"{path}.resources")
    return errors


def _resource_claims(claims: list[Object], path: str) -> Errors:
    seen: set[str] = set()
    for i, claim in enumerate(claims):
        at, name = f"{path}[{i}]", claim.get("name", "")
        if not name:
            yield required(f"{at}.name")
        elif name in seen:
            yield duplicate(f"{at}.name", name)
        else:
            yield from label(f"{at}.name", name)
        seen.add(name)
        found = [f for f in ("resourceClaimName", "resourceClaimTemplateName") if claim.get(f)]
        if len(found) > 1:
            words = (
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            )
            yield invalid(at, claim, words)
        if not found:
            words = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            yield invalid(at, claim, words)
        for field in found:
            yield from each(f"{at}.{field}", claim[field], names.dns_subdomain(claim[field]))


def _host_network(spec: Object, path: str, is_pod: bool) -> Errors:
    if not spec.get("hostNetwork"):
        return
    for i, container in enumerate(spec.get("containers") or ()):
        for j, port in enumerate(container.get("ports") or ()):
            host = port.get("hostPort", 0)
            if (is_pod or host) and host != port.get("containerPort", 0):
                at = f"{path}.containers[{i}].ports[{j}].hostPort"
                yield invalid(at, host, "must match `containerPort` when `hostNetwork` is true")


def _policies(spec: Object, path: str) -> Errors:
    policy = spec.get("restartPolicy")
    if not policy:
        yield required(f"{path}.restartPolicy")
    elif policy not in _RESTART:
        yield unsupported(f"{path}.restartPolicy", policy, _RESTART)
    yield from validate_dns_policy(spec.get("dnsPolicy"), f"{path}.dnsPolicy")
    if selector := spec.get("nodeSelector"):
        yield from labels(f"{path}.nodeSelector", selector)
    yield from validate_pod_context(spec, f"{path}.securityContext")
    if affinity := spec.get("affinity"):
        yield from validate_affinity(affinity, f"{path}.affinity")
    yield from validate_dns_config(spec, f"{path}.dnsConfig")


def _placement(spec: Object, path: str) -> Errors:
    for i, gate in enumerate(spec.get("readinessGates") or ()):
        at = f"{path}.readinessGates[{i}].conditionType"
        yield from qualified(at, gate.get("conditionType", ""))
    seen: set[str] = set()
    for i, gate in enumerate(spec.get("schedulingGates") or ()):
        name = gate.get("name", "")
        yield from qualified(f"{path}.schedulingGates[{i}]", name)
        if name in seen:
            yield duplicate(f"{path}.schedulingGates[{i}]", name)
        seen.add(name)
    if constraints := spec.get("topologySpreadConstraints"):
        yield from validate_spread(constraints, f"{path}.topologySpreadConstraints")
    yield from validate_host_users(spec, path)


def _names(spec: Object, path: str) -> Errors:
    for field in _SUBDOMAINS_FIRST:
        if name := spec.get(field):
            yield from each(f"{path}.{field}", name, names.dns_subdomain(name))
    seconds = spec.get("activeDeadlineSeconds")
    if seconds is not None:
        words = names.in_range(seconds, 1, MAX_INT32)
        yield from each(f"{path}.activeDeadlineSeconds", seconds, words)
    for field in ("hostname", "subdomain"):
        if name := spec.get(field):
            yield from label(f"{path}.{field}", name)
    if tolerations := spec.get("tolerations"):
        yield from validate_tolerations(tolerations, f"{path}.tolerations")
    yield from _host_aliases(spec, path)


def _host_aliases(spec: Object, path: str) -> Errors:
    for i, alias in enumerate(spec.get("hostAliases") or ()):
        at = f"{path}.hostAliases[{i}]"
        yield from ip(f"{at}.ip", alias.get("ip", ""))
        for j, host in enumerate(alias.get("hostnames") or ()):
            yield from each(f"{at}.hostnames[{j}]", host, names.dns_subdomain(host))


def _rest(spec: Object, path: str) -> Errors:
    if name := spec.get("priorityClassName"):
        yield from each(f"{path}.priorityClassName", name, names.dns_subdomain(name))
    if (runtime := spec.get("runtimeClassName")) is not None:
        yield from each(f"{path}.runtimeClassName", runtime, names.dns_subdomain(runtime))
    policy = spec.get("preemptionPolicy")
    if policy is not None and policy not in _PREEMPTION:
        yield unsupported(f"{path}.preemptionPolicy", policy, _PREEMPTION)
    if overhead := spec.get("overhead"):
        yield from validate_requirements({"limits": overhead}, f"{path}.overhead")
    if (system := spec.get("os")) is not None:
        yield from _os(spec, system.get("name"), path)


def _os(spec: Object, name: str | None, path: str) -> Errors:
    if not name:
        yield required(f"{path}.os.name")
    elif name not in ("linux", "windows"):
        yield not_supported(f"{path}.os", name, ("linux", "windows"))
    elif name == "linux" and (spec.get("securityContext") or {}).get("windowsOptions"):
        words = "windows options cannot be set for a linux pod"
        yield forbidden(f"{path}.securityContext.windowsOptions", words)
    elif name == "windows":
        for field in ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"):
            if spec.get(field) not in (None, False):
                yield forbidden(f"{path}.{field}", "cannot be set for a windows pod")
