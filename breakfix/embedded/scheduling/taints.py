"""Taints and tolerations."""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.embedded.objects import Object

SCHEDULING = ("NoSchedule", "NoExecute")
UNSCHEDULABLE: Object = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def tolerates(toleration: Object, taint: Object) -> bool:
    """Does this toleration bear this taint?"""
    effect, key = toleration.get("effect"), toleration.get("key")
    if effect and effect != taint.get("effect"):
        return False
    if key and key != taint["key"]:
        return False
    if toleration.get("operator") == "Exists":
        return True
    return bool(key) and (toleration.get("value") or "") == (taint.get("value") or "")


def tolerated(taint: Object, tolerations: Iterable[Object]) -> bool:
    """Is there a toleration for it?"""
    return any(tolerates(t, taint) for t in tolerations)


def untolerated(spec: Object, node: Object, effects: tuple[str, ...] = SCHEDULING) -> list[Object]:
    """The taints of a node, of these effects, that a pod does not bear."""
    taints = (node.get("spec") or {}).get("taints") or []
    tolerations = spec.get("tolerations") or []
    return [t for t in taints if t.get("effect") in effects and not tolerated(t, tolerations)]
