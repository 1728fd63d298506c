"""CronJobs."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.apps import template
from breakfix.embedded.kinds.batch import job_spec, schedule
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_LONGEST_NAME = 52
_POLICIES = ("Allow", "Forbid", "Replace")
_ZONE_WARNING = (
    "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see "
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
)


class CronJobs(Strategy):
    """cronjobs.batch."""

    def default_(self, item: Object) -> None:
        """Overlapping runs allowed; three good and one failed Job kept."""
        spec = item.setdefault("spec", {})
        spec["concurrencyPolicy"] = spec.get("concurrencyPolicy") or "Allow"
        spec.setdefault("suspend", False)
        spec.setdefault("successfulJobsHistoryLimit", 3)
        spec.setdefault("failedJobsHistoryLimit", 1)
        made = spec.setdefault("jobTemplate", {})
        made.setdefault("metadata", {})
        job_spec.default_spec(made.setdefault("spec", {}))

    def prepare_create(self, item: Object) -> None:
        item["status"] = {}

    def validate(self, item: Object) -> list[FieldError]:
        name = item["metadata"].get("name", "")
        found = _validate_spec(item["spec"], None)
        if len(name) > _LONGEST_NAME:
            why = f"must be no more than {_LONGEST_NAME} characters"
            found.append(invalid("metadata.name", name, why))
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return _validate_spec(item["spec"], old["spec"])

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        path = "spec.jobTemplate.spec.template"
        before = old["spec"]["jobTemplate"]["spec"]["template"] if old else None
        made = item["spec"]["jobTemplate"]["spec"]["template"]
        found = checks.name_warnings(item) if old is None else []
        found += template.template_warnings(made, path, before)
        zoned = old is not None and "TZ" in item["spec"].get("schedule", "")
        return found + ([_ZONE_WARNING] if zoned else [])


def _validate_spec(spec: Object, old: Object | None) -> list[FieldError]:
    before = old.get("schedule", "") if old is not None else None
    zone = spec.get("timeZone")
    found = schedule.validate_schedule("spec.schedule", spec.get("schedule", ""), zone, before)
    limits = ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    found += checks.all_non_negative("spec", spec, limits[:1])
    if old is None or old.get("timeZone") != zone:
        found += schedule.validate_zone("spec.timeZone", zone)
    found += checks.one_of("spec.concurrencyPolicy", spec["concurrencyPolicy"], _POLICIES)
    found += _validate_template(spec["jobTemplate"]["spec"], "spec.jobTemplate.spec")
    return found + checks.all_non_negative("spec", spec, limits[1:])


def _validate_template(spec: Object, path: str) -> list[FieldError]:
    found = job_spec.validate_spec(spec, path)
    if spec.get("selector") is not None:
        why = "`selector` will be auto-generated"
        found.append(invalid(f"{path}.selector", spec["selector"], why))
    if spec.get("manualSelector"):
        found.append(checks.unsupported(f"{path}.manualSelector", True, ("nil", "false")))
    return found
