"""matchLabelKeys: at creation a pod's own labels become part of its selectors."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded.kinds.pod_scheduling import PREFERRED, REQUIRED
from breakfix.embedded.objects import Object, labels_of


def merge_match_labels(pod: Object) -> None:
    """Extend the selectors of affinity terms and of spread constraints."""
    spec = pod["spec"]
    if not spec.get("affinity") and not spec.get("topologySpreadConstraints"):
        return
    labels = labels_of(pod)
    for term in _terms(spec.get("affinity") or {}):
        _merge(term, labels)
    for constraint in spec.get("topologySpreadConstraints") or ():
        _merge(constraint, labels)


def _terms(affinity: Object) -> Iterator[Object]:
    for kind in ("podAffinity", "podAntiAffinity"):
        found = affinity.get(kind) or {}
        for weighted in found.get(PREFERRED) or ():
            yield weighted.get("podAffinityTerm") or {}
        yield from found.get(REQUIRED) or ()


def _merge(term: Object, labels: dict[str, str]) -> None:
    selector = term.get("labelSelector")
    if selector is None:
        return
    for field, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")):
        for key in term.get(field) or ():
            if key in labels:
                requirement = {"key": key, "operator": operator, "values": [labels[key]]}
                selector.setdefault("matchExpressions", []).append(requirement)
