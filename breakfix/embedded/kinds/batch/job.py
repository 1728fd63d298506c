"""Jobs."""

from __future__ import annotations

from breakfix.embedded.fields import IMMUTABLE, FieldError, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.apps import template
from breakfix.embedded.kinds.batch import job_spec, job_status
from breakfix.embedded.kinds.checks import same
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object
from breakfix.embedded.schema.internal import internal

UID_LABELS = ("controller-uid", "batch.kubernetes.io/controller-uid")
NAME_LABELS = ("job-name", "batch.kubernetes.io/job-name")
_IMMUTABLE = (
    "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy",
)  # fmt: skip
_UNLIMITED = 2**31 - 1


class Jobs(Strategy):
    """jobs.batch."""

    orphans = True

    def default_(self, item: Object) -> None:
        """One pod, six retries; the template's labels where the Job has none."""
        spec = item.setdefault("spec", {})
        job_spec.default_spec(spec)
        _default_labels(item)
        if spec.get("completions") is None and spec.get("parallelism") is None:
            spec["completions"] = 1
        if spec.get("parallelism") is None:
            spec["parallelism"] = 1
        spec.setdefault("backoffLimit", _UNLIMITED if "backoffLimitPerIndex" in spec else 6)
        spec["completionMode"] = spec.get("completionMode") or "NonIndexed"
        spec.setdefault("suspend", False)
        policy = "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed"
        spec.setdefault("podReplacementPolicy", policy)
        spec.setdefault("manualSelector", False)

    def prepare_create(self, item: Object) -> None:
        """Select the pods by the Job's uid, unless the selector is the user's own."""
        item["status"] = {}
        if not item["spec"].get("manualSelector"):
            _generate_selector(item)
        _default_labels(item)

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        found = _validate_generated(item) + _validate_selected(spec)
        last = (spec.get("completions") or 0) - 1
        if spec["completionMode"] == "Indexed" and last >= 0:
            name = item["metadata"]["name"]
            if names.dns_label(f"{name}-{last}"):
                why = f"will not able to create pod with invalid DNS label: {name}-{last}"
                found.append(invalid("metadata.name", name, why))
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        spec, before = item["spec"], old["spec"]
        found = self.validate(item)
        found += _validate_completions(spec, before)
        found += checks.immutable("spec.selector", spec.get("selector"), before.get("selector"))
        kept = _movable(spec, before) if _may_move(old) else before["template"]
        if not same(spec["template"], kept):
            template = internal("core.PodTemplateSpec", spec["template"])
            found.append(invalid("spec.template", template, IMMUTABLE))
        for name in _IMMUTABLE:
            found += checks.immutable(f"spec.{name}", spec.get(name), before.get(name))
        return found

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        return job_status.validate_status(item, old)

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        return template.warnings(item, old)

    def selectable(self, item: Object) -> dict[str, str]:
        return {"status.successful": str((item.get("status") or {}).get("succeeded", 0))}


def _default_labels(item: Object) -> None:
    """A Job without labels shows those of its template, also the generated ones."""
    labels = template.labels_of(item["spec"]["template"])
    if labels and not item["metadata"].get("labels"):
        item["metadata"]["labels"] = dict(labels)


def _generate_selector(item: Object) -> None:
    spec, meta = item["spec"], item["metadata"]
    labels = spec["template"].setdefault("metadata", {}).get("labels") or {}
    for keys, value in ((UID_LABELS, meta.get("uid", "")), (NAME_LABELS, meta.get("name", ""))):
        for key in keys:
            labels.setdefault(key, value)
    spec["template"]["metadata"]["labels"] = labels
    selector = spec.get("selector") or {}
    matched = selector.get("matchLabels") or {}
    matched.setdefault(UID_LABELS[1], meta.get("uid", ""))
    spec["selector"] = {**selector, "matchLabels": matched}


def _validate_generated(item: Object) -> list[FieldError]:
    spec, meta = item["spec"], item["metadata"]
    selector = spec.get("selector")
    if spec.get("manualSelector") or selector is None:
        return []
    found = [] if meta.get("uid") else [required("metadata.uid")]
    labels = template.labels_of(spec["template"]) or {}
    path = "spec.template.metadata"
    wanted: dict[str, str] = {}
    for uid, name in zip(UID_LABELS, NAME_LABELS, strict=True):
        wanted |= {uid: meta.get("uid", ""), name: meta.get("name", "")}
    for key, value in wanted.items():
        if key not in labels:
            found.append(required(f"{path}.labels[{key}]", f"must be '{value}'"))
        elif labels[key] != value:
            found.append(invalid(f"{path}.labels[{key}]", labels[key], f"must be '{value}'"))
    if checks.selects(selector, wanted) is False:
        found.append(invalid("spec.selector", selector, "`selector` not auto-generated"))
    return found


def _validate_selected(spec: Object) -> list[FieldError]:
    found = job_spec.validate_spec(spec, "spec")
    if spec.get("selector") is None:
        return [*found, required("spec.selector")]
    found += checks.label_selector("spec.selector", spec["selector"])
    return found + template.validate_match(spec, "spec")


def _validate_completions(spec: Object, old: Object) -> list[FieldError]:
    new, before = spec.get("completions"), old.get("completions")
    if spec["completionMode"] != "Indexed":
        return checks.immutable("spec.completions", new, before)
    if new in (before, None) or new == spec.get("parallelism"):
        return []
    why = "can only be modified in tandem with spec.parallelism"
    return [invalid("spec.completions", new, why)]


def _may_move(old: Object) -> bool:
    """Is it suspended and was never started? Then where its pods go may still change."""
    return bool(old["spec"].get("suspend")) and "startTime" not in (old.get("status") or {})


def _movable(spec: Object, old: Object) -> Object:
    """The old template with the new one's scheduling directives, labels and annotations."""
    new, before = spec["template"], old["template"]
    pod = dict(before["spec"])
    for name in ("nodeSelector", "tolerations", "schedulingGates"):
        _take(pod, new["spec"], name)
    affinity = dict(pod.get("affinity") or {})
    _take(affinity, new["spec"].get("affinity") or {}, "nodeAffinity")
    pod["affinity"] = affinity
    if not affinity and not new["spec"].get("affinity"):
        _take(pod, new["spec"], "affinity")
    meta = dict(before.get("metadata") or {})
    for name in ("labels", "annotations"):
        _take(meta, new.get("metadata") or {}, name)
    return {**before, "metadata": meta, "spec": pod}


def _take(into: Object, source: Object, name: str) -> None:
    if name in source:
        into[name] = source[name]
    else:
        into.pop(name, None)
