"""A pod that is still gated may be given a narrower placement."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.kinds.checks import same
from breakfix.embedded.kinds.pod_scheduling import REQUIRED
from breakfix.embedded.objects import Object


def keep_gated_placement(spec: Object, old: Object) -> tuple[Object, list[FieldError]]:
    """The new spec with the old placement where its change is allowed, and what is wrong."""
    errors: list[FieldError] = []
    if not old.get("schedulingGates"):
        return spec, errors
    kept = dict(spec)
    if not same(spec.get("nodeSelector"), old.get("nodeSelector")):
        errors += _node_selector(spec.get("nodeSelector") or {}, old.get("nodeSelector") or {})
        kept["nodeSelector"] = old.get("nodeSelector")
    now, was = spec.get("affinity") or {}, old.get("affinity") or {}
    if not same(now.get("nodeAffinity"), was.get("nodeAffinity")):
        errors += _node_affinity(now.get("nodeAffinity") or {}, was.get("nodeAffinity") or {})
        kept["affinity"] = {**now, "nodeAffinity": was.get("nodeAffinity")}
    return kept, errors


def _node_selector(new: Object, old: Object) -> list[FieldError]:
    if all(new.get(key) == value for key, value in old.items()):
        return []
    words = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
    return [invalid("spec.nodeSelector", new, words)]


def _node_affinity(new: Object, old: Object) -> list[FieldError]:
    path = f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"
    was = (old.get(REQUIRED) or {}).get("nodeSelectorTerms") or []
    now = (new.get(REQUIRED) or {}).get("nodeSelectorTerms") or []
    if was and len(now) != len(was):
        words = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        return [invalid(path, now, words)]
    words = "only additions are allowed (no mutations or deletions)"
    return [
        invalid(f"{path}[{i}]", now[i], words)
        for i, term in enumerate(was)
        if not _only_added(now[i], term)
    ]


def _only_added(new: Object, old: Object) -> bool:
    fields = ("matchExpressions", "matchFields")
    if not any(old.get(field) for field in fields):
        return not any(new.get(field) for field in fields)
    return all(
        (new.get(field) or [])[: len(old.get(field) or [])] == (old.get(field) or [])
        for field in fields
    )
