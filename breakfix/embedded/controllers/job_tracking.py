"""Each finished pod is counted once: noted in the status, freed of its finalizer, counted."""

from __future__ import annotations

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.job_facts import (
    TRACKING,
    index_of,
    is_failed,
    is_indexed,
    is_tracked,
    per_index,
    show_indexes,
)
from breakfix.embedded.controllers.job_policies import counts_as_failure
from breakfix.embedded.controllers.job_tally import Tally
from breakfix.embedded.controllers.pod_helpers import phase_of
from breakfix.embedded.controllers.writes import drop_finalizer
from breakfix.embedded.objects import Object, is_going

MAX_UNCOUNTED = 500


def note_finished(tally: Tally) -> list[Object]:
    """Put what is new into the status; the pods whose finalizer may go then."""
    uncounted = tally.status.setdefault("uncountedTerminatedPods", {})
    freed: list[Object] = []
    indexes = set(tally.counted_indexes)
    for pod in sorted(tally.pods, key=index_of):
        if not is_tracked(pod) or not _may_go(tally, pod):
            continue
        freed.append(pod)
        _note(tally, pod, uncounted, indexes)
        if sum(map(len, uncounted.values())) >= MAX_UNCOUNTED:
            break
    if is_indexed(tally.job):
        tally.status["completedIndexes"] = show_indexes(indexes)
        tally.status["succeeded"] = len(indexes)
        if per_index(tally.job) is not None:
            tally.status["failedIndexes"] = show_indexes(tally.failed_indexes)
    return freed


def _may_go(tally: Tally, pod: Object) -> bool:
    if is_going(tally.job) or tally.finished or phase_of(pod) == "Succeeded":
        return True
    if not is_failed(tally.job, pod):
        return False
    waiting = tally.delayed.get(index_of(pod))
    return waiting is None or waiting["metadata"]["uid"] != pod["metadata"]["uid"]


def _note(tally: Tally, pod: Object, uncounted: dict[str, list[str]], indexes: set[int]) -> None:
    uid = pod["metadata"]["uid"]
    if phase_of(pod) == "Succeeded" and uid not in uncounted.get("failed", ()):
        if not is_indexed(tally.job):
            _append(uncounted, "succeeded", uid)
        elif tally.is_valid(pod):
            indexes.add(index_of(pod))
        return
    met = tally.finished is not None and tally.finished["type"] == "SuccessCriteriaMet"
    ended = tally.finished is not None and not met
    failed = (is_failed(tally.job, pod) or ended) and tally.is_valid(pod)
    if failed and counts_as_failure(tally.job, pod):
        _append(uncounted, "failed", uid)


def _append(uncounted: dict[str, list[str]], kind: str, uid: str) -> None:
    have = uncounted.setdefault(kind, [])
    if uid not in have:
        have.append(uid)


async def free(client: Client, pods: list[Object]) -> None:
    """Take their finalizers off. Raises StatusError."""
    for pod in pods:
        await drop_finalizer(client, "pods", pod, TRACKING)


def count_freed(client: Client, tally: Tally) -> None:
    """Count what was noted and has no finalizer any more."""
    held = {
        p["metadata"]["uid"]
        for pod in tally.pods
        if (p := client.get("pods", pod["metadata"]["name"], pod["metadata"]["namespace"]))
        and is_tracked(p)
    }
    uncounted = tally.status.setdefault("uncountedTerminatedPods", {})
    for kind in ("succeeded", "failed"):
        noted = uncounted.pop(kind, [])
        left = [u for u in noted if u in held]
        if left:
            uncounted[kind] = left
        if len(noted) > len(left):
            tally.status[kind] = tally.status.get(kind, 0) + len(noted) - len(left)
