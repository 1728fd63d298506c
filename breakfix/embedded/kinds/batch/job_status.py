"""Which changes of a Job's status the API accepts."""

from __future__ import annotations

from breakfix.embedded.fields import IMMUTABLE, FieldError, invalid, required
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.batch.job_policies import count_indexes
from breakfix.embedded.objects import Object, condition

_COUNTED = ("active", "succeeded", "failed", "ready", "terminating")
_CONDITIONS = "status.conditions"


def _is(item: Object, kind: str) -> bool:
    return (condition(item, kind) or {}).get("status") == "True"


def _conflict(detail: str) -> FieldError:
    return FieldError(_CONDITIONS, "Invalid value", detail=detail)


def validate_status(item: Object, old: Object) -> list[FieldError]:
    """What is wrong with the new status of a Job."""
    status = item.get("status") or {}
    found = checks.all_non_negative("status", status, _COUNTED)
    found += _validate_conditions(item, old)
    found += _validate_finished(item, old)
    found += _validate_times(item, old)
    found += _validate_indexes(item, old)
    return found + _validate_counters(item, old)


def _validate_conditions(item: Object, old: Object) -> list[FieldError]:
    complete, failed = _is(item, "Complete"), _is(item, "Failed")
    target, met = _is(item, "FailureTarget"), _is(item, "SuccessCriteriaMet")
    new_failed = failed and not _is(old, "Failed")
    new_complete = complete and not _is(old, "Complete")
    wrong = {
        "cannot set Complete=True and Failed=true conditions": complete and failed,
        "cannot set Complete=True and FailureTarget=true conditions": complete and target,
        "cannot set Failed=True condition without the FailureTarget=true condition":
            new_failed and not target,
        "cannot set Complete=True condition without the SuccessCriteriaMet=true condition":
            new_complete and not met,
        "cannot set SuccessCriteriaMet=True and Failed=true conditions": met and failed,
        "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions": met and target,
        "cannot disable the SuccessCriteriaMet=True condition":
            _is(old, "SuccessCriteriaMet") and not met,
    }  # fmt: skip
    found = [_conflict(why) for why, true in wrong.items() if true]
    lasting = ("Failed", "Complete", "FailureTarget")
    lost = [kind for kind in lasting if _is(old, kind) and not _is(item, kind)]
    return found + [_conflict(f"cannot disable the terminal {k}=True condition") for k in lost]


def _finished(item: Object) -> bool:
    return _is(item, "Complete") or _is(item, "Failed")


def _changed(item: Object, old: Object, name: str) -> bool:
    new, before = item.get("status") or {}, old.get("status") or {}
    return bool(new.get(name) != before.get(name))


def _validate_finished(item: Object, old: Object) -> list[FieldError]:
    status = item.get("status") or {}
    if not _finished(item):
        return []
    begins, found = not _finished(old), []
    for name in ("active", "terminating"):
        if status.get(name, 0) > 0 and (begins or _changed(item, old, name)):
            why = f"{name}>0 is invalid for finished job"
            found.append(invalid(f"status.{name}", status[name], why))
    uncounted = status.get("uncountedTerminatedPods") or {}
    if uncounted.get("failed") or uncounted.get("succeeded"):
        why = "must be empty for finished job"
        found.append(invalid("status.uncountedTerminatedPods", uncounted, why))
    idle = item["spec"].get("suspend") and item["spec"].get("completions") == 0
    if "startTime" not in status and not idle and (begins or _changed(item, old, "startTime")):
        found.append(required("status.startTime", "startTime is required for finished job"))
    return found


def _validate_times(item: Object, old: Object) -> list[FieldError]:
    status, before = item.get("status") or {}, old.get("status") or {}
    start, end = status.get("startTime"), status.get("completionTime")
    field, found = "status.completionTime", []
    if end is not None and not _is(item, "Complete"):
        why = "cannot set completionTime when there is no Complete=True condition"
        found.append(invalid(field, end, why))
    if end is None and _is(item, "Complete"):
        found.append(required(field, "completionTime is required for Complete jobs"))
    if start and end and end < start:
        found.append(invalid(field, end, "must be equal to or after `startTime`"))
    if end and before.get("completionTime") and end != before["completionTime"]:
        found.append(invalid(field, end, IMMUTABLE))
    resumes = _is(old, "Suspended") and not _is(item, "Suspended")
    moved = before.get("startTime") and start != before["startTime"]
    if moved and not item["spec"].get("suspend") and not resumes:
        why = "startTime cannot be removed for unsuspended job"
        found.append(required("status.startTime", why))
    return found


def _validate_indexes(item: Object, old: Object) -> list[FieldError]:
    spec, status = item["spec"], item.get("status") or {}
    found = []
    for name in ("completedIndexes", "failedIndexes"):
        text = status.get(name)
        if not text or not _changed(item, old, name) or spec.get("completions") is None:
            continue
        try:
            count_indexes(text, spec["completions"])
        except ValueError as error:
            found.append(invalid(f"status.{name}", text, f"error parsing {name}: {error}"))
    indexed = spec.get("completionMode") == "Indexed"
    if status.get("completedIndexes") and not indexed and _changed(item, old, "completedIndexes"):
        why = "cannot set non-empty completedIndexes when non-indexed completion mode"
        found.append(invalid("status.completedIndexes", status["completedIndexes"], why))
    failed = status.get("failedIndexes")
    if failed is not None and spec.get("backoffLimitPerIndex") is None:
        why = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        found.append(invalid("status.failedIndexes", failed, why))
    return found


def _validate_counters(item: Object, old: Object) -> list[FieldError]:
    spec, status, before = item["spec"], item.get("status") or {}, old.get("status") or {}
    found = []
    if status.get("ready", 0) > status.get("active", 0):
        why = "cannot set more ready pods than active"
        if _changed(item, old, "ready") or _changed(item, old, "active"):
            found.append(invalid("status.ready", status["ready"], why))
    elastic = spec.get("completionMode") == "Indexed" and (
        spec.get("completions") == spec.get("parallelism")
    )
    for name in ("failed", "succeeded"):
        if status.get(name, 0) < before.get(name, 0) and (name == "failed" or not elastic):
            why = f"cannot decrease the {name} counter"
            found.append(invalid(f"status.{name}", status.get(name, 0), why))
    return found
