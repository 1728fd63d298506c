"""Taints and tolerations of nodes that are not ready."""

from __future__ import annotations

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.objects import Object

NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
PATIENCE = 300  # seconds that a pod stays on a node that is gone


class TaintNodesByCondition(Plugin):
    """A new node takes no pods before it is ready."""

    name = "TaintNodesByCondition"

    async def mutate(self, request: AdmissionRequest) -> None:
        """Add the taint at creation."""
        creates = request.operation == "CREATE" and not request.subresource
        if request.key != "nodes" or not creates or request.item is None:
            return
        spec = request.item.setdefault("spec", {})
        taints = spec.get("taints") or []
        if not any(t["key"] == NOT_READY and t.get("effect") == "NoSchedule" for t in taints):
            spec["taints"] = [*taints, {"key": NOT_READY, "effect": "NoSchedule"}]


class DefaultTolerationSeconds(Plugin):
    """Pods stay five minutes on a node that is not ready or unreachable."""

    name = "DefaultTolerationSeconds"

    async def mutate(self, request: AdmissionRequest) -> None:
        """Add what is not yet tolerated."""
        if request.key != "pods" or request.subresource or request.item is None:
            return
        if request.operation not in ("CREATE", "UPDATE"):
            return
        spec = request.item["spec"]
        tolerations = spec.get("tolerations") or []
        missing = [_for(key) for key in (NOT_READY, UNREACHABLE) if not _has(tolerations, key)]
        if missing:
            spec["tolerations"] = [*tolerations, *missing]


def _has(tolerations: list[Object], key: str) -> bool:
    return any(
        t.get("key", "") in (key, "") and t.get("effect", "") in ("NoExecute", "")
        for t in tolerations
    )


def _for(key: str) -> Object:
    return {
        "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": PATIENCE,
    }  # fmt: skip
