"""Which nodes and which other pods a pod wants, as its spec says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, labels_of
from breakfix.embedded.selectors import matches, requirement


def term_matches(term: Object, node: Object) -> bool:
    """One nodeSelectorTerm; an empty one matches nothing."""
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not fields:
        return False
    named = {"metadata.name": node["metadata"]["name"]}
    return all(
        requirement(e["key"], e["operator"], e.get("values") or [])(labels)
        for known, labels in ((expressions, labels_of(node)), (fields, named))
        for e in known
    )


def selector_matches(selector: Object | None, node: Object) -> bool:
    """A NodeSelector: any of its terms; None matches every node."""
    if selector is None:
        return True
    return any(term_matches(t, node) for t in selector.get("nodeSelectorTerms") or [])


def required(spec: Object) -> Object | None:
    """The pod's required node affinity."""
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity")) or {}
    found: Object | None = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return found


def node_matches(spec: Object, node: Object) -> bool:
    """The pod's nodeSelector and its required node affinity."""
    labels = labels_of(node)
    wanted = spec.get("nodeSelector") or {}
    if any(labels.get(k) != v for k, v in wanted.items()):
        return False
    return selector_matches(required(spec), node)


def named_nodes(spec: Object) -> set[str] | None:
    """The only nodes that can match, where every term names its nodes; None: any."""
    terms = (required(spec) or {}).get("nodeSelectorTerms") or []
    found: set[str] = set()
    for term in terms:
        sets = [set(f["values"]) for f in term.get("matchFields") or []
                if f["key"] == "metadata.name" and f["operator"] == "In"]  # fmt: skip
        if not sets:
            return None
        found |= set.intersection(*sets)
    return found if terms else None


def preferred(spec: Object, node: Object) -> int:
    """The sum of the weights of the node affinity terms that a node matches."""
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity")) or {}
    terms = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or []
    return sum(t["weight"] for t in terms if term_matches(t.get("preference") or {}, node))


@dataclass(frozen=True, eq=False)
class PodTerm:
    """One term of a pod (anti-)affinity, ready to be asked."""

    topology: str
    selector: Object | None
    namespaces: frozenset[str]
    everywhere: bool = False  # an empty namespaceSelector
    weight: int = 1

    def matches(self, namespace: str, labels: dict[str, str]) -> bool:
        """Is a pod of this namespace and with these labels meant?"""
        if not (self.everywhere or namespace in self.namespaces):
            return False
        return matches(self.selector, labels)


def _term(term: Object, pod: Object, reader: Reader, weight: int) -> PodTerm:
    own = pod["metadata"].get("namespace", "")
    spaces = set(term.get("namespaces") or [])
    chosen = term.get("namespaceSelector")
    if chosen is None and not spaces:
        spaces = {own}
    if chosen:
        spaces |= {n["metadata"]["name"] for n in reader.list("namespaces")
                   if matches(chosen, labels_of(n))}  # fmt: skip
    return PodTerm(
        term["topologyKey"], _selector(term, pod), frozenset(spaces), chosen == {}, weight
    )


def _selector(term: Object, pod: Object) -> Object | None:
    """Its labelSelector; matchLabelKeys and the like take the values of the pod's labels."""
    selector = term.get("labelSelector")
    extra = []
    for field, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")):
        for key in term.get(field) or []:
            if key in labels_of(pod):
                values = [labels_of(pod)[key]]
                extra.append({"key": key, "operator": operator, "values": values})
    if selector is None or not extra:
        return selector
    known = [e for e in selector.get("matchExpressions") or [] if e not in extra]
    return {**selector, "matchExpressions": known + extra}


def pod_terms(pod: Object, kind: str, reader: Reader) -> tuple[list[PodTerm], list[PodTerm]]:
    """The required and the preferred terms of "podAffinity" or "podAntiAffinity"."""
    part: dict[str, Any] = (pod["spec"].get("affinity") or {}).get(kind) or {}
    hard = part.get("requiredDuringSchedulingIgnoredDuringExecution") or []
    soft = part.get("preferredDuringSchedulingIgnoredDuringExecution") or []
    return (
        [_term(t, pod, reader, 1) for t in hard],
        [_term(t["podAffinityTerm"], pod, reader, t["weight"]) for t in soft],
    )
