"""When is a Job over, and how?"""

from __future__ import annotations

from datetime import datetime

from breakfix.embedded.clock import Clock
from breakfix.embedded.controllers.job_facts import (
    backoff_limit,
    is_failed,
    is_indexed,
    is_suspended,
    per_index,
    restart_failures,
)
from breakfix.embedded.controllers.job_policies import failure_action, success_rule
from breakfix.embedded.controllers.job_tally import Tally
from breakfix.embedded.controllers.writes import new_condition
from breakfix.embedded.objects import Object, condition, parse_time, timestamp


def job_condition(clock: Clock, kind: str, reason: str, message: str) -> Object:
    """A condition that is true, which here also has a lastProbeTime."""
    found = new_condition(clock, kind, "True", reason, message)
    return found | {"lastProbeTime": timestamp(clock.now())}


def verdict(clock: Clock, tally: Tally) -> Object | None:
    """The condition SuccessCriteriaMet, FailureTarget or Failed by which it ends, or None."""
    for kind, then in (("SuccessCriteriaMet", "SuccessCriteriaMet"), ("FailureTarget", "Failed")):
        known = condition(tally.job, kind)
        if known and known["status"] == "True":
            return job_condition(clock, then, known["reason"], known["message"])
    failure = _failure(tally, clock.now())
    if failure:
        return job_condition(clock, "FailureTarget", *failure)
    rule = success_rule(tally.job, tally.succeeded_indexes) if is_indexed(tally.job) else ""
    if rule:
        return job_condition(clock, "SuccessCriteriaMet", "SuccessPolicy", rule)
    return None


def _failure(tally: Tally, now: datetime) -> tuple[str, str] | None:
    job = tally.job
    for pod in tally.pods:
        if is_failed(job, pod):
            action, message = failure_action(job, pod)
            if action == "FailJob":
                return "PodFailurePolicy", message
    if tally.failed > backoff_limit(job) or _restarts_exceed(tally):
        return "BackoffLimitExceeded", "Job has reached the specified backoff limit"
    left = deadline_in(tally, now)
    if left is not None and left <= 0:
        return "DeadlineExceeded", "Job was active longer than specified deadline"
    return _failed_indexes(tally)


def _restarts_exceed(tally: Tally) -> bool:
    if tally.job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    count, limit = restart_failures(tally.pods), backoff_limit(tally.job)
    return count > 0 and count >= limit


def _failed_indexes(tally: Tally) -> tuple[str, str] | None:
    if per_index(tally.job) is None:
        return None
    failed, most = len(tally.failed_indexes), tally.job["spec"].get("maxFailedIndexes")
    if most is not None and failed > most:
        return (
            "MaxFailedIndexesExceeded",
            "Job has exceeded the specified maximal number of failed indexes",
        )
    if failed and failed + tally.succeeded >= tally.completions:
        return "FailedIndexes", "Job has failed indexes"
    return None


def deadline_in(tally: Tally, now: datetime) -> float | None:
    """Seconds until activeDeadlineSeconds is over; None where it does not count."""
    seconds, start = tally.job["spec"].get("activeDeadlineSeconds"), tally.status.get("startTime")
    if seconds is None or start is None or is_suspended(tally.job):
        return None
    return float(seconds) - (now - parse_time(start)).total_seconds()


def is_complete(tally: Tally, active: int) -> bool:
    """Have enough pods succeeded, with none left running?"""
    wanted = tally.job["spec"].get("completions")
    if wanted is None:
        return tally.succeeded > 0 and active == 0
    return tally.succeeded >= int(wanted) and active == 0
