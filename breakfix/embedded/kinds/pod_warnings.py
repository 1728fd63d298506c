"""What the API server warns of in pods and templates that it accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import resource_names as resources
from breakfix.embedded.kinds.checks import annotations_in
from breakfix.embedded.kinds.pod_port_warnings import port_warnings
from breakfix.embedded.kinds.pod_sameness import GoodSpecs
from breakfix.embedded.kinds.pod_scheduling import PREFERRED, REQUIRED
from breakfix.embedded.kinds.pod_volume_warnings import volume_warnings
from breakfix.embedded.objects import Object

_V14 = 'deprecated since v1.14; use "{}" instead'
_V17 = 'deprecated since v1.17; use "{}" instead'
DEPRECATED_NODE_LABELS = {
    "beta.kubernetes.io/arch": _V14.format("kubernetes.io/arch"),
    "beta.kubernetes.io/os": _V14.format("kubernetes.io/os"),
    "failure-domain.beta.kubernetes.io/region": _V17.format("topology.kubernetes.io/region"),
    "failure-domain.beta.kubernetes.io/zone": _V17.format("topology.kubernetes.io/zone"),
    "beta.kubernetes.io/instance-type": _V17.format("node.kubernetes.io/instance-type"),
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods":
        "deprecated since v1.22; use Taints and Tolerations instead",
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}  # fmt: skip
_SYSCTLS = 'non-functional in v1.11+; use the "sysctls" field instead'
_DEPRECATED_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod":
        'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": _SYSCTLS,
    "security.alpha.kubernetes.io/unsafe-sysctls": _SYSCTLS,
}  # fmt: skip
_NULL_SELECTOR = "a null labelSelector results in matching no pod"
_QUIET = GoodSpecs()
_BYTES = ("memory", "ephemeral-storage")


def pod_warnings(pod: Object) -> list[str]:
    """Warnings for a new Pod."""
    found = [_host_name(pod, "the Pod's hostname")]
    return [*filter(None, found), *_warnings(pod, "")]


def _host_name(item: Object, where: str) -> str:
    words = names.dns_label(item["metadata"].get("name", ""))
    if not words:
        return ""
    return (
        f"metadata.name: this is used in {where}, which can result in surprising behavior; a DNS "
        f"label is recommended: [{' '.join(words)}]"
    )


def controller_name_warnings(item: Object) -> list[str]:
    """The warning for the name of an object whose pods are named after it."""
    return list(filter(None, [_host_name(item, "Pod names and hostnames")]))


def pod_template_warnings(template: Object, path: str) -> list[str]:
    """Warnings for a PodTemplateSpec; path as `spec.template`."""
    return _warnings(template, f"{path}.")


def containers_of(spec: Object, path: str) -> Iterator[tuple[str, Object]]:
    """All containers with their paths, in the order that warnings go through them."""
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for i, container in enumerate(spec.get(group) or ()):
            yield f"{path}.{group}[{i}]", container


def _warnings(item: Object, start: str) -> list[str]:
    spec, annotations = item.get("spec") or {}, annotations_in(item)
    if not annotations and (key := _QUIET.key(spec)) in _QUIET:
        return []
    found = list(_all_warnings(spec, annotations, start))
    if not annotations and not found:
        _QUIET.add(key)
    return found


def _all_warnings(spec: Object, annotations: Mapping[str, str], start: str) -> Iterator[str]:
    path = f"{start}spec"
    yield from _placement(spec, path)
    for key, words in _DEPRECATED_ANNOTATIONS.items():
        if key in annotations:
            yield f"{start}metadata.annotations[{key}]: {words}"
    yield from volume_warnings(spec.get("volumes") or [], f"{path}.volumes")
    yield from _lists(spec, path)
    for at, container in containers_of(spec, path):
        yield from _fractions(container, at)
        yield from _env(container.get("env") or [], f"{at}.env")
    if any("ports" in container for _, container in containers_of(spec, path)):
        yield from port_warnings(list(containers_of(spec, path)))
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        words = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{path}.terminationGracePeriodSeconds: {words}"
    yield from _affinity(spec.get("affinity") or {}, f"{path}.affinity")


def _placement(spec: Object, path: str) -> Iterator[str]:
    for key in spec.get("nodeSelector") or ():
        if words := DEPRECATED_NODE_LABELS.get(key):
            yield f"{path}.nodeSelector[{key}]: {words}"
    yield from _node_affinity(spec, path)
    for i, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        at, key = f"{path}.topologySpreadConstraints[{i}]", constraint.get("topologyKey", "")
        if words := DEPRECATED_NODE_LABELS.get(key):
            yield f"{at}.topologyKey: {key} is {words}"
        if constraint.get("labelSelector") is None:
            yield f"{at}.labelSelector: {_NULL_SELECTOR}"


def _node_affinity(spec: Object, path: str) -> Iterator[str]:
    if node := (spec.get("affinity") or {}).get("nodeAffinity"):
        at = f"{path}.affinity.nodeAffinity"
        for i, term in enumerate((node.get(REQUIRED) or {}).get("nodeSelectorTerms") or ()):
            yield from node_term_warnings(term, f"{at}.{REQUIRED}.nodeSelectorTerms[{i}]")
        for i, term in enumerate(node.get(PREFERRED) or ()):
            preference = term.get("preference") or {}
            yield from node_term_warnings(preference, f"{at}.{PREFERRED}[{i}].preference")


def node_term_warnings(term: Object, path: str) -> Iterator[str]:
    """Deprecated labels in a term of a node selector."""
    for i, expression in enumerate(term.get("matchExpressions") or ()):
        key = expression.get("key", "")
        if words := DEPRECATED_NODE_LABELS.get(key):
            yield f"{path}.matchExpressions[{i}].key: {key} is {words}"


def _lists(spec: Object, path: str) -> Iterator[str]:
    for field, key in (("hostAliases", "ip"), ("imagePullSecrets", "name")):
        seen: set[str] = set()
        for i, item in enumerate(spec.get(field) or ()):
            value = item.get(key, "")
            if value in seen:
                yield f'{path}.{field}[{i}].{key}: duplicate {key} "{value}"'
            seen.add(value)
    for i, secret in enumerate(spec.get("imagePullSecrets") or ()):
        if not secret.get("name"):
            yield f'{path}.imagePullSecrets[{i}].name: invalid empty name ""'
    yield from _fraction(spec.get("overhead") or {}, f"{path}.overhead")


def _fractions(container: Object, path: str) -> Iterator[str]:
    found = container.get("resources") or {}
    for kind in ("limits", "requests"):
        yield from _fraction(found.get(kind) or {}, f"{path}.resources.{kind}")


def _fraction(found: Object, path: str) -> Iterator[str]:
    for name in _BYTES:
        if name in found and (value := resources.amount(found[name])) != int(value):
            words = f'fractional byte value "{found[name]}" is invalid, must be an integer'
            yield f"{path}[{name}]: {words}"


def _env(variables: list[Object], path: str) -> Iterator[str]:
    seen: set[str] = set()
    for i, variable in enumerate(variables):
        name, value = variable.get("name", ""), variable.get("value", "")
        reference = f"$({name})"
        extends = "valueFrom" not in variable and value != reference and reference in value
        if name in seen and not extends:
            words = f'hides previous definition of "{name}", which may be dropped when using apply'
            yield f"{path}[{i}]: {words}"
        seen.add(name)


def _affinity(affinity: Object, path: str) -> Iterator[str]:
    for kind in ("podAffinity", "podAntiAffinity"):
        found = affinity.get(kind) or {}
        for i, term in enumerate(found.get(REQUIRED) or ()):
            if term.get("labelSelector") is None:
                yield f"{path}.{kind}.{REQUIRED}[{i}].labelSelector: {_NULL_SELECTOR}"
        for i, weighted in enumerate(found.get(PREFERRED) or ()):
            if (weighted.get("podAffinityTerm") or {}).get("labelSelector") is None:
                at = f"{path}.{kind}.{PREFERRED}[{i}].podAffinityTerm.labelSelector"
                yield f"{at}: {_NULL_SELECTOR}"
