"""CronJobs: a Job now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

from breakfix.embedded.controllers.base import Controller, Key, itself, key_of, owner_keys
from breakfix.embedded.controllers.cronjob_schedule import MANY, Schedule, earliest, zone_of
from breakfix.embedded.controllers.job_facts import finished_as
from breakfix.embedded.controllers.writes import namespace_ends, owner_reference, write_status
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    clone,
    controller_of,
    is_going,
    name_of,
    namespace_of,
    parse_time,
    timestamp,
)

CRONS, JOBS = "cronjobs.batch", "jobs.batch"
SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
SKEW = 0.1  # seconds after the moment, so that the clock has surely reached it


class CronJobController(Controller):
    """The cronjob controller."""

    name = "cronjob-controller"
    workers = 5

    def watch(self) -> None:
        """CronJobs and their Jobs."""
        self.on(CRONS, itself)
        self.on(JOBS, owner_keys("CronJob"))

    async def sync(self, key: Key) -> None:
        """Forget old Jobs, start one that is due, and sleep until the next."""
        cron = self.client.get(CRONS, key[1], key[0])
        if cron is None:
            return
        jobs = self.owned(JOBS, cron)
        status = clone(cron.get("status") or {})
        self._update_active(cron, status, jobs)
        try:
            if not is_going(cron):
                await self._start(cron, status)
        finally:
            await write_status(self.client, CRONS, cron, status)
        await self._forget(cron, jobs)

    # -- what runs -------------------------------------------------------------------------

    def _update_active(self, cron: Object, status: Object, jobs: list[Object]) -> None:
        by_uid = {j["metadata"]["uid"]: j for j in jobs}
        active = status.pop("active", None) or []
        left = []
        for ref in active:
            job = by_uid.get(ref["uid"])
            if job is None:
                message = f"Active job went missing: {ref['name']}"
                self.event(cron, "Normal", "MissingJob", message)
            elif kind := finished_as(job):
                message = f"Saw completed job: {name_of(job)}, condition: {kind}"
                self.event(cron, "Normal", "SawCompletedJob", message)
            else:
                left.append(ref)
        if left:
            status["active"] = left
        known = {r["uid"] for r in active}
        for uid, job in by_uid.items():
            self._see(cron, status, job, known=uid in known)

    def _see(self, cron: Object, status: Object, job: Object, *, known: bool) -> None:
        kind = finished_as(job)
        if not kind and not known:
            message = f"Saw a job that the controller did not create or forgot: {name_of(job)}"
            self.event(cron, "Warning", "UnexpectedJob", message)
        done = (job.get("status") or {}).get("completionTime")
        if kind == "Complete" and done and done > status.get("lastSuccessfulTime", ""):
            status["lastSuccessfulTime"] = done

    # -- what is due -----------------------------------------------------------------------

    def _schedule(self, cron: Object) -> Schedule | None:
        zone_name, text = cron["spec"].get("timeZone"), cron["spec"]["schedule"]
        try:
            zone = zone_of(cron)
        except (KeyError, ValueError):
            message = f'invalid timeZone: "{zone_name}": unknown time zone {zone_name}'
            self.event(cron, "Warning", "UnknownTimeZone", message)
            return None
        if cron["spec"].get("suspend"):
            return None
        try:
            return Schedule(text, zone)
        except ValueError as error:
            message = f'unparseable schedule: "{text}" : {error}'
            self.event(cron, "Warning", "UnparseableSchedule", message)
            return None

    async def _start(self, cron: Object, status: Object) -> None:
        schedule = self._schedule(cron)
        if schedule is None:
            return
        now = self.clock.now()
        due, missed = schedule.last_due(earliest(cron, now), now)
        if missed > MANY:
            self.event(
                cron, "Warning", "TooManyMissedTimes",
                "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or "
                "check clock skew",
            )  # fmt: skip
        if due is not None and self._may_start(cron, status, due, now):
            await self._replace_running(cron, status)
            await self._create(cron, status, due)
        wait = (schedule.next(now) - self.clock.now()).total_seconds()
        self.add_after(key_of(cron), wait + SKEW)

    def _may_start(self, cron: Object, status: Object, due: datetime, now: datetime) -> bool:
        deadline = cron["spec"].get("startingDeadlineSeconds")
        if deadline is not None and due + timedelta(seconds=deadline) < now:
            when = due.strftime("%a, %d %b %Y %H:%M:%S +0000")
            message = f"Missed scheduled time to start a job: {when}"
            self.event(cron, "Warning", "MissSchedule", message)
            return False
        last = status.get("lastScheduleTime")
        if last and parse_time(last) == due:
            return False
        if status.get("active") and cron["spec"].get("concurrencyPolicy") == "Forbid":
            self.event(
                cron, "Normal", "JobAlreadyActive",
                "Not starting job because prior execution is running and concurrency policy is "
                "Forbid",
            )  # fmt: skip
            return False
        return True

    async def _replace_running(self, cron: Object, status: Object) -> None:
        if cron["spec"].get("concurrencyPolicy") != "Replace":
            return
        for ref in status.pop("active", None) or []:
            await self._delete(cron, ref["name"])

    async def _create(self, cron: Object, status: Object, due: datetime) -> None:
        wanted = _job(cron, due)
        try:
            job = await self.client.create(JOBS, wanted)
        except StatusError as error:
            if error.reason != "AlreadyExists":
                if not namespace_ends(error):
                    message = f"Error creating job: {error}"
                    self.event(cron, "Warning", "FailedCreate", message)
                raise
            there = self.client.get(JOBS, name_of(wanted), namespace_of(wanted))
            ref = controller_of(there) if there else None
            if there is None or ref is None or ref["uid"] != cron["metadata"]["uid"]:
                return
            job = there
        else:
            self.event(cron, "Normal", "SuccessfulCreate", f"Created job {name_of(job)}")
        status["active"] = [*(status.get("active") or []), _reference(job)]
        status["lastScheduleTime"] = timestamp(due)

    # -- what is over ----------------------------------------------------------------------

    async def _forget(self, cron: Object, jobs: list[Object]) -> None:
        limits = (("Complete", "successfulJobsHistoryLimit", 3),
                  ("Failed", "failedJobsHistoryLimit", 1))  # fmt: skip
        for kind, field, default in limits:
            ended = [j for j in jobs if finished_as(j) == kind]
            ended.sort(key=lambda j: ((j.get("status") or {}).get("startTime", ""), name_of(j)))
            for job in ended[: max(0, len(ended) - cron["spec"].get(field, default))]:
                await self._delete(cron, name_of(job))

    async def _delete(self, cron: Object, name: str) -> None:
        try:
            await self.client.delete(JOBS, name, namespace_of(cron), propagation="Background")
        except StatusError as error:
            self.event(cron, "Warning", "FailedDelete", f"Deleted job: {error}")
            raise
        self.event(cron, "Normal", "SuccessfulDelete", f"Deleted job {name}")


def _job(cron: Object, due: datetime) -> Object:
    template = clone(cron["spec"]["jobTemplate"])
    made = template.get("metadata") or {}
    metadata = {
        "name": f"{name_of(cron)}-{int(due.timestamp()) // 60}",
        "namespace": namespace_of(cron), "labels": made.get("labels") or {},
        "annotations": (made.get("annotations") or {}) | {SCHEDULED_AT: _local(cron, due)},
        "ownerReferences": [owner_reference(cron, "batch/v1", "CronJob")],
    }  # fmt: skip
    return {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata,
        "spec": template["spec"],
    }  # fmt: skip


def _local(cron: Object, due: datetime) -> str:
    if not cron["spec"].get("timeZone"):
        return timestamp(due)
    return due.astimezone(zone_of(cron)).isoformat()


def _reference(job: Object) -> Object:
    metadata = job["metadata"]
    return {
        "apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"],
        "namespace": metadata["namespace"], "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
    }  # fmt: skip
