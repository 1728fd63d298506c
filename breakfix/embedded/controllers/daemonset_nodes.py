"""On which nodes a DaemonSet's pod runs."""

from __future__ import annotations

from breakfix.embedded.objects import Object, labels_of, name_of
from breakfix.embedded.selectors import requirement

_NODE = "node.kubernetes.io/"
TOLERATED = (
    ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)  # fmt: skip


def tolerations(template_spec: Object) -> list[Object]:
    """The template's own and those that every daemon pod has."""
    own = list(template_spec.get("tolerations") or [])
    always = list(TOLERATED)
    if template_spec.get("hostNetwork"):
        always.append(("network-unavailable", "NoSchedule"))
    for name, effect in always:
        found = {"key": _NODE + name, "operator": "Exists", "effect": effect}
        if found not in own:
            own.append(found)
    return own


def tolerates(toleration: Object, taint: Object) -> bool:
    """Does this toleration cover this taint?"""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("value", "") == taint.get("value", ""))


def verdict(spec: Object, node: Object) -> tuple[bool, bool]:
    """(should the pod run there, may it go on if it already does)."""
    if spec.get("nodeName") and spec["nodeName"] != name_of(node):
        return False, False
    if not _selected(spec, node):
        return False, False
    known = tolerations(spec)
    hostile = [
        t["effect"]
        for t in node["spec"].get("taints") or []
        if t["effect"] in ("NoSchedule", "NoExecute") and not any(tolerates(k, t) for k in known)
    ]
    return not hostile, "NoExecute" not in hostile


def _selected(spec: Object, node: Object) -> bool:
    labels = labels_of(node)
    if any(labels.get(k) != v for k, v in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    return affinity is None or any(_term(t, node) for t in affinity.get("nodeSelectorTerms") or [])


def _term(term: Object, node: Object) -> bool:
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not fields:
        return False
    named = {"metadata.name": name_of(node)}
    return all(_holds(e, labels_of(node)) for e in expressions) and all(
        _holds(e, named) for e in fields
    )


def _holds(expression: Object, labels: dict[str, str]) -> bool:
    test = requirement(expression["key"], expression["operator"], expression.get("values") or [])
    return test(labels)


def pin(spec: Object, node: str) -> None:
    """Let the scheduler put the pod on this node only."""
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {
        "nodeSelectorTerms": [{"matchFields": [field]}]
    }


def node_of(pod: Object) -> str:
    """Where it runs, or where it is meant to."""
    spec = pod["spec"]
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    for term in affinity.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            if field["key"] == "metadata.name" and field.get("values"):
                return str(field["values"][0])
    return ""
