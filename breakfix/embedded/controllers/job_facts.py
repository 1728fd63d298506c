"""What can be said of a Job and its pods without changing anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from breakfix.embedded.controllers.pod_helpers import phase_of
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    condition,
    is_going,
    parse_time,
)

TRACKING = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"
INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count"
INDEX_IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"
FIRST_BACKOFF, LAST_BACKOFF = 10.0, 600.0  # seconds


def finished_as(job: Object) -> str:
    """How it ended: "Complete" or "Failed"; "" while it goes on."""
    for kind in ("Complete", "Failed"):
        found = condition(job, kind)
        if found and found["status"] == "True":
            return kind
    return ""


def is_indexed(job: Object) -> bool:
    """Has each completion its number?"""
    return bool(job["spec"].get("completionMode") == "Indexed")


def is_suspended(job: Object) -> bool:
    """spec.suspend."""
    return bool(job["spec"].get("suspend"))


def per_index(job: Object) -> int | None:
    """backoffLimitPerIndex, for Indexed Jobs that have one."""
    limit: int | None = job["spec"].get("backoffLimitPerIndex")
    return limit if is_indexed(job) else None


def backoff_limit(job: Object) -> int:
    """How many pods may fail."""
    default = 6 if job["spec"].get("backoffLimitPerIndex") is None else 2**31 - 1
    limit: int = job["spec"].get("backoffLimit", default)
    return limit


def is_tracked(pod: Object) -> bool:
    """Has the pod not been counted yet?"""
    return TRACKING in (pod["metadata"].get("finalizers") or [])


def is_failed(job: Object, pod: Object) -> bool:
    """Does the pod count as failed? One that is deleted may do so before it ends."""
    if phase_of(pod) == "Failed":
        return True
    if replaces_only_failed(job):
        return False
    return is_going(pod) and phase_of(pod) != "Succeeded"


def replaces_only_failed(job: Object) -> bool:
    """Does a pod that stops have to end before another takes its place?"""
    spec = job["spec"]
    return spec.get("podReplacementPolicy") == "Failed" or bool(spec.get("podFailurePolicy"))


def is_terminating(pod: Object) -> bool:
    """Is it being deleted, but has not ended?"""
    return is_going(pod) and phase_of(pod) not in ("Succeeded", "Failed")


def index_of(pod: Object) -> int:
    """Its completion index; -1 where it has none."""
    text = annotations_of(pod).get(INDEX, "")
    return int(text) if text.isdigit() else -1


def count_in(pod: Object, annotation: str) -> int:
    """A number that the controller noted on the pod."""
    text = annotations_of(pod).get(annotation, "")
    return int(text) if text.isdigit() else 0


def parse_indexes(text: str | None, completions: int) -> set[int]:
    """The set of "1,3-5"; what is beyond the completions is left out."""
    found: set[int] = set()
    for part in filter(None, (text or "").split(",")):
        first, _, last = part.partition("-")
        if int(first) < completions:
            found.update(range(int(first), min(int(last or first), completions - 1) + 1))
    return found


def show_indexes(indexes: Iterable[int]) -> str:
    """As status.completedIndexes has it: "1,3-5"."""
    spans: list[list[int]] = []
    for index in sorted(indexes):
        if spans and spans[-1][1] == index - 1:
            spans[-1][1] = index
        else:
            spans.append([index, index])
    return ",".join(_span(first, last) for first, last in spans)


def _span(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first},{last}" if last == first + 1 else f"{first}-{last}"


def finished_at(pod: Object) -> datetime:
    """When the pod ended, as well as it can be known."""
    status = pod.get("status") or {}
    ends = [
        ((s.get("state") or {}).get("terminated") or {}).get("finishedAt")
        for s in status.get("containerStatuses") or []
    ]
    known = [parse_time(e) for e in ends if e]
    if known and len(known) == len(ends):
        return max(known)
    ready = condition(pod, "Ready")
    if ready and ready["status"] == "False" and ready.get("lastTransitionTime"):
        return parse_time(ready["lastTransitionTime"])
    metadata = pod["metadata"]
    if "deletionTimestamp" in metadata:
        grace = timedelta(seconds=metadata.get("deletionGracePeriodSeconds", 0))
        return parse_time(metadata["deletionTimestamp"]) - grace
    return parse_time(metadata["creationTimestamp"])


def backoff_left(failures: int, last: datetime | None, now: datetime) -> float:
    """Seconds until a pod may take the place of one that failed."""
    if not failures or last is None:
        return 0
    pause = min(FIRST_BACKOFF * 2.0 ** min(failures - 1, 10), LAST_BACKOFF)
    return max(0.0, pause - (now - last).total_seconds())


def restart_failures(pods: Iterable[Object]) -> int:
    """How often containers were restarted in pods that still run."""
    return sum(
        s.get("restartCount", 0)
        for p in pods
        if phase_of(p) in ("Running", "Pending")
        for field in ("initContainerStatuses", "containerStatuses")
        for s in (p.get("status") or {}).get(field) or []
    )
