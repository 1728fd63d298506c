"""Pod templates: what every controller of pods needs to know of them."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden
from breakfix.embedded.kinds.checks import annotations_in
from breakfix.embedded.kinds.label_selectors import labels
from breakfix.embedded.kinds.metadata import validate_annotations
from breakfix.embedded.kinds.pod_annotations import validate_pod_annotations
from breakfix.embedded.kinds.pod_defaults import (
    default_pod,
    default_pod_spec,
    default_pod_template,
    drop_disabled_fields,
)
from breakfix.embedded.kinds.pod_spec import validate_pod_spec
from breakfix.embedded.kinds.pod_volumes import validate_claim_template
from breakfix.embedded.kinds.pod_warnings import pod_template_warnings
from breakfix.embedded.objects import Object

__all__ = [
    "default_pod",
    "default_pod_spec",
    "default_pod_template",
    "drop_disabled_fields",
    "pod_template_warnings",
    "validate_claim_template",
    "validate_pod_spec",
    "validate_pod_template",
]


def validate_pod_template(template: Object, path: str) -> list[FieldError]:
    """What is wrong with a defaulted PodTemplateSpec; path as `spec.template`."""
    spec = template.get("spec") or {}
    found = annotations_in(template)
    meta = template.get("metadata") or {}
    errors = list(labels(f"{path}.labels", meta.get("labels")))
    if found:
        errors += validate_annotations(found, f"{path}.annotations")
        errors += validate_pod_annotations(found, spec, f"{path}.annotations")
    errors += validate_pod_spec(spec, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        words = "ephemeral containers not allowed in pod template"
        errors.append(forbidden(f"{path}.spec.ephemeralContainers", words))
    return errors
