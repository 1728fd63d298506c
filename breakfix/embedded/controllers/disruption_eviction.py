"""May a pod be evicted? The decision of the `pods/eviction` subresource."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from breakfix.embedded.controllers.pod_helpers import is_ready, phase_of
from breakfix.embedded.errors import StatusError, forbidden, too_many_requests
from breakfix.embedded.objects import Object, clone, is_going, name_of, timestamp

PDBS = "poddisruptionbudgets.policy"
MAX_DISRUPTED = 2000
REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
BUSY_RETRY = 10  # seconds


def evict(pod: Object, pdbs: Sequence[Object], now: datetime) -> Object | None:
    """The budget whose status is to be stored before the pod is deleted, changed; or None.

    `pdbs` are those that select the pod. Raises StatusError: 429 where the budget forbids it,
    500 where more than one budget selects the pod.
    """
    if _needs_no_budget(pod) or not pdbs:
        return None
    if len(pdbs) > 1:
        raise StatusError(
            500, "",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource "
            "does not support.",
        )  # fmt: skip
    budget = pdbs[0]
    if not is_ready(pod) and _unhealthy_may_go(budget):
        return None
    return _decrement(pod, budget, now)


def _needs_no_budget(pod: Object) -> bool:
    return is_going(pod) or phase_of(pod) in ("Succeeded", "Failed", "Pending")


def _unhealthy_may_go(budget: Object) -> bool:
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    desired = status.get("desiredHealthy", 0)
    return bool(status.get("currentHealthy", 0) >= desired > 0)


def _decrement(pod: Object, budget: Object, now: datetime) -> Object:
    name, status = name_of(budget), budget.get("status") or {}
    allowed = status.get("disruptionsAllowed", 0)
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise too_many_requests(
            REFUSED, BUSY_RETRY,
            [_cause(f"The disruption budget {name} is still being processed by the server.")],
        )  # fmt: skip
    if allowed < 0:
        raise forbidden("poddisruptionbudget.policy", name, "pdb disruptions allowed is negative")
    if len(status.get("disruptedPods") or {}) > MAX_DISRUPTED:
        why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise forbidden("poddisruptionbudget.policy", name, why)
    if allowed == 0:
        needs, has = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        text = f"The disruption budget {name} needs {needs} healthy pods and has {has} currently"
        raise too_many_requests(REFUSED, 0, [_cause(text)])
    return _spent(pod, budget, now)


def _spent(pod: Object, budget: Object, now: datetime) -> Object:
    changed: Object = clone(budget)
    status = changed["status"]
    status["disruptionsAllowed"] -= 1
    status["disruptedPods"] = (status.get("disruptedPods") or {}) | {name_of(pod): timestamp(now)}
    if status["disruptionsAllowed"] == 0:
        set_allowed(changed, status, now)
    return changed


def _cause(message: str) -> Object:
    return {"reason": "DisruptionBudget", "message": message}


def set_allowed(
    budget: Object, status: Object, now: datetime, reason: str = "", message: str = ""
) -> None:
    """Put the condition DisruptionAllowed into the status, by its disruptionsAllowed."""
    allowed = status.get("disruptionsAllowed", 0) > 0
    found = {
        "type": "DisruptionAllowed", "status": "True" if allowed else "False",
        "reason": reason or ("SufficientPods" if allowed else "InsufficientPods"),
        "message": message, "lastTransitionTime": timestamp(now),
        "observedGeneration": status.get(
            "observedGeneration", budget["metadata"].get("generation", 0)
        ),
    }  # fmt: skip
    others = []
    for old in status.get("conditions") or []:
        if old["type"] != found["type"]:
            others.append(old)
        elif old["status"] == found["status"]:
            found["lastTransitionTime"] = old["lastTransitionTime"]
    status["conditions"] = [*others, found]
