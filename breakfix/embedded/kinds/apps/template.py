"""What the workloads share: their pod template and their selector."""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.embedded.fields import FieldError, forbidden, invalid, required
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.objects import Object

MISMATCH = "`selector` does not match template `labels`"
_ABOVE = "cannot be greater than status.replicas"


def default_template(template: Object) -> None:
    """Fill in a pod template in place."""
    from breakfix.embedded.kinds.pod_template import default_pod_spec

    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))


def validate_template(template: Object, path: str) -> list[FieldError]:
    """What is wrong with a pod template."""
    from breakfix.embedded.kinds.pod_template import validate_pod_template

    return validate_pod_template(template, path)


def labels_of(template: Object) -> dict[str, str] | None:
    """The labels that the pods will have."""
    found: dict[str, str] | None = (template.get("metadata") or {}).get("labels")
    return found


def validate_selector(spec: Object, path: str, kind: str) -> list[FieldError]:
    """The selector is there, well-formed and not empty."""
    selector = spec.get("selector")
    if selector is None:
        return [required(f"{path}.selector")]
    found = checks.label_selector(f"{path}.selector", selector)
    if checks.is_empty(selector):
        why = f"empty selector is invalid for {kind}"
        found.append(invalid(f"{path}.selector", selector, why))
    return found


def validate_match(spec: Object, path: str, wrong: str = "") -> list[FieldError]:
    """The selector matches the template; `wrong` is said of a malformed selector."""
    selector, template = spec.get("selector"), spec.get("template") or {}
    matches = checks.selects(selector, labels_of(template)) if selector is not None else False
    if matches is None:
        return [invalid(f"{path}.selector", selector, wrong)] if wrong else []
    if matches:
        return []
    field = f"{path}.template.metadata.labels"
    labels = labels_of(template)
    return [invalid(field, dict(sorted(labels.items())) if labels else None, MISMATCH)]


def validate_lasting(template: Object, path: str, kind: str) -> list[FieldError]:
    """Pods of a workload that never ends: always restarted, without a deadline."""
    spec, found = template.get("spec") or {}, []
    if spec.get("restartPolicy") != "Always":
        field, value = f"{path}.spec.restartPolicy", spec.get("restartPolicy", "")
        found.append(checks.unsupported(field, value, ["Always"]))
    if spec.get("activeDeadlineSeconds") is not None:
        why = f"activeDeadlineSeconds in {kind} is not Supported"
        found.append(forbidden(f"{path}.spec.activeDeadlineSeconds", why))
    return found


def validate_counts(
    status: Object, counted: Iterable[str], within: Iterable[str]
) -> list[FieldError]:
    """The counts of a status; those of `within` are parts of `replicas`."""
    found = checks.all_non_negative("status", status, counted)
    total = status.get("replicas", 0)
    for name in within:
        if status.get(name, 0) > total:
            found.append(invalid(f"status.{name}", status[name], _ABOVE))
    if status.get("availableReplicas", 0) > status.get("readyReplicas", 0):
        why = "cannot be greater than readyReplicas"
        found.append(invalid("status.availableReplicas", status["availableReplicas"], why))
    return found


def validate_collisions(status: Object, old: Object) -> list[FieldError]:
    """The collision count only grows."""
    if status.get("collisionCount", 0) >= old.get("collisionCount", 0):
        return []
    value = status.get("collisionCount", 0)
    return [invalid("status.collisionCount", value, "cannot be decremented")]


def warnings(item: Object, old: Object | None) -> list[str]:
    """Warnings about a workload's name and template, where they are new or changed."""
    before = old["spec"]["template"] if old else None
    found = checks.name_warnings(item) if old is None else []
    return found + template_warnings(item["spec"]["template"], "spec.template", before)


def template_warnings(template: Object, path: str, old: Object | None) -> list[str]:
    """Warnings about a template that is new or changed."""
    from breakfix.embedded.kinds.pod_template import pod_template_warnings

    return [] if old is not None and old == template else pod_template_warnings(template, path)
