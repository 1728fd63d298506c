"""ReplicationControllers and PodTemplates."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid, required
from breakfix.embedded.kinds.checks import Errors, non_negative, unsupported
from breakfix.embedded.kinds.pod_template import (
    default_pod_template,
    drop_disabled_fields,
    pod_template_warnings,
    validate_pod_template,
)
from breakfix.embedded.kinds.pod_warnings import controller_name_warnings
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas",
           "observedGeneration")  # fmt: skip


class ReplicationControllers(Strategy):
    """The selector and the labels default to those of the template."""

    def default_(self, item: Object) -> None:
        spec = item.setdefault("spec", {})
        template = spec.get("template")
        if template is not None:
            labels = (template.get("metadata") or {}).get("labels")
            if labels:
                spec["selector"] = spec.get("selector") or dict(labels)
                item["metadata"]["labels"] = item["metadata"].get("labels") or dict(labels)
            default_pod_template(template)
        if spec.get("replicas") is None:
            spec["replicas"] = 1
        item.setdefault("status", {}).setdefault("replicas", 0)

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"replicas": 0}
        _drop(item["spec"])

    def prepare_update(self, item: Object, old: Object) -> None:
        del old
        _drop(item["spec"])

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        errors = list(non_negative("spec.minReadySeconds", spec.get("minReadySeconds")))
        if not spec.get("selector"):
            errors.append(required("spec.selector"))
        errors += non_negative("spec.replicas", spec.get("replicas"))
        return errors + _template(spec)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        return list(_counts(item.get("status") or {}))

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        found = controller_name_warnings(item) if old is None else []
        template = item["spec"].get("template") or {}
        if old is not None and old["spec"].get("template") == template:
            return found
        return found + pod_template_warnings(template, "spec.template")

    def selectable(self, item: Object) -> dict[str, str]:
        return {"status.replicas": str((item.get("status") or {}).get("replicas", 0))}


def _drop(spec: Object) -> None:
    if template := spec.get("template"):
        drop_disabled_fields(template.get("spec") or {})


def _template(spec: Object) -> list[FieldError]:
    template, at = spec.get("template"), "spec.template"
    if template is None:
        return [required(at)]
    errors: list[FieldError] = []
    labels = (template.get("metadata") or {}).get("labels") or {}
    if any(labels.get(k) != v for k, v in (spec.get("selector") or {}).items()):
        words = "`selector` does not match template `labels`"
        errors.append(invalid(f"{at}.metadata.labels", dict(sorted(labels.items())) or None, words))
    errors += validate_pod_template(template, at)
    pod = template.get("spec") or {}
    if (policy := pod.get("restartPolicy", "")) != "Always":
        errors.append(unsupported(f"{at}.spec.restartPolicy", policy, ("Always",)))
    if pod.get("activeDeadlineSeconds") is not None:
        words = "activeDeadlineSeconds in ReplicationController is not Supported"
        errors.append(forbidden(f"{at}.spec.activeDeadlineSeconds", words))
    return errors


def _counts(status: Object) -> Errors:
    for field in _COUNTS:
        yield from non_negative(f"status.{field}", status.get(field))
    replicas, ready = status.get("replicas", 0), status.get("readyReplicas", 0)
    for field in ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"):
        if (found := status.get(field, 0)) > replicas:
            yield invalid(f"status.{field}", found, "cannot be greater than status.replicas")
    if (available := status.get("availableReplicas", 0)) > ready:
        yield invalid("status.availableReplicas", available, "cannot be greater than readyReplicas")


class PodTemplates(Strategy):
    """A template by itself."""

    returns_deleted = True

    def default_(self, item: Object) -> None:
        default_pod_template(item.setdefault("template", {}))

    def prepare_create(self, item: Object) -> None:
        drop_disabled_fields(item["template"].get("spec") or {})

    def validate(self, item: Object) -> list[FieldError]:
        return validate_pod_template(item["template"], "template")

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        if old is not None and old.get("template") == item["template"]:
            return []
        return pod_template_warnings(item["template"], "template")
