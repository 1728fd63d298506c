"""What a Deployment says of itself."""

from __future__ import annotations

from collections.abc import Sequence

from breakfix.embedded.clock import Clock
from breakfix.embedded.controllers.deployment_sets import (
    FOREVER,
    limits,
    replicas,
    status_number,
)
from breakfix.embedded.controllers.writes import (
    drop_condition,
    new_condition,
    set_condition,
    without_zero,
)
from breakfix.embedded.objects import Object, clone, condition, name_of, parse_time


def deployment_condition(clock: Clock, kind: str, state: str, reason: str, message: str) -> Object:
    """A condition, which here also has a lastUpdateTime."""
    found = new_condition(clock, kind, state, reason, message)
    return found | {"lastUpdateTime": found["lastTransitionTime"]}


def has_deadline(deployment: Object) -> bool:
    """Does it want to know when there is no progress?"""
    return bool(deployment["spec"].get("progressDeadlineSeconds", 600) != FOREVER)


def is_complete(deployment: Object, status: Object) -> bool:
    """Are all replicas new and available, and no old ones left?"""
    wanted = replicas(deployment)
    counts = ("updatedReplicas", "replicas", "availableReplicas")
    seen: int = status.get("observedGeneration", 0)
    return all(status.get(c, 0) == wanted for c in counts) and bool(
        seen >= deployment["metadata"].get("generation", 0)
    )


def plain_status(
    clock: Clock, deployment: Object, sets: Sequence[Object], new: Object | None
) -> Object:
    """The numbers, and the condition Available."""
    available = sum(status_number(s, "availableReplicas") for s in sets)
    old: Object = clone(deployment.get("status") or {})
    status = without_zero({
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": sum(status_number(s, "replicas") for s in sets),
        "updatedReplicas": status_number(new, "replicas") if new else 0,
        "readyReplicas": sum(status_number(s, "readyReplicas") for s in sets),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(map(replicas, sets)) - available),
        "collisionCount": old.get("collisionCount"),
    })  # fmt: skip
    if old.get("conditions"):
        status["conditions"] = old["conditions"]
    enough = available >= replicas(deployment) - limits(deployment)[1]
    set_condition(status, _availability(clock, enough))
    return status


def _availability(clock: Clock, enough: bool) -> Object:
    if enough:
        return deployment_condition(
            clock, "Available", "True", "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )  # fmt: skip
    return deployment_condition(
        clock, "Available", "False", "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.",
    )  # fmt: skip


def rollout_status(
    clock: Clock, deployment: Object, sets: Sequence[Object], new: Object | None
) -> Object:
    """The numbers, and the conditions Available, Progressing and ReplicaFailure."""
    status = plain_status(clock, deployment, sets, new)
    if not has_deadline(deployment):
        drop_condition(status, "Progressing")
    else:
        _judge_progress(clock, deployment, status, new)
    failure = _failure(sets, new)
    if failure:
        set_condition(status, failure)
    else:
        drop_condition(status, "ReplicaFailure")
    return status


def _judge_progress(clock: Clock, deployment: Object, status: Object, new: Object | None) -> None:
    current = condition(deployment, "Progressing")
    settled = status.get("replicas", 0) == status.get("updatedReplicas", 0)
    if settled and current and current["reason"] == "NewReplicaSetAvailable":
        return
    subject = f'ReplicaSet "{name_of(new)}"' if new else f'Deployment "{name_of(deployment)}"'
    if is_complete(deployment, status):
        set_condition(status, deployment_condition(
            clock, "Progressing", "True", "NewReplicaSetAvailable",
            f"{subject} has successfully progressed.",
        ))  # fmt: skip
    elif _moved(deployment.get("status") or {}, status):
        _set_moving(clock, status, current, f"{subject} is progressing.")
    elif _timed_out(clock, deployment, current):
        set_condition(status, deployment_condition(
            clock, "Progressing", "False", "ProgressDeadlineExceeded",
            f"{subject} has timed out progressing.",
        ))  # fmt: skip


def _set_moving(clock: Clock, status: Object, current: Object | None, message: str) -> None:
    found = deployment_condition(clock, "Progressing", "True", "ReplicaSetUpdated", message)
    if current and current["status"] == "True":
        found["lastTransitionTime"] = current["lastTransitionTime"]
    drop_condition(status, "Progressing")  # the same reason again, but a newer update time
    set_condition(status, found)


def _moved(old: Object, new: Object) -> bool:
    def outdated(status: Object) -> int:
        count: int = status.get("replicas", 0) - status.get("updatedReplicas", 0)
        return count

    return outdated(new) < outdated(old) or any(
        new.get(field, 0) > old.get(field, 0)
        for field in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )


def deadline_in(clock: Clock, deployment: Object, current: Object) -> float:
    """Seconds until the rollout counts as stuck."""
    since = (clock.now() - parse_time(current["lastUpdateTime"])).total_seconds()
    allowed: int = deployment["spec"].get("progressDeadlineSeconds", 600)
    return allowed - since


def _timed_out(clock: Clock, deployment: Object, current: Object | None) -> bool:
    if current is None or current["reason"] == "NewReplicaSetAvailable":
        return False
    if current["reason"] == "ProgressDeadlineExceeded":
        return True
    return deadline_in(clock, deployment, current) < 0


def _failure(sets: Sequence[Object], new: Object | None) -> Object | None:
    for item in [*([new] if new else []), *sets]:
        found = condition(item, "ReplicaFailure")
        if found:
            return found | {"lastUpdateTime": found["lastTransitionTime"]}
    return None
