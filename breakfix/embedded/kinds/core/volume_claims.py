"""PersistentVolumeClaims."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid, not_supported
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import resource_names as resources
from breakfix.embedded.kinds.checks import Errors, each, immutable, same
from breakfix.embedded.kinds.claims import validate_claim_spec
from breakfix.embedded.kinds.core.diffs import spec_diff
from breakfix.embedded.kinds.pod_volume_defaults import default_claim_spec
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_SIZE_AT = "spec.resources.requests.storage"
_CLASS = "volumeAttributesClassName"
_RESIZE = (
    "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizePending",
    "NodeResizeInProgress", "NodeResizeInfeasible",
)  # fmt: skip


class PersistentVolumeClaims(Strategy):
    """The spec is fixed, but for the size of a bound claim."""

    returns_deleted = True
    has_generation = False

    def default_(self, item: Object) -> None:
        default_claim_spec(item.setdefault("spec", {}))
        status = item.setdefault("status", {})
        status["phase"] = status.get("phase") or "Pending"

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"phase": "Pending"}
        _normalize_sources(item["spec"], {})

    def prepare_update(self, item: Object, old: Object) -> None:
        _normalize_sources(item["spec"], old["spec"])

    def validate(self, item: Object) -> list[FieldError]:
        return validate_claim_spec(item["spec"], "spec")

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        spec, was = item["spec"], old["spec"]
        errors = self.validate(item)
        kept = _with_what_may_change(spec, was, (old.get("status") or {}).get("phase") == "Bound")
        if not same(kept, was):
            words = (
                "spec is immutable after creation except resources.requests and "
                "volumeAttributesClassName for bound claims"
            )
            diff = spec_diff("core.PersistentVolumeClaimSpec", was, kept)
            errors.append(forbidden("spec", f"{words}\n{diff}"))
        errors += _size(spec, old)
        errors += immutable("volumeMode", spec.get("volumeMode"), was.get("volumeMode"))
        return errors + list(_attributes(spec, old))

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        del old
        status = item.get("status") or {}
        errors: list[FieldError] = []
        for name, text in (status.get("capacity") or {}).items():
            if resources.amount(text) < 0:
                words = "must be a valid resource quantity"
                errors.append(invalid(f"status.capacity[{name}]", text, words))
        at = "status.allocatedResourceStatuses"
        for name, state in (status.get("allocatedResourceStatuses") or {}).items():
            errors += each(at, name, names.qualified_name(name))
            if state not in _RESIZE:
                errors.append(not_supported(at, name, _RESIZE))
        return errors

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        del old
        return claim_warnings(item["spec"], "spec")


def claim_warnings(spec: Object, path: str) -> list[str]:
    """Fractions of bytes."""
    found = []
    for kind in ("requests", "limits"):
        text = ((spec.get("resources") or {}).get(kind) or {}).get("storage")
        if text is not None and (value := resources.amount(text)) != int(value):
            found.append(
                f'{path}.resources.{kind}[storage]: fractional byte value "{text}" is invalid, '
                "must be an integer"
            )
    return found


def _normalize_sources(spec: Object, was: Object) -> None:
    """DataSource and dataSourceRef say the same."""
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source and not reference and not was.get("dataSource") and not _is_known(source):
        spec.pop("dataSource")
        return
    if source and not reference:
        spec["dataSourceRef"] = dict(source)
    elif reference and not source and not reference.get("namespace"):
        spec["dataSource"] = dict(reference)


def _is_known(source: Object) -> bool:
    return (source.get("apiGroup") or "", source.get("kind")) in (
        ("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"),
    )  # fmt: skip


def _storage(spec: Object) -> object:
    return ((spec.get("resources") or {}).get("requests") or {}).get("storage", "0")


def _with_what_may_change(spec: Object, was: Object, bound: bool) -> Object:
    """The new spec with the old values of what is allowed to change."""
    kept = dict(spec)
    if not was.get("volumeName"):
        kept["volumeName"] = was.get("volumeName")
    if was.get("storageClassName") is None:
        kept["storageClassName"] = None
    if bound:
        kept[_CLASS] = was.get(_CLASS)
        found = dict(spec.get("resources") or {})
        requests = {**(found.get("requests") or {}), "storage": _storage(was)}
        kept["resources"] = found | {"requests": requests}
    return kept


def _size(spec: Object, old: Object) -> Errors:
    new, was = resources.amount(_storage(spec)), resources.amount(_storage(old["spec"]))
    capacity = ((old.get("status") or {}).get("capacity") or {}).get("storage", "0")
    if new < was and new <= resources.amount(capacity):
        yield forbidden(_SIZE_AT, "field can not be less than status.capacity")


def _attributes(spec: Object, old: Object) -> Errors:
    name, current = spec.get(_CLASS), "status.currentVolumeAttributesClassName is not nil"
    if name == old["spec"].get(_CLASS):
        return
    if (old.get("status") or {}).get("currentVolumeAttributesClassName") is not None and not name:
        what = "nil" if name is None else "empty string"
        yield forbidden(f"spec.{_CLASS}", f"update to {what} is forbidden when {current}")
