"""Job specs, of Jobs and inside CronJobs."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid, required
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.apps import template
from breakfix.embedded.kinds.batch import job_policies
from breakfix.embedded.objects import Object

_COUNTED = (
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
    "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes",
)  # fmt: skip
_MOST_PARALLEL, _LONGEST_MANAGER = 100_000, 63


def default_spec(spec: Object) -> None:
    """What a Job spec gets wherever it stands."""
    template.default_template(spec.setdefault("template", {}))
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or []:
        for pattern in rule.get("onPodConditions") or []:
            pattern["status"] = pattern.get("status") or "True"


def validate_spec(spec: Object, path: str) -> list[FieldError]:
    """What is wrong with a Job spec, its selector apart."""
    found = checks.all_non_negative(path, spec, _COUNTED)
    manager = spec.get("managedBy")
    if manager is not None:
        found += checks.domain_path(f"{path}.managedBy", manager)
        if len(manager) > _LONGEST_MANAGER:
            found.append(
                FieldError(
                    f"{path}.managedBy",
                    "Too long",
                    detail=f"may not be more than {_LONGEST_MANAGER} bytes",
                )
            )
    found += _validate_mode(spec, path)
    if spec.get("podFailurePolicy"):
        found += job_policies.validate_failure_policy(spec, f"{path}.podFailurePolicy")
    if spec.get("successPolicy"):
        found += job_policies.validate_success_policy(spec, f"{path}.successPolicy")
    found += _validate_replacement(spec, path)
    found += template.validate_template(spec["template"], f"{path}.template")
    return found + _validate_restart(spec, f"{path}.template.spec.restartPolicy")


def _validate_mode(spec: Object, path: str) -> list[FieldError]:
    mode = spec.get("completionMode")
    if mode not in (None, "Indexed", "NonIndexed"):
        return [checks.unsupported(f"{path}.completionMode", mode, ("NonIndexed", "Indexed"))]
    if mode == "Indexed":
        return _validate_indexed(spec, path)
    why = "requires indexed completion mode"
    given = [n for n in ("backoffLimitPerIndex", "maxFailedIndexes") if spec.get(n) is not None]
    return [invalid(f"{path}.{name}", spec[name], why) for name in given]


def _validate_indexed(spec: Object, path: str) -> list[FieldError]:
    completions, failed = spec.get("completions"), spec.get("maxFailedIndexes")
    found = []
    if completions is None:
        found.append(required(f"{path}.completions", "when completion mode is Indexed"))
    if (spec.get("parallelism") or 0) > _MOST_PARALLEL:
        why = f"must be less than or equal to {_MOST_PARALLEL} when completion mode is Indexed"
        found.append(invalid(f"{path}.parallelism", spec["parallelism"], why))
    if failed is not None and spec.get("backoffLimitPerIndex") is None:
        why = "when maxFailedIndexes is specified"
        found.append(required(f"{path}.backoffLimitPerIndex", why))
    if failed is not None and completions is not None and failed > completions:
        why = "must be less than or equal to completions"
        found.append(invalid(f"{path}.maxFailedIndexes", failed, why))
    return found


def _validate_replacement(spec: Object, path: str) -> list[FieldError]:
    value = spec.get("podReplacementPolicy")
    if value is None:
        return []
    known = ("Failed",) if spec.get("podFailurePolicy") else ("Failed", "TerminatingOrFailed")
    return checks.one_of(f"{path}.podReplacementPolicy", value, known)


def _validate_restart(spec: Object, field: str) -> list[FieldError]:
    value = (spec["template"].get("spec") or {}).get("restartPolicy", "")
    if value in ("", "Always"):
        return [required(field, 'valid values: "OnFailure", "Never"')]
    if value not in ("OnFailure", "Never"):
        return [checks.unsupported(field, value, ("OnFailure", "Never"))]
    if spec.get("podFailurePolicy") and value != "Never":
        why = 'only "Never" is supported when podFailurePolicy is specified'
        return [invalid(field, value, why)]
    return []
