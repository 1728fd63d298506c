"""StorageClasses and VolumeAttributesClasses."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, required
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_MOST_PARAMETERS, _LARGEST = 512, 256 * 1024


class StorageClasses(Strategy):
    """storageclasses.storage.k8s.io."""

    returns_deleted = True
    has_generation = False

    def default_(self, item: Object) -> None:
        """Volumes are deleted with their claims and bound at once."""
        item.setdefault("reclaimPolicy", "Delete")
        item.setdefault("volumeBindingMode", "Immediate")

    def validate(self, item: Object) -> list[FieldError]:
        found = validate_driver("provisioner", item.get("provisioner", ""))
        found += validate_parameters(item.get("parameters"))
        known = ("Delete", "Retain")
        found += checks.one_of("reclaimPolicy", item["reclaimPolicy"], known)
        modes = ("Immediate", "WaitForFirstConsumer")
        return found + checks.one_of("volumeBindingMode", item["volumeBindingMode"], modes)

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        found = _unchanged(item, old, ("parameters", "provisioner", "reclaimPolicy"))
        return found + checks.immutable(
            "volumeBindingMode", item["volumeBindingMode"], old.get("volumeBindingMode")
        )


class VolumeAttributesClasses(Strategy):
    """volumeattributesclasses.storage.k8s.io."""

    returns_deleted = True
    has_generation = False

    def validate(self, item: Object) -> list[FieldError]:
        found = validate_driver("driverName", item.get("driverName", ""))
        found += validate_parameters(item.get("parameters"))
        if not item.get("parameters"):
            found.append(required("parameters", "must contain at least one key/value pair"))
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return _unchanged(item, old, ("driverName", "parameters")) + self.validate(item)


def _unchanged(item: Object, old: Object, names: tuple[str, ...]) -> list[FieldError]:
    changed = [n for n in names if not checks.same(item.get(n), old.get(n))]
    return [forbidden(name, f"updates to {name} are forbidden.") for name in changed]


def validate_driver(field: str, name: str) -> list[FieldError]:
    """The name of who makes the volumes."""
    return checks.qualified(field, name.lower()) if name else [required(field)]


def validate_parameters(parameters: dict[str, str] | None) -> list[FieldError]:
    """Opaque, but bounded."""
    found = parameters or {}
    size = sum(len(k) + len(v) for k, v in found.items())
    if len(found) > _MOST_PARAMETERS:
        return [_too_long("parameters", _MOST_PARAMETERS)]
    return [_too_long("parameters", _LARGEST)] if size > _LARGEST else []


def _too_long(field: str, limit: int) -> FieldError:
    return FieldError(field, "Too long", detail=f"may not be more than {limit} bytes")
