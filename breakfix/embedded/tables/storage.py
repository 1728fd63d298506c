"""The cells of volumes, claims, classes and CSI objects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from breakfix.embedded.objects import Object, annotations_of, is_going, name_of
from breakfix.embedded.tables.durations import age

_MODES = {
    "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}  # fmt: skip
_OLD_CLASS = "volume.beta.kubernetes.io/storage-class"
_DEFAULT = ("storageclass.kubernetes.io/is-default-class",
            "storageclass.beta.kubernetes.io/is-default-class")  # fmt: skip


def _modes(asked: list[str] | None) -> str:
    return ",".join(short for long, short in _MODES.items() if long in (asked or []))


def _class(item: Object, spec: Object) -> str:
    return annotations_of(item).get(_OLD_CLASS) or spec.get("storageClassName") or ""


def _phase(item: Object) -> str:
    phase: str = (item.get("status") or {}).get("phase", "")
    return "Terminating" if is_going(item) else phase


def _or_unset(value: Any) -> Any:
    return "<unset>" if value is None else value


def volume(item: Object, now: datetime) -> list[Any]:
    """PersistentVolume."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    claim = spec.get("claimRef")
    return [
        name_of(item), (spec.get("capacity") or {}).get("storage", "0"),
        _modes(spec.get("accessModes")), spec.get("persistentVolumeReclaimPolicy", ""),
        _phase(item), f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        _class(item, spec), _or_unset(spec.get("volumeAttributesClassName")),
        status.get("reason", ""), age(item, now), _or_unset(spec.get("volumeMode")),
    ]  # fmt: skip


def claim(item: Object, now: datetime) -> list[Any]:
    """PersistentVolumeClaim."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    bound = spec.get("volumeName", "")
    return [
        name_of(item), _phase(item), bound,
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        _modes(status.get("accessModes")) if bound else "", _class(item, spec),
        _or_unset(spec.get("volumeAttributesClassName")), age(item, now),
        _or_unset(spec.get("volumeMode")),
    ]  # fmt: skip


def storageclass(item: Object, now: datetime) -> list[Any]:
    """StorageClass."""
    default = any(annotations_of(item).get(key) == "true" for key in _DEFAULT)
    return [
        name_of(item) + (" (default)" if default else ""), item.get("provisioner", ""),
        item.get("reclaimPolicy", "Delete"), item.get("volumeBindingMode", "Immediate"),
        bool(item.get("allowVolumeExpansion")), age(item, now),
    ]  # fmt: skip


def attributesclass(item: Object, now: datetime) -> list[Any]:
    """VolumeAttributesClass."""
    return [name_of(item), item.get("driverName", ""), age(item, now)]


def attachment(item: Object, now: datetime) -> list[Any]:
    """VolumeAttachment."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    return [
        name_of(item), spec.get("attacher", ""),
        (spec.get("source") or {}).get("persistentVolumeName") or "", spec.get("nodeName", ""),
        bool(status.get("attached")), age(item, now),
    ]  # fmt: skip


def csinode(item: Object, now: datetime) -> list[Any]:
    """CSINode."""
    return [name_of(item), len((item.get("spec") or {}).get("drivers") or []), age(item, now)]


def csidriver(item: Object, now: datetime) -> list[Any]:
    """CSIDriver."""
    spec = item.get("spec") or {}
    tokens = spec.get("tokenRequests")
    audiences = ",".join(t.get("audience", "") for t in tokens or [])
    return [
        name_of(item), spec.get("attachRequired", True), bool(spec.get("podInfoOnMount")),
        bool(spec.get("storageCapacity")), "<unset>" if tokens is None else audiences,
        bool(spec.get("requiresRepublish")),
        ",".join(spec.get("volumeLifecycleModes") or []) or "<none>", age(item, now),
    ]  # fmt: skip


CELLS = {
    "persistentvolumes": volume,
    "persistentvolumeclaims": claim,
    "storageclasses.storage.k8s.io": storageclass,
    "volumeattributesclasses.storage.k8s.io": attributesclass,
    "volumeattachments.storage.k8s.io": attachment,
    "csinodes.storage.k8s.io": csinode,
    "csidrivers.storage.k8s.io": csidriver,
}
