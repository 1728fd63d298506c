"""How much of each quota'd resource an object uses, and which quotas are about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from breakfix.embedded import quantities, selectors
from breakfix.embedded.admission.pod_resources import Amounts, is_best_effort, pod_amounts
from breakfix.embedded.admission.storage_class import class_of
from breakfix.embedded.objects import Object, parse_time

IGNORED = frozenset((
    "bindings", "componentstatuses", "events", "events.events.k8s.io",
    "tokenreviews.authentication.k8s.io", "selfsubjectreviews.authentication.k8s.io",
    "subjectaccessreviews.authorization.k8s.io", "selfsubjectaccessreviews.authorization.k8s.io",
    "localsubjectaccessreviews.authorization.k8s.io",
    "selfsubjectrulesreviews.authorization.k8s.io",
))  # fmt: skip
ALIASES = frozenset(("configmaps", "resourcequotas", "replicationcontrollers", "secrets"))
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_POD_NAMES = frozenset((
    "pods", "count/pods", *_COMPUTE, *(f"{w}.{n}" for w in ("requests", "limits") for n in _COMPUTE)
))  # fmt: skip
_SERVICE_NAMES = frozenset((
    "services", "count/services", "services.nodeports", "services.loadbalancers",
))  # fmt: skip
_CLAIM_NAMES = ("persistentvolumeclaims", "requests.storage")
_BY_CLASS = ".storageclass.storage.k8s.io/"
# what each container must say of itself where it is limited
_MUST_SAY = frozenset((
    "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
))  # fmt: skip


def matching(key: str, names: Iterable[str]) -> list[str]:
    """Those of a quota's resources that objects of a group resource use."""
    match key:
        case "pods":
            return [n for n in names if n in _POD_NAMES or _is_pod_prefixed(n)]
        case "services":
            return [n for n in names if n in _SERVICE_NAMES]
        case "persistentvolumeclaims":
            return [n for n in names if _is_of_claims(n)]
    own = {f"count/{key}", key} if key in ALIASES else {f"count/{key}"}
    return [n for n in names if n in own]


def _is_pod_prefixed(name: str) -> bool:
    if name.startswith(("hugepages-", "requests.hugepages-")):
        return True
    extended = "/" in name and "kubernetes.io/" not in name
    return extended and name.startswith("requests.")


def _is_of_claims(name: str) -> bool:
    if name in _CLAIM_NAMES or name == "count/persistentvolumeclaims":
        return True
    return name.endswith(tuple(_BY_CLASS + n for n in _CLAIM_NAMES))


def tracked(name: str) -> str:
    """The group resource whose objects a quota's resource counts."""
    if name.startswith("count/"):
        return name.removeprefix("count/")
    if name in ALIASES or name == "services" or name.startswith("services."):
        return name.partition(".")[0]
    return "persistentvolumeclaims" if _is_of_claims(name) else "pods"


# -- usage -----------------------------------------------------------------------------


def usage(key: str, item: Object, now: datetime) -> Amounts:
    """What one object uses."""
    match key:
        case "pods":
            return _pod_usage(item, now)
        case "services":
            return _service_usage(item)
        case "persistentvolumeclaims":
            return _claim_usage(item)
    alias = {key: "1"} if key in ALIASES else {}
    return {f"count/{key}": "1"} | alias


def _pod_usage(pod: Object, now: datetime) -> Amounts:
    found = {"count/pods": "1"}
    if is_over(pod, now):
        return found
    spec = pod.get("spec") or {}
    compute = _compute(pod_amounts(spec, "requests"), pod_amounts(spec, "limits"))
    return found | {"pods": "1"} | compute


def _compute(requests: Amounts, limits: Amounts) -> Amounts:
    found: Amounts = {}
    for name, amount in requests.items():
        if name in _COMPUTE or name.startswith("hugepages-"):
            found |= {name: amount, f"requests.{name}": amount}
        elif "/" in name and "kubernetes.io/" not in name:
            found[f"requests.{name}"] = amount
    found |= {f"limits.{name}": limits[name] for name in _COMPUTE if name in limits}
    return found


def is_over(pod: Object, now: datetime) -> bool:
    """Has the pod ended, or should it long have?"""
    if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        return True
    meta = pod["metadata"]
    going, grace = meta.get("deletionTimestamp"), meta.get("deletionGracePeriodSeconds")
    if going is None or grace is None:
        return False
    return now > parse_time(going) + timedelta(seconds=grace)


def _service_usage(service: Object) -> Amounts:
    spec = service.get("spec") or {}
    ports, kind = spec.get("ports") or [], spec.get("type")
    balanced = kind == "LoadBalancer"
    nodes = len(ports) if balanced or kind == "NodePort" else 0
    if balanced and spec.get("allocateLoadBalancerNodePorts") is False:
        nodes = sum(1 for p in ports if p.get("nodePort"))
    return {
        "count/services": "1",
        "services": "1",
        "services.loadbalancers": str(int(balanced)),
        "services.nodeports": str(nodes),
    }


def _claim_usage(claim: Object) -> Amounts:
    found = {"count/persistentvolumeclaims": "1", "persistentvolumeclaims": "1"}
    name = class_of(claim)
    size = ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage")
    if size is not None:
        given = ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage", "0")
        found["requests.storage"] = max(size, given, key=quantities.parse)
    if name:
        found |= {f"{name}{_BY_CLASS}{n}": found[n] for n in _CLAIM_NAMES if n in found}
    return found


# -- scopes ----------------------------------------------------------------------------


def in_scope(key: str, quota: Object, item: Object) -> bool:
    """Is the quota about this object, as far as its scopes go?"""
    spec = quota.get("spec") or {}
    wanted = [{"scopeName": s, "operator": "Exists"} for s in spec.get("scopes") or []]
    wanted += (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    return all(_matches_scope(key, item, w) for w in wanted)


def _matches_scope(key: str, item: Object, wanted: Object) -> bool:
    scope, spec = wanted.get("scopeName", ""), item.get("spec") or {}
    if key == "persistentvolumeclaims":
        name = spec.get("volumeAttributesClassName")
        return scope == "VolumeAttributesClass" and _chosen(scope, name, wanted)
    if key != "pods":
        return False
    match scope:
        case "Terminating" | "NotTerminating":
            return is_terminating(item) is (scope == "Terminating")
        case "BestEffort" | "NotBestEffort":
            return is_best_effort(spec) is (scope == "BestEffort")
        case "PriorityClass":
            return _chosen(scope, spec.get("priorityClassName"), wanted)
        case "CrossNamespacePodAffinity":
            return _crosses_namespaces(spec.get("affinity") or {})
    return False


def _chosen(scope: str, name: str | None, wanted: Object) -> bool:
    labels = {scope: name} if name else {}
    return selectors.requirement(scope, wanted["operator"], wanted.get("values") or [])(labels)


def is_terminating(pod: Object) -> bool:
    """Does the pod have a deadline?"""
    deadline = (pod.get("spec") or {}).get("activeDeadlineSeconds")
    return deadline is not None and deadline >= 0


def _crosses_namespaces(affinity: Object) -> bool:
    terms: list[Object] = []
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        terms += rules.get("requiredDuringSchedulingIgnoredDuringExecution") or []
        preferred = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or []
        terms += [p.get("podAffinityTerm") or {} for p in preferred]
    return any(t.get("namespaces") or t.get("namespaceSelector") is not None for t in terms)


def missing(pod: Object, names: Iterable[str]) -> str:
    """What the containers of a pod must say and do not; "" where all is said."""
    spec = pod.get("spec") or {}
    if any((spec.get("resources") or {}).get(w) for w in ("requests", "limits")):
        return ""
    silent: dict[str, set[str]] = {}
    for container in [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]:
        resources = container.get("resources") or {}
        said = _compute(resources.get("requests") or {}, resources.get("limits") or {})
        for name in _MUST_SAY.intersection(names).difference(said):
            silent.setdefault(name, set()).add(container.get("name", ""))
    if not silent:
        return ""
    parts = [f"{name} for: {','.join(sorted(silent[name]))}" for name in sorted(silent)]
    return "must specify " + "; ".join(parts)
