"""Pods."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden
from breakfix.embedded.kinds.checks import Errors, annotations_in, same
from breakfix.embedded.kinds.core import pod_update
from breakfix.embedded.kinds.core.pod_match_labels import merge_match_labels
from breakfix.embedded.kinds.core.pod_qos import qos_class
from breakfix.embedded.kinds.core.pod_status import keep_generations, validate_pod_status
from breakfix.embedded.kinds.pod_annotations import (
    validate_pod_annotations,
    validate_pod_annotations_update,
)
from breakfix.embedded.kinds.pod_containers import validate_image
from breakfix.embedded.kinds.pod_defaults import default_pod, drop_disabled_fields
from breakfix.embedded.kinds.pod_spec import validate_pod_spec
from breakfix.embedded.kinds.pod_warnings import pod_warnings
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_OVER = ("Failed", "Succeeded")
_GATED = {
    "type": "PodScheduled", "status": "False", "lastProbeTime": None,
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}  # fmt: skip


def validate_pod(pod: Object) -> list[FieldError]:
    """What is wrong with a pod beyond its metadata, new or changed."""
    spec, meta = pod["spec"], pod["metadata"]
    errors: list[FieldError] = []
    if found := annotations_in(pod):
        errors += validate_pod_annotations(found, spec, "metadata.annotations")
    errors += validate_pod_spec(spec, "spec", meta.get("name", ""), is_pod=True)
    errors += _tokens_without_account(spec)
    for group in ("containers", "initContainers"):
        for i, container in enumerate(spec.get(group) or ()):
            errors += validate_image(container, f"spec.{group}[{i}]")
    return errors


def _tokens_without_account(spec: Object) -> Errors:
    if spec.get("serviceAccountName"):
        return
    for i, volume in enumerate(spec.get("volumes") or ()):
        for j, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
            if source.get("serviceAccountToken") is not None:
                at = f"spec.volumes[{i}].projected.sources[{j}].serviceAccountToken"
                yield forbidden(at, "must not be specified when serviceAccountName is not set")


class Pods(Strategy):
    """metadata.generation counts changes of the spec, of all subresources too."""

    returns_deleted = True
    status_keeps = ("ownerReferences",)
    graceful = True

    def default_(self, item: Object) -> None:
        default_pod(item)

    def prepare_create(self, item: Object) -> None:
        spec = item["spec"]
        item["status"] = {"phase": "Pending", "qosClass": qos_class(spec)}
        drop_disabled_fields(spec)
        if account := spec.get("serviceAccountName"):
            spec["serviceAccount"] = account
        if spec.get("schedulingGates"):
            created = item["metadata"].get("creationTimestamp")
            item["status"]["conditions"] = [_GATED | {"lastTransitionTime": created}]
        merge_match_labels(item)

    def prepare_update(self, item: Object, old: Object) -> None:
        del old
        drop_disabled_fields(item["spec"])

    def prepare_status_update(self, item: Object, old: Object) -> None:
        meta = item["metadata"]
        if owners := old["metadata"].get("ownerReferences"):
            meta["ownerReferences"] = owners
        else:
            meta.pop("ownerReferences", None)
        status, was = item.setdefault("status", {}), old.get("status") or {}
        if not status.get("qosClass") and was.get("qosClass"):
            status["qosClass"] = was["qosClass"]
        keep_generations(status, was)

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        errors = validate_pod(item)
        if spec.get("ephemeralContainers"):
            errors.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
        if spec.get("nodeName") and spec.get("schedulingGates"):
            words = "cannot be set until all schedulingGates have been cleared"
            errors.append(forbidden("spec.nodeName", words))
        return errors

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        errors = [] if same(item["spec"], old["spec"]) else validate_pod(item)
        errors += _changed_annotations(item, old)
        return errors + pod_update.validate_pod_update(item, old)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        return _changed_annotations(item, old) + validate_pod_status(item, old)

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        return pod_warnings(item) if old is None else []

    def selectable(self, item: Object) -> dict[str, str]:
        spec, status = item.get("spec") or {}, item.get("status") or {}
        ips = status.get("podIPs") or [{}]
        return {
            "spec.nodeName": spec.get("nodeName", ""),
            "spec.restartPolicy": spec.get("restartPolicy", ""),
            "spec.schedulerName": spec.get("schedulerName", ""),
            "spec.serviceAccountName": spec.get("serviceAccountName", ""),
            "spec.hostNetwork": "true" if spec.get("hostNetwork") else "false",
            "status.phase": status.get("phase", ""),
            "status.podIP": ips[0].get("ip", ""),
            "status.nominatedNodeName": status.get("nominatedNodeName", ""),
        }

    def deletion_grace(self, item: Object, asked: int | None) -> int:
        spec = item.get("spec") or {}
        if not spec.get("nodeName") or (item.get("status") or {}).get("phase") in _OVER:
            return 0
        seconds = spec.get("terminationGracePeriodSeconds") or 0 if asked is None else asked
        return 1 if seconds < 0 else int(seconds)


def _changed_annotations(item: Object, old: Object) -> list[FieldError]:
    new, was = annotations_in(item), annotations_in(old)
    if new == was:
        return []
    errors = list(validate_pod_annotations_update(new, was, "metadata.annotations"))
    errors += validate_pod_annotations(new, item["spec"], "metadata.annotations")
    return errors


class PodResize(Pods):
    """pods/resize: only the resources of containers change."""

    def prepare_update(self, item: Object, old: Object) -> None:
        pod_update.keep_all_but_resources(item, old)

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return validate_pod(item) + pod_update.validate_resize(item, old)


class PodEphemeralContainers(Pods):
    """pods/ephemeralcontainers: containers are only added."""

    def prepare_update(self, item: Object, old: Object) -> None:
        added = item["spec"].get("ephemeralContainers")
        item["spec"] = {**old["spec"], **({"ephemeralContainers": added} if added else {})}
        if not added:
            item["spec"].pop("ephemeralContainers", None)
        item["status"] = old.get("status") or {}

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return validate_pod(item) + pod_update.validate_ephemeral_update(item, old)
