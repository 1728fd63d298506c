"""What a Job's pods amount to, before anything is done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from breakfix.embedded.controllers.job_facts import (
    INDEX_FAILURES,
    INDEX_IGNORED,
    count_in,
    index_of,
    is_failed,
    is_indexed,
    is_terminating,
    is_tracked,
    parse_indexes,
    per_index,
)
from breakfix.embedded.controllers.job_policies import counts_as_failure, failure_action
from breakfix.embedded.controllers.pod_helpers import is_active, is_ready, phase_of
from breakfix.embedded.objects import Object


@dataclass
class Tally:
    """A Job, its pods, and the status that is being written."""

    job: Object
    pods: list[Object]
    status: Object
    finished: Object | None = field(default=None)  # the condition it will end with

    @cached_property
    def active(self) -> list[Object]:
        """The pods that count as running."""
        return [p for p in self.pods if is_active(p)]

    @property
    def ready(self) -> int:
        """How many of them are ready."""
        return sum(map(is_ready, self.active))

    @property
    def terminating(self) -> int:
        """How many are stopping."""
        return sum(map(is_terminating, self.pods))

    @property
    def completions(self) -> int:
        """spec.completions of an Indexed Job."""
        count: int = self.job["spec"].get("completions") or 0
        return count

    def _uncounted(self, kind: str) -> list[str]:
        found: list[str] = (self.status.get("uncountedTerminatedPods") or {}).get(kind) or []
        return found

    def is_valid(self, pod: Object) -> bool:
        """Has it, in an Indexed Job, an index that counts?"""
        return not is_indexed(self.job) or 0 <= index_of(pod) < self.completions

    @cached_property
    def new_succeeded(self) -> list[Object]:
        """Those that succeeded and are not in the status yet."""
        known = self._uncounted("succeeded")
        return [p for p in self._fresh(known) if phase_of(p) == "Succeeded"]

    @cached_property
    def new_failed(self) -> list[Object]:
        """Those that failed and are not in the status yet."""
        return [p for p in self._fresh(self._uncounted("failed")) if is_failed(self.job, p)]

    def _fresh(self, known: list[str]) -> list[Object]:
        return [
            p
            for p in self.pods
            if is_tracked(p) and p["metadata"]["uid"] not in known and self.is_valid(p)
        ]

    @cached_property
    def failed(self) -> int:
        """All failures, the policy's exceptions left out."""
        new = sum(counts_as_failure(self.job, p) for p in self.new_failed)
        return int(self.status.get("failed", 0)) + new + len(self._uncounted("failed"))

    @cached_property
    def succeeded(self) -> int:
        """All successes."""
        if is_indexed(self.job):
            return len(self.succeeded_indexes)
        known = int(self.status.get("succeeded", 0)) + len(self._uncounted("succeeded"))
        return known + len(self.new_succeeded)

    @cached_property
    def counted_indexes(self) -> set[int]:
        """The indexes that the status says are complete."""
        return parse_indexes(self.status.get("completedIndexes"), self.completions)

    @cached_property
    def succeeded_indexes(self) -> set[int]:
        """Those and the new ones."""
        return self.counted_indexes | {index_of(p) for p in self.new_succeeded}

    @cached_property
    def failed_indexes(self) -> set[int]:
        """The indexes that used up their own backoff limit."""
        known = parse_indexes(self.status.get("failedIndexes"), self.completions)
        failed = (p for p in self.pods if is_tracked(p) and self.is_valid(p))
        new = {index_of(p) for p in failed if is_failed(self.job, p) and self._spent(p)}
        return known | new

    def _spent(self, pod: Object) -> bool:
        action, limit = failure_action(self.job, pod)[0], per_index(self.job)
        if action in ("FailIndex", "Ignore") or limit is None:
            return action == "FailIndex"
        return count_in(pod, INDEX_FAILURES) >= limit

    @cached_property
    def delayed(self) -> dict[int, Object]:
        """Failed pods that are kept until another has their index, to hand on their counts."""
        if per_index(self.job) is None:
            return {}
        taken = {index_of(p) for p in self.active} | self.failed_indexes | self.succeeded_indexes
        found: dict[int, Object] = {}
        for pod in self.pods:
            index = index_of(pod)
            if not is_tracked(pod) or not is_failed(self.job, pod) or index in taken:
                continue
            if self.is_valid(pod) and (index not in found or _counts(found[index]) <= _counts(pod)):
                found[index] = pod
        return found

    @property
    def pending_indexes(self) -> list[int]:
        """The indexes that need a pod."""
        taken = {index_of(p) for p in self.active} | self.succeeded_indexes
        if per_index(self.job) is not None:
            taken |= self.failed_indexes
        return [i for i in range(self.completions) if i not in taken]


def _counts(pod: Object) -> int:
    return count_in(pod, INDEX_FAILURES) + count_in(pod, INDEX_IGNORED)
