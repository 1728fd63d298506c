"""Validation of a PersistentVolumeClaim's spec: of claims and of templates of claims."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid, not_supported, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import resource_names as resources
from breakfix.embedded.kinds.checks import Errors, each, one_of
from breakfix.embedded.kinds.label_selectors import validate_label_selector
from breakfix.embedded.objects import Object

ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")


def validate_claim_spec(spec: Object, path: str) -> list[FieldError]:
    """What is wrong with the spec of a claim."""
    errors = list(_modes(spec, path))
    errors[1 if not spec.get("accessModes") else 0 : 0] = validate_label_selector(
        spec.get("selector"), f"{path}.selector"
    )
    errors += _storage(spec, path)
    errors += class_name(spec, "storageClassName", path)
    errors += one_of(f"{path}.volumeMode", spec.get("volumeMode"), VOLUME_MODES, empty=True)
    errors += _sources(spec, path)
    errors += class_name(spec, "volumeAttributesClassName", path)
    return errors


def _modes(spec: Object, path: str) -> Errors:
    if not spec.get("accessModes"):
        yield required(f"{path}.accessModes", "at least 1 access mode is required")
    yield from access_modes(spec.get("accessModes") or [], f"{path}.accessModes")


def access_modes(modes: list[str], path: str) -> Errors:
    """Known modes; ReadWriteOncePod only alone."""
    for mode in modes:
        if mode not in ACCESS_MODES:
            yield not_supported(path, mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and set(modes) & set(ACCESS_MODES[:3]):
        yield forbidden(path, "may not use ReadWriteOncePod with other access modes")


def class_name(spec: Object, field: str, path: str) -> Errors:
    """The name of a class, where one is given."""
    if name := spec.get(field):
        yield from each(f"{path}.{field}", name, names.dns_subdomain(name))


def _storage(spec: Object, path: str) -> Errors:
    at = f"{path}.resources[storage]"
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        yield required(at)
    else:
        yield from resources.positive_quantity(at, requests["storage"])


def _sources(spec: Object, path: str) -> Errors:
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None:
        yield from _source(source, f"{path}.dataSource")
    if reference is not None:
        yield from _source(reference, f"{path}.dataSourceRef")
    if source is None or reference is None:
        return
    if reference.get("namespace"):
        words = "may not be specified when dataSourceRef.namespace is specified"
        yield invalid(path, {}, words)
    elif any(source.get(f) != reference.get(f) for f in ("apiGroup", "kind", "name")):
        yield invalid(path, {}, "must match dataSourceRef")


def _source(source: Object, path: str) -> Errors:
    for field in ("name", "kind"):
        if not source.get(field):
            yield required(f"{path}.{field}")
    group, kind = source.get("apiGroup"), source.get("kind", "")
    if not group and kind != "PersistentVolumeClaim":
        words = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        yield invalid(path, kind, words)
    if group:
        yield from each(f"{path}.apiGroup", group, names.dns_subdomain(group))
    if namespace := source.get("namespace"):
        yield from each(f"{path}.namespace", namespace, names.dns_label(namespace))
