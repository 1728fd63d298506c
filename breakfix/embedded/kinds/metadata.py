"""Validation of ObjectMeta: of a new object, of a change, and within a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from breakfix.embedded.fields import FieldError, forbidden, invalid, required, too_long
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, immutable, non_negative
from breakfix.embedded.kinds.label_selectors import labels, validate_label_selector
from breakfix.embedded.objects import Object

__all__ = [
    "validate_annotations",
    "validate_label_selector",
    "validate_object_meta",
    "validate_object_meta_update",
    "validate_template_meta",
]

NameError = Callable[[str, bool], list[str]]

ANNOTATIONS_LIMIT = 256 * 1024  # bytes, all keys and values together
STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})
_FIXED = (
    "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp",
    "deletionGracePeriodSeconds",
)  # fmt: skip
_MANAGER_LIMIT, _SUBRESOURCE_LIMIT = 128, 256


def validate_object_meta(
    item: Object, namespaced: bool, name_error: NameError, path: str = "metadata",
    legacy_finalizers: bool = True,
) -> list[FieldError]:  # fmt: skip
    """What is wrong with the metadata of a new object.

    `name_error` is the strategy's. `legacy_finalizers` checks that an unqualified finalizer
    is a standard one, as the built-in kinds do and custom resources do not.
    """
    meta = item["metadata"]
    errors = list(_names(meta, namespaced, name_error, path))
    errors += non_negative(f"{path}.generation", meta.get("generation"))
    errors += _common(meta, path)
    finalizers = meta.get("finalizers")
    if finalizers:
        errors += _finalizers(finalizers, f"{path}.finalizers")
    errors += _managed_fields(meta.get("managedFields"), f"{path}.managedFields")
    if finalizers and legacy_finalizers:
        errors += _standard(finalizers, path)
    return errors


def _names(meta: Object, namespaced: bool, name_error: NameError, path: str) -> Errors:
    if prefix := meta.get("generateName"):
        yield from each(f"{path}.generateName", prefix, name_error(prefix, True))
    if name := meta.get("name"):
        yield from each(f"{path}.name", name, name_error(name, False))
    else:
        yield required(f"{path}.name", "name or generateName is required")
    namespace = meta.get("namespace", "")
    if namespaced:
        if not namespace:
            yield required(f"{path}.namespace")
        else:
            yield from each(f"{path}.namespace", namespace, names.dns_label(namespace))
    elif namespace:
        yield forbidden(f"{path}.namespace", "not allowed on this type")


def _common(meta: Object, path: str) -> Errors:
    if meta.get("labels"):
        yield from labels(f"{path}.labels", meta["labels"])
    if meta.get("annotations"):
        yield from validate_annotations(meta["annotations"], f"{path}.annotations")
    if meta.get("ownerReferences"):
        yield from _owners(meta["ownerReferences"], f"{path}.ownerReferences")


def validate_annotations(annotations: Mapping[str, str] | None, path: str) -> list[FieldError]:
    """Keys are qualified names in any case; together they may not be too large."""
    annotations = annotations or {}
    errors = [
        invalid(path, key, words)
        for key in annotations
        for words in names.qualified_name(key.lower())
    ]
    if sum(len(k.encode()) + len(v.encode()) for k, v in annotations.items()) > ANNOTATIONS_LIMIT:
        errors.append(too_long(path, ANNOTATIONS_LIMIT))
    return errors


def _owners(owners: list[Object], path: str) -> Errors:
    controller = ""
    for owner in owners:
        yield from _owner(owner, path)
        if not owner.get("controller"):
            continue
        name = f"{owner.get('kind', '')}/{owner.get('name', '')}"
        if controller:
            yield invalid(
                path, owners,
                "Only one reference can have Controller set to true. Found \"true\" in references "
                f"for {controller} and {name}",
            )  # fmt: skip
        controller = controller or name


def _owner(owner: Object, path: str) -> Errors:
    version = owner.get("apiVersion", "")
    if not version.rpartition("/")[2]:
        yield invalid(f"{path}.apiVersion", version, "version must not be empty")
    for field in ("kind", "name", "uid"):
        if not owner.get(field):
            yield invalid(f"{path}.{field}", "", "must not be empty")
    if (version, owner.get("kind")) == ("v1", "Event"):
        yield invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner")


def _finalizers(finalizers: list[str], path: str) -> Errors:
    for finalizer in finalizers:
        yield from each(path, finalizer, names.qualified_name(finalizer))
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        words = "finalizer orphan and foregroundDeletion cannot be both set"
        yield invalid(path, finalizers, words)


def finalizer_name(path: str, finalizer: str) -> Errors:
    """A finalizer without a domain must be one of the standard ones."""
    if "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
        words = "name is neither a standard finalizer name nor is it fully qualified"
        yield invalid(path, finalizer, words)


def _standard(finalizers: list[str], path: str) -> Errors:
    for i, finalizer in enumerate(finalizers):
        yield from finalizer_name(f"{path}.finalizers[{i}]", finalizer)


def _managed_fields(entries: list[Object] | None, path: str) -> Errors:
    for i, entry in enumerate(entries or ()):
        at = f"{path}[{i}]"
        if entry.get("operation") not in ("Apply", "Update"):
            words = "must be `Apply` or `Update`"
            yield invalid(f"{at}.operation", entry.get("operation", ""), words)
        if entry.get("fieldsType", "FieldsV1") not in ("FieldsV1", ""):
            yield invalid(f"{at}.fieldsType", entry["fieldsType"], "must be `FieldsV1`")
        if len(entry.get("manager", "")) > _MANAGER_LIMIT:
            yield too_long(f"{at}.manager", _MANAGER_LIMIT)
        if len(entry.get("subresource", "")) > _SUBRESOURCE_LIMIT:
            yield too_long(f"{at}.subresource", _SUBRESOURCE_LIMIT)


def validate_object_meta_update(
    new: Object, old: Object, path: str = "metadata", legacy_finalizers: bool = True
) -> list[FieldError]:
    """What is wrong with a change of the metadata."""
    now, was = new["metadata"], old["metadata"]
    errors = list(_versions(now, was, path))
    for field in _FIXED:
        if now.get(field) != was.get(field):
            errors += immutable(f"{path}.{field}", _typed(field, now), _typed(field, was))
    errors += _common(now, path)
    errors += _managed_fields(now.get("managedFields"), f"{path}.managedFields")
    if now.get("finalizers"):
        errors += _finalizers(now["finalizers"], f"{path}.finalizers")
        errors += _standard(now["finalizers"], path) if legacy_finalizers else ()
    return errors


def _typed(field: str, meta: Object) -> Any:
    """Absent times and numbers are null; absent texts are empty."""
    empty = None if field.startswith(("deletion", "creation")) else ""
    return meta.get(field) or empty


def _versions(now: Object, was: Object, path: str) -> Errors:
    if "deletionTimestamp" in was:
        added = sorted(set(now.get("finalizers") or ()) - set(was.get("finalizers") or ()))
        if added:
            shown = ", ".join(f'"{f}"' for f in added)
            yield forbidden(
                f"{path}.finalizers",
                "no new finalizers can be added if the object is being deleted, found new "
                f"finalizers []string{{{shown}}}",
            )
    if not now.get("resourceVersion"):
        yield invalid(f"{path}.resourceVersion", "", "must be specified for an update")
    if now.get("generation", 0) < was.get("generation", 0):
        yield invalid(f"{path}.generation", now.get("generation", 0), "must not be decremented")


def validate_template_meta(meta: Object | None, path: str) -> list[FieldError]:
    """Metadata of a claim's template: labels and annotations only."""
    meta = meta or {}
    errors = validate_annotations(meta.get("annotations"), f"{path}.annotations")
    errors += labels(f"{path}.labels", meta.get("labels"))
    for field, value in meta.items():
        if field not in ("annotations", "labels") and value:
            errors.append(forbidden(f"{path}.{field}", "cannot be set"))
    return errors
