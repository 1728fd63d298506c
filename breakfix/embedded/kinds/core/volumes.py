"""PersistentVolumes."""

from __future__ import annotations

from breakfix.embedded.clock import SystemClock
from breakfix.embedded.fields import FieldError, forbidden, invalid, not_supported, required
from breakfix.embedded.kinds import pod_volume_sources as sources
from breakfix.embedded.kinds import resource_names as resources
from breakfix.embedded.kinds.checks import Errors, immutable, one_of, same, set_or_drop
from breakfix.embedded.kinds.claims import VOLUME_MODES, access_modes, class_name
from breakfix.embedded.kinds.core.diffs import spec_diff
from breakfix.embedded.kinds.core.volume_csi import csi, local
from breakfix.embedded.kinds.pod_defaults import round_quantities
from breakfix.embedded.kinds.pod_scheduling import validate_node_selector
from breakfix.embedded.kinds.pod_volume_defaults import default_source
from breakfix.embedded.kinds.pod_volume_warnings import gone_warnings
from breakfix.embedded.kinds.pod_warnings import node_term_warnings
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, timestamp

_RECLAIM = ("Delete", "Recycle", "Retain")
_CHECKS = sources.COMMON | {"local": ("local", local), "csi": ("csi", csi)}
_ORDER = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd",
    "quobyte", "cephfs", "iscsi", "cinder", "fc", "flexVolume", "azureFile", "vsphereVolume",
    "photonPersistentDisk", "portworxVolume", "azureDisk", "scaleIO", "local", "storageos", "csi",
)  # fmt: skip
_CHANGED = "lastPhaseTransitionTime"


def _source(spec: Object) -> Object:
    return {kind: spec[kind] for kind in _ORDER if spec.get(kind) is not None}


class PersistentVolumes(Strategy):
    """The status' phase carries the time of its last change."""

    returns_deleted = True
    has_generation = False

    def default_(self, item: Object) -> None:
        spec = item.setdefault("spec", {})
        status = item.setdefault("status", {})
        status["phase"] = status.get("phase") or "Pending"
        policy = "persistentVolumeReclaimPolicy"
        spec[policy] = spec.get(policy) or "Retain"
        spec.setdefault("volumeMode", "Filesystem")
        if capacity := spec.get("capacity"):
            round_quantities(capacity)
        default_source(spec)

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"phase": "Pending"}
        now = item["metadata"].get("creationTimestamp") or _now()
        item["status"][_CHANGED] = now

    def prepare_status_update(self, item: Object, old: Object) -> None:
        status, was = item.setdefault("status", {}), old.get("status") or {}
        if status.get("phase") == was.get("phase"):
            set_or_drop(status, _CHANGED, status.get(_CHANGED) or was.get(_CHANGED))
        elif status.get(_CHANGED) in (None, was.get(_CHANGED)):
            status[_CHANGED] = _now()

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        return [*_modes(spec), *_capacity(spec), *_volume(spec), *_classes(spec)]

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        spec, was = item["spec"], old["spec"]
        errors = self.validate(item)
        before, after = _source(was), _source(spec)
        if "csi" in before and "csi" in after:
            added = "controllerExpandSecretRef"
            if added not in before["csi"]:
                after["csi"] = {k: v for k, v in after["csi"].items() if k != added}
        if not same(before, after):
            words = "spec.persistentvolumesource is immutable after creation"
            diff = spec_diff("core.PersistentVolumeSource", before, after)
            errors.append(forbidden("spec.persistentvolumesource", f"{words}\n{diff}"))
        errors += immutable("volumeMode", spec.get("volumeMode"), was.get("volumeMode"))
        affinity = spec.get("nodeAffinity")
        if was.get("nodeAffinity") and not same(affinity, was["nodeAffinity"]):
            words = "field is immutable, except for updating from beta label to GA"
            errors.append(invalid("nodeAffinity", affinity, words))
        name = "volumeAttributesClassName"
        if was.get(name) is not None and spec.get(name) is None:
            errors.append(
                forbidden(f"spec.{name}", "update from non-nil value to nil is forbidden")
            )
        return errors

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        del old
        spec, found = item["spec"], []
        if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
            found.append(
                "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
                "Instead, the recommended approach is to use dynamic provisioning."
            )
        required_terms = (spec.get("nodeAffinity") or {}).get("required") or {}
        for i, term in enumerate(required_terms.get("nodeSelectorTerms") or ()):
            at = f"spec.nodeAffinity.required.nodeSelectorTerms[{i}]"
            found += node_term_warnings(term, at)
        return found + list(gone_warnings(spec, "spec"))


def _now() -> str:
    return timestamp(SystemClock().now())


def _modes(spec: Object) -> Errors:
    if not spec.get("accessModes"):
        yield required("spec.accessModes")
    yield from access_modes(spec.get("accessModes") or [], "spec.accessModes")


def _capacity(spec: Object) -> Errors:
    capacity = spec.get("capacity") or {}
    if not capacity:
        yield required("spec.capacity")
    if list(capacity) != ["storage"]:
        yield not_supported("spec.capacity", capacity or None, ("storage",))
    for name, text in capacity.items():
        yield from resources.positive_quantity(f"spec.capacity[{name}]", text)
    policy = spec.get("persistentVolumeReclaimPolicy")
    at = "spec.persistentVolumeReclaimPolicy"
    yield from one_of(at, policy, _RECLAIM, empty=True)


def _volume(spec: Object) -> Errors:
    if (affinity := spec.get("nodeAffinity")) is not None:
        if affinity.get("required") is None:
            at = "spec.nodeAffinity.required"
            yield required(at, "must specify required node constraints")
        else:
            yield from validate_node_selector(affinity["required"], "spec.nodeAffinity.required")
    yield from sources.validate_one_source(spec, "spec", _ORDER, _CHECKS)
    if spec.get("local") is not None and affinity is None:
        yield required("spec.nodeAffinity", "Local volume requires node affinity")
    root = (spec.get("hostPath") or {}).get("path", "").rstrip("/") == ""
    recycled = spec.get("persistentVolumeReclaimPolicy") == "Recycle"
    if spec.get("hostPath") is not None and root and recycled:
        words = "may not be 'recycle' for a hostPath mount of '/'"
        yield forbidden("spec.persistentVolumeReclaimPolicy", words)


def _classes(spec: Object) -> Errors:
    yield from class_name(spec, "storageClassName", "spec")
    yield from one_of("spec.volumeMode", spec.get("volumeMode"), VOLUME_MODES, empty=True)
    name = spec.get("volumeAttributesClassName")
    if name is None:
        return
    if not name:
        at = "spec.volumeAttributesClassName"
        yield required(at, "an empty string is disallowed")
    yield from class_name(spec, "volumeAttributesClassName", "spec")
    if spec.get("csi") is None:
        words = "has to be specified when using volumeAttributesClassName"
        yield required("spec.csi", words)
