"""Claims: their default class, their protection while in use, and their growth."""

from __future__ import annotations

from breakfix.embedded import quantities
from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, annotations_of, name_of

CLASSES = "storageclasses.storage.k8s.io"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_DEFAULT = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_FINALIZERS = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
}
_NO_GROWTH = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc "
    "must support resize"
)


def default_class(reader: Reader) -> Object | None:
    """The default StorageClass; of several the newest, then the first by name."""
    marked = [
        c for c in reader.list(CLASSES) if any(annotations_of(c).get(k) == "true" for k in _DEFAULT)
    ]
    marked.sort(key=name_of)
    return max(marked, key=lambda c: c["metadata"].get("creationTimestamp", ""), default=None)


def class_of(claim: Object) -> str:
    """The class that a claim names, in the annotation of old or in its spec."""
    named = annotations_of(claim).get(CLASS_ANNOTATION)
    return str(named if named is not None else claim["spec"].get("storageClassName") or "")


class DefaultStorageClass(Plugin):
    """A claim that names no class gets the default one."""

    name = "DefaultStorageClass"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def mutate(self, request: AdmissionRequest) -> None:
        """Fill in spec.storageClassName at creation."""
        item = request.item
        if request.key != "persistentvolumeclaims" or request.subresource or item is None:
            return
        chosen = item["spec"].get("storageClassName") is not None
        if request.operation != "CREATE" or chosen or CLASS_ANNOTATION in annotations_of(item):
            return
        found = default_class(self._reader)
        if found is not None:
            item["spec"]["storageClassName"] = name_of(found)


class StorageObjectInUseProtection(Plugin):
    """New claims and volumes wait, when deleted, until nobody uses them."""

    name = "StorageObjectInUseProtection"

    async def mutate(self, request: AdmissionRequest) -> None:
        """Add the finalizer."""
        finalizer = _FINALIZERS.get(request.key)
        creates = request.operation == "CREATE" and not request.subresource
        if finalizer is None or not creates or request.item is None:
            return
        held = request.item["metadata"].get("finalizers") or []
        if finalizer not in held:
            request.item["metadata"]["finalizers"] = [*held, finalizer]


class PersistentVolumeClaimResize(Plugin):
    """Only bound claims grow, and only where their class allows it."""

    name = "PersistentVolumeClaimResize"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403."""
        item, old = request.item, request.old
        updates = request.operation == "UPDATE" and not request.subresource
        if request.key != "persistentvolumeclaims" or not updates or not item or not old:
            return
        if _size(item) <= _size(old):
            return
        if (old.get("status") or {}).get("phase") != "Bound":
            why = "Only bound persistent volume claims can be expanded"
            raise request.forbidden(why)
        if not self._may_grow(item, old):
            raise request.forbidden(_NO_GROWTH)

    def _may_grow(self, item: Object, old: Object) -> bool:
        name = class_of(item)
        if not name or name != class_of(old):
            return False
        found = self._reader.get(CLASSES, name)
        return bool(found and found.get("allowVolumeExpansion"))


def _size(claim: Object) -> int:
    requests = (claim["spec"].get("resources") or {}).get("requests") or {}
    return quantities.value(requests.get("storage", "0"))
