"""Jobs: pods that are to end well, so many times."""

from __future__ import annotations

from datetime import datetime

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.claims import Owner
from breakfix.embedded.controllers.job_end import (
    deadline_in,
    is_complete,
    job_condition,
    verdict,
)
from breakfix.embedded.controllers.job_facts import (
    INDEX_FAILURES,
    INDEX_IGNORED,
    TRACKING,
    backoff_left,
    count_in,
    finished_as,
    finished_at,
    is_indexed,
    is_suspended,
    is_tracked,
    per_index,
    replaces_only_failed,
)
from breakfix.embedded.controllers.job_pods import new_pod, surplus
from breakfix.embedded.controllers.job_report import (
    count_running,
    note_end,
    note_suspension,
    note_target,
    tell_end,
)
from breakfix.embedded.controllers.job_tally import Tally
from breakfix.embedded.controllers.job_tracking import count_freed, free, note_finished
from breakfix.embedded.controllers.pod_helpers import (
    delete_pod,
    is_active,
    slow_start,
)
from breakfix.embedded.controllers.writes import drop_finalizer, write_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    clone,
    controller_of,
    is_going,
    timestamp,
)
from breakfix.embedded.selectors import matches

JOBS = "jobs.batch"
JOB = Owner(
    JOBS, "batch/v1", "Job",
    lambda owner, labels: matches(owner["spec"].get("selector"), labels),
)  # fmt: skip
OWN_NAME = "kubernetes.io/job-controller"
BURST = 500


class JobController(Controller):
    """The job controller."""

    name = "job-controller"
    workers = 5

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._backoff: dict[Key, tuple[int, datetime | None]] = {}

    def watch(self) -> None:
        """Jobs and their pods."""
        self.on(JOBS, itself)
        self.on("pods", JOB.keys(self.client))

    async def sync(self, key: Key) -> None:
        """Count what ended, judge, make or remove pods, and report."""
        job = self.client.get(JOBS, key[1], key[0])
        if job is None or finished_as(job):
            self._backoff.pop(key, None)
            await self._release(key)
            return
        if job["spec"].get("managedBy", OWN_NAME) != OWN_NAME:
            return
        pods = await JOB.claim(self.client, job, "pods", TRACKING)
        tally = Tally(job, pods, clone(job.get("status") or {}))
        if not tally.status.get("startTime") and not is_suspended(job):
            tally.status["startTime"] = timestamp(self.clock.now())
        backoff = self._new_backoff(key, tally)
        tally.finished = verdict(self.clock, tally)
        error = await self._act(key, tally, backoff[0], backoff[1])
        await self._track(key, tally, backoff)
        if error:
            raise error

    async def _release(self, key: Key) -> None:
        """Nobody counts the pods of a Job that is over or gone: let them go."""
        for pod in list(self.client.list("pods", key[0])):
            ref = controller_of(pod)
            if ref and ref["kind"] == "Job" and ref["name"] == key[1] and is_tracked(pod):
                await drop_finalizer(self.client, "pods", pod, TRACKING)

    def _new_backoff(self, key: Key, tally: Tally) -> tuple[int, datetime | None]:
        """Failures since the last success, and when the last was."""
        failures, last = self._backoff.get(key, (0, None))
        good = sorted(map(finished_at, tally.new_succeeded))
        bad = sorted(map(finished_at, tally.new_failed))
        if good:
            bad, failures, last = [b for b in bad if b > good[-1]], 0, None
        return (failures + len(bad), bad[-1]) if bad else (failures, last)

    # -- pods ----------------------------------------------------------------------------

    async def _act(
        self, key: Key, tally: Tally, failures: int, last: datetime | None
    ) -> StatusError | None:
        if tally.finished is not None:
            return await self._delete(tally.job, tally.active, free_them=False)
        left = deadline_in(tally, self.clock.now())
        if left is not None:
            self.add_after(key, left)
        if is_going(tally.job):
            return None
        error = await self._manage(key, tally, backoff_left(failures, last, self.clock.now()))
        if is_complete(tally, self._still_active(tally)):
            tally.finished = job_condition(
                self.clock, "SuccessCriteriaMet", "CompletionsReached",
                "Reached expected number of succeeded pods",
            )  # fmt: skip
        else:
            note_suspension(self, tally)
        return error

    def _still_active(self, tally: Tally) -> int:
        return sum(map(is_active, self.owned("pods", tally.job)))

    async def _manage(self, key: Key, tally: Tally, pause: float) -> StatusError | None:
        if is_suspended(tally.job):
            return await self._delete(tally.job, tally.active, free_them=True)
        active, wanted = len(tally.active), self._wanted(tally)
        extra = surplus(tally, max(0, active - wanted), self.clock.now())
        if extra:
            return await self._delete(tally.job, extra[:BURST], free_them=True)
        missing = wanted - active
        if replaces_only_failed(tally.job):
            missing -= tally.terminating
        if missing <= 0:
            return None
        if pause > 0 and per_index(tally.job) is None:
            self.add_after(key, pause)
            return None
        return await slow_start(self, tally.job, self._new_pods(key, tally, min(missing, BURST)))

    def _wanted(self, tally: Tally) -> int:
        spec = tally.job["spec"]
        parallelism: int = spec.get("parallelism", 1)
        if spec.get("completions") is None:
            return len(tally.active) if tally.succeeded else parallelism
        return max(0, min(int(spec["completions"]) - tally.succeeded, parallelism))

    def _new_pods(self, key: Key, tally: Tally, count: int) -> list[Object]:
        if not is_indexed(tally.job):
            return [new_pod(tally.job) for _ in range(count)]
        pods, waits = [], []
        for index in tally.pending_indexes[:count]:
            replaced = tally.delayed.get(index)
            pause = self._index_pause(replaced)
            if pause > 0:
                waits.append(pause)
            else:
                pods.append(new_pod(tally.job, index, replaced))
        if waits:
            self.add_after(key, min(waits))
        return pods

    def _index_pause(self, replaced: Object | None) -> float:
        if replaced is None:
            return 0
        failures = count_in(replaced, INDEX_FAILURES) + count_in(replaced, INDEX_IGNORED) + 1
        return backoff_left(failures, finished_at(replaced), self.clock.now())

    async def _delete(
        self, job: Object, pods: list[Object], *, free_them: bool
    ) -> StatusError | None:
        error = None
        for pod in pods:
            try:
                if free_them:
                    await drop_finalizer(self.client, "pods", pod, TRACKING)
                await delete_pod(self, job, pod)
            except StatusError as refused:
                error = error or refused
        return error

    # -- the status ------------------------------------------------------------------------

    async def _track(self, key: Key, tally: Tally, backoff: tuple[int, datetime | None]) -> None:
        freed = note_finished(tally)
        note_target(tally)
        count_running(self, tally)
        await self._write(tally)
        self._backoff[key] = backoff
        await free(self.client, freed)
        count_freed(self.client, tally)
        count_running(self, tally)
        end = note_end(self.clock, tally)
        await self._write(tally)
        if end:
            tell_end(self, tally, end)

    async def _write(self, tally: Tally) -> None:
        tally.job = await write_status(self.client, JOBS, tally.job, clone(tally.status))
