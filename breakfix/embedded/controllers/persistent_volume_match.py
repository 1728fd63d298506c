"""Which PersistentVolume fits which claim."""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.embedded.objects import (
    Object,
    annotations_of,
    is_going,
    labels_of,
    name_of,
    namespace_of,
)
from breakfix.embedded.quantities import parse
from breakfix.embedded.selectors import matches

CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
CLASSES = "storageclasses.storage.k8s.io"
BOUND_BY = "pv.kubernetes.io/bound-by-controller"
COMPLETED = "pv.kubernetes.io/bind-completed"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
BETA_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def class_of(item: Object) -> str:
    """The storage class of a claim or of a volume."""
    beta = annotations_of(item).get(BETA_CLASS)
    return beta if beta is not None else item["spec"].get("storageClassName") or ""


def phase_of(item: Object) -> str:
    """status.phase."""
    phase: str = (item.get("status") or {}).get("phase") or "Pending"
    return phase


def request_of(claim: Object) -> object:
    """How much storage it asks for."""
    return ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0")


def capacity_of(volume: Object) -> object:
    """How much storage it has."""
    return (volume["spec"].get("capacity") or {}).get("storage", "0")


def is_for(volume: Object, claim: Object) -> bool:
    """Does the volume's claimRef mean this claim?"""
    ref = volume["spec"].get("claimRef")
    if not ref or (ref.get("namespace"), ref.get("name")) != (
        namespace_of(claim), name_of(claim)
    ):  # fmt: skip
        return False
    return ref.get("uid") in (None, "", claim["metadata"]["uid"])


def mismatch(volume: Object, claim: Object) -> str:
    """Why the volume does not satisfy the claim; nothing if it does."""
    if is_going(volume):
        return f'the volume is marked for deletion "{name_of(volume)}"'
    if parse(capacity_of(volume)) < parse(request_of(claim)):
        return "requested PV is too small"
    if class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    vac = "volumeAttributesClassName"
    if (volume["spec"].get(vac) or "") != (claim["spec"].get(vac) or ""):
        return "volumeAttributesClassName does not match"
    if _mode(volume) != _mode(claim):
        return "incompatible volumeMode"
    wanted = set(claim["spec"].get("accessModes") or [])
    if not wanted <= set(volume["spec"].get("accessModes") or []):
        return "incompatible accessMode"
    return ""


def _mode(item: Object) -> str:
    return item["spec"].get("volumeMode") or "Filesystem"


def best_match(volumes: Iterable[Object], claim: Object, *, only_bound: bool) -> Object | None:
    """The volume that is meant for the claim, else the smallest free one that fits it.

    `only_bound`: no free one, since the scheduler is to choose.
    """
    free: list[Object] = []
    for volume in volumes:
        if is_for(volume, claim):
            if not mismatch(volume, claim):
                return volume
        elif not only_bound and _is_free(volume, claim):
            free.append(volume)
    return min(free, key=lambda v: (parse(capacity_of(v)), name_of(v)), default=None)


def _is_free(volume: Object, claim: Object) -> bool:
    if volume["spec"].get("claimRef") or phase_of(volume) != "Available":
        return False
    selector = claim["spec"].get("selector")
    if selector and not matches(selector, labels_of(volume)):
        return False
    return not mismatch(volume, claim)
