"""What controllers ask of pods, and how they make and remove them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime

from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.controllers.writes import namespace_ends, owner_reference
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    clone,
    condition,
    is_going,
    name_of,
    namespace_of,
    parse_time,
)

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def phase_of(pod: Object) -> str:
    """status.phase; a pod that nobody has touched is Pending."""
    phase: str = (pod.get("status") or {}).get("phase") or "Pending"
    return phase


def is_finished(pod: Object) -> bool:
    """Has it ended for good?"""
    return phase_of(pod) in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Does it count as a replica: neither ended nor being deleted?"""
    return not is_finished(pod) and not is_going(pod)


def is_ready(pod: Object) -> bool:
    """Is its condition Ready true?"""
    found = condition(pod, "Ready")
    return found is not None and found["status"] == "True"


def ready_since(pod: Object) -> datetime | None:
    """Since when it is ready; None if it is not."""
    found = condition(pod, "Ready")
    if found is None or found["status"] != "True" or not found.get("lastTransitionTime"):
        return None
    return parse_time(found["lastTransitionTime"])


def is_available(pod: Object, min_ready: int, now: datetime) -> bool:
    """Has it been ready for min_ready seconds?"""
    if not min_ready or not is_ready(pod):
        return is_ready(pod)
    since = ready_since(pod)
    return since is not None and (now - since).total_seconds() >= min_ready


def available_in(pods: Iterable[Object], min_ready: int, now: datetime) -> float | None:
    """Seconds until the next of the ready pods becomes available; None if none will."""
    waits = [min_ready - (now - since).total_seconds() for p in pods if (since := ready_since(p))]
    return min((w for w in waits if w > 0), default=None)


def restarts(pod: Object) -> int:
    """The most restarts of any of its containers."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return max((s.get("restartCount", 0) for s in statuses), default=0)


def _age_rank(moment: datetime | None, now: datetime) -> int:
    seconds = (now - moment).total_seconds() if moment else 0
    return int(math.log2(seconds * 1e9)) if seconds > 0 else -1


def deletion_cost(pod: Object) -> int:
    """What its owner says that losing it costs."""
    try:
        return int(annotations_of(pod).get(DELETION_COST, "0"))
    except ValueError:
        return 0


def deletion_order(pod: Object, doubled: int, now: datetime) -> tuple[object, ...]:
    """A sort key: the pods to delete first come first; `doubled` counts its neighbours."""
    created = pod["metadata"].get("creationTimestamp")
    return (
        bool(pod["spec"].get("nodeName")),
        _PHASES.get(phase_of(pod), 2),
        is_ready(pod),
        deletion_cost(pod),
        -doubled,
        _age_rank(ready_since(pod), now) if is_ready(pod) else 0,
        -restarts(pod),
        _age_rank(parse_time(created) if created else None, now),
        pod["metadata"].get("uid", ""),
    )


def scaled(value: object, total: int, *, up: bool, default: int = 0) -> int:
    """An IntOrString: a number, or a percentage of the total, rounded."""
    if value is None:
        return default
    if isinstance(value, str) and value.endswith("%"):
        share = int(value[:-1]) * total
        return -(-share // 100) if up else share // 100
    return int(str(value))


def pod_from(template: Object, owner: Object, api_version: str, kind: str) -> Object:
    """A pod by a template, without a name."""
    made = template.get("metadata") or {}
    metadata: Object = {"namespace": namespace_of(owner)}
    for field in ("labels", "annotations", "finalizers"):
        if made.get(field):
            metadata[field] = clone(made[field])
    metadata["ownerReferences"] = [owner_reference(owner, api_version, kind)]
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": clone(template.get("spec") or {}),
    }  # fmt: skip


async def create_pod(controller: Controller, owner: Object, pod: Object) -> Object | None:
    """Create it and tell so in an event; None where the namespace is going.

    Raises StatusError, told in an event FailedCreate.
    """
    try:
        created = await controller.client.create("pods", pod)
    except StatusError as error:
        if namespace_ends(error):
            return None
        controller.event(owner, "Warning", "FailedCreate", f"Error creating: {error}")
        raise
    controller.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {name_of(created)}")
    return created


async def delete_pod(controller: Controller, owner: Object, pod: Object) -> None:
    """Delete it and tell so in an event. Raises StatusError, told in FailedDelete."""
    try:
        await controller.client.delete(
            "pods", name_of(pod), namespace_of(pod), uid=pod["metadata"]["uid"]
        )
    except StatusError as error:
        if error.code == 404:  # noqa: PLR2004
            return
        controller.event(owner, "Warning", "FailedDelete", f"Error deleting: {error}")
        raise
    controller.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")


async def slow_start(
    controller: Controller, owner: Object, pods: list[Object]
) -> StatusError | None:
    """Create in batches of 1, 2, 4, ...; after a batch with an error no more is tried."""
    size, at = 1, 0
    error: StatusError | None = None
    while at < len(pods) and error is None:
        for pod in pods[at : at + size]:
            try:
                await create_pod(controller, owner, pod)
            except StatusError as refused:
                error = error or refused
        at, size = at + size, size * 2
    return error
