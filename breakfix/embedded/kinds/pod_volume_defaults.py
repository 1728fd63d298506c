"""The defaults of volumes, in pods and in PersistentVolumes."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.objects import Object

_MODE = 0o644
_HOUR = 3600  # seconds

_EMPTY_IS_UNSET: dict[str, Object] = {
    "iscsi": {"iscsiInterface": "default"},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}
_ABSENT_IS_UNSET: dict[str, Object] = {
    "hostPath": {"type": ""},
    "secret": {"defaultMode": _MODE},
    "configMap": {"defaultMode": _MODE},
    "azureDisk": {
        "cachingMode": "ReadWrite", "fsType": "ext4", "readOnly": False, "kind": "Shared",
    },
}  # fmt: skip


def default_source(source: Object) -> None:
    """The defaults of what kind of volume it is; a pod's volume or a PersistentVolume's spec."""
    for kind, value in source.items():
        if not isinstance(value, dict):
            continue
        for field, default in _EMPTY_IS_UNSET.get(kind, {}).items():
            value[field] = value.get(field) or default
        for field, default in _ABSENT_IS_UNSET.get(kind, {}).items():
            value.setdefault(field, default)


def default_volume(volume: Object) -> None:
    """The defaults of one of a pod's volumes; one that says no kind is an emptyDir."""
    if not any(value is not None for key, value in volume.items() if key != "name"):
        volume["emptyDir"] = {}
        return
    default_source(volume)
    for kind, default in _NESTED.items():
        if (found := volume.get(kind)) is not None:
            default(found)


def _default_downward(source: Object) -> None:
    source.setdefault("defaultMode", _MODE)
    _default_files(source)


def _default_files(source: Object) -> None:
    for file in source.get("items") or ():
        if field := file.get("fieldRef"):
            field.setdefault("apiVersion", "v1")
        if resource := file.get("resourceFieldRef"):
            resource.setdefault("divisor", "0")


def _default_projected(projected: Object) -> None:
    projected.setdefault("defaultMode", _MODE)
    for source in projected.get("sources") or ():
        if (token := source.get("serviceAccountToken")) is not None:
            token.setdefault("expirationSeconds", _HOUR)
        if (downward := source.get("downwardAPI")) is not None:
            _default_files(downward)


def _default_ephemeral(ephemeral: Object) -> None:
    if (template := ephemeral.get("volumeClaimTemplate")) is not None:
        template.setdefault("metadata", {})
        default_claim_spec(template.setdefault("spec", {}))


def default_claim_spec(spec: Object) -> None:
    """The defaults of a PersistentVolumeClaim's spec."""
    spec.setdefault("volumeMode", "Filesystem")
    spec.setdefault("resources", {})


def _default_image(image: Object) -> None:
    from breakfix.embedded.kinds.pod_defaults import pull_policy

    image["pullPolicy"] = image.get("pullPolicy") or pull_policy(image.get("reference", ""))


_NESTED: dict[str, Callable[[Object], None]] = {
    "downwardAPI": _default_downward,
    "projected": _default_projected,
    "ephemeral": _default_ephemeral,
    "image": _default_image,
}
