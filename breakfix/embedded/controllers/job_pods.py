"""How a Job makes its pods, and chooses those that are too many."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from breakfix.embedded.controllers.job_facts import (
    INDEX,
    INDEX_FAILURES,
    INDEX_IGNORED,
    TRACKING,
    count_in,
    index_of,
    is_indexed,
    per_index,
)
from breakfix.embedded.controllers.job_policies import counts_as_failure
from breakfix.embedded.controllers.job_tally import Tally
from breakfix.embedded.controllers.pod_helpers import deletion_order, pod_from
from breakfix.embedded.objects import Object, name_of

ENV = "JOB_COMPLETION_INDEX"
LONGEST_PREFIX = 58


def new_pod(job: Object, index: int | None = None, replaced: Object | None = None) -> Object:
    """A pod, of this completion index where the Job is Indexed; it hands on failure counts."""
    pod = pod_from(job["spec"]["template"], job, "batch/v1", "Job")
    metadata = pod["metadata"]
    finalizers = metadata.get("finalizers") or []
    metadata["finalizers"] = finalizers if TRACKING in finalizers else [*finalizers, TRACKING]
    metadata["generateName"] = f"{name_of(job)}-"
    if index is not None:
        _number(job, pod, index, replaced)
    return pod


def _number(job: Object, pod: Object, index: int, replaced: Object | None) -> None:
    metadata, spec = pod["metadata"], pod["spec"]
    suffix = f"-{index}-"
    metadata["generateName"] = name_of(job)[: LONGEST_PREFIX - len(suffix)] + suffix
    metadata["labels"] = metadata.get("labels", {}) | {INDEX: str(index)}
    metadata["annotations"] = metadata.get("annotations", {}) | {INDEX: str(index)}
    if per_index(job) is not None:
        metadata["annotations"] |= _failure_counts(job, replaced)
    spec["hostname"] = f"{name_of(job)}-{index}"
    reference = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        env = container.get("env") or []
        if not any(e["name"] == ENV for e in env):
            container["env"] = [*env, {"name": ENV, "valueFrom": reference}]


def _failure_counts(job: Object, replaced: Object | None) -> dict[str, str]:
    if replaced is None:
        return {INDEX_FAILURES: "0"}
    counted = counts_as_failure(job, replaced)
    failures = count_in(replaced, INDEX_FAILURES) + counted
    ignored = count_in(replaced, INDEX_IGNORED) + (not counted)
    return {INDEX_FAILURES: str(failures)} | ({INDEX_IGNORED: str(ignored)} if ignored else {})


def surplus(tally: Tally, at_least: int, now: datetime) -> list[Object]:
    """The active pods to remove: wrong or doubled indexes first, then the least useful."""
    ranked = sorted(tally.active, key=lambda p: deletion_order(p, 0, now))
    if not is_indexed(tally.job):
        return ranked[:at_least]
    doubles = Counter(index_of(p) for p in ranked)
    removed, left = [], []
    for pod in ranked:
        index = index_of(pod)
        if not tally.is_valid(pod) or doubles[index] > 1:
            doubles[index] -= 1
            removed.append(pod)
        else:
            left.append(pod)
    return removed + left[: max(0, at_least - len(removed))]
