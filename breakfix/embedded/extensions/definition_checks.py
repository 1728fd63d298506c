"""What is wrong with a CustomResourceDefinition.

Facts from apiextensions-apiserver/pkg/apis/apiextensions/validation. As there, what all
versions have in common (a single version's schema too) is named at the top of the spec:
`spec.validation.openAPIV3Schema`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from breakfix.embedded import fields as f
from breakfix.embedded.extensions.definition_parts import (
    check_columns,
    check_conversion,
    check_names,
    check_selectable,
    check_subresources,
)
from breakfix.embedded.extensions.schema_checks import check_schema
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.objects import Object, condition

_APPROVED = "api-approved.kubernetes.io"
_ENHANCEMENT = "see https://github.com/kubernetes/enhancements/pull/1111"


def check_definition(crd: Object) -> list[FieldError]:
    """All errors of a new CRD."""
    return [*_name(crd), *_spec(crd), *_approval(crd)]


def check_update(crd: Object, old: Object) -> list[FieldError]:
    """All errors of a change."""
    return [*_spec(crd), *_immutable(crd, old), *_stored(crd), *_approval(crd, old)]


def _name(crd: Object) -> Iterator[FieldError]:
    spec, name = crd["spec"], crd["metadata"].get("name", "")
    wanted = f"{spec['names'].get('plural', '')}.{spec.get('group', '')}"
    if name != wanted:
        yield f.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')


def _immutable(crd: Object, old: Object) -> Iterator[FieldError]:
    paths: list[tuple[str, ...]] = [("group",), ("names", "plural")]
    established = condition(old, "Established")
    if established and established["status"] == "True":
        paths = [("scope",), ("names", "kind"), *paths]
    for path in paths:
        new, before = (_at(c["spec"], path) for c in (crd, old))
        if new != before:
            yield f.invalid(f"spec.{'.'.join(path)}", new, f.IMMUTABLE)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) or {}
    return value or ""


def _stored(crd: Object) -> Iterator[FieldError]:
    known = {v.get("name") for v in crd["spec"].get("versions") or []}
    for index, name in enumerate((crd.get("status") or {}).get("storedVersions") or []):
        if name not in known:
            yield f.invalid(
                f"status.storedVersions[{index}]", name,
                f"missing from spec.versions; {name} was previously a storage version, and must "
                "remain in spec.versions until a storage migration ensures no data remains "
                f"persisted in {name} and removes {name} from status.storedVersions",
            )  # fmt: skip


def _approval(crd: Object, old: Object | None = None) -> Iterator[FieldError]:
    group = crd["spec"].get("group", "")
    if not re.search(r"(^|\.)(k8s\.io|kubernetes\.io)$", group):
        return
    value = (crd["metadata"].get("annotations") or {}).get(_APPROVED, "")
    if old and value == (old["metadata"].get("annotations") or {}).get(_APPROVED, ""):
        return
    path = f"metadata.annotations[{_APPROVED}]"
    words = f'protected groups must have approval annotation "{_APPROVED}"'
    if not value:
        yield f.required(path, f"{words}, {_ENHANCEMENT}")
    elif not value.startswith("unapproved") and not urlsplit(value).netloc:
        yield f.invalid(
            path, value,
            f'{words} with either a URL or a reason starting with "unapproved", {_ENHANCEMENT}',
        )  # fmt: skip


def _spec(crd: Object) -> Iterator[FieldError]:
    spec = crd["spec"]
    yield from _group(spec.get("group", ""))
    yield from _scope(spec.get("scope", ""))
    versions = spec.get("versions") or []
    for index, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            yield f.required(f"spec.versions[{index}].schema.openAPIV3Schema")
    if spec.get("preserveUnknownFields"):
        yield f.invalid(
            "spec.preserveUnknownFields", True,
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
            "spec.versions[*].schema instead",
        )  # fmt: skip
    for index, version in enumerate(versions):
        found = names.dns1035_label(version.get("name", ""))
        if found:
            yield f.invalid(
                f"spec.versions[{index}].name", version.get("name", ""), ",".join(found)
            )
    yield from _parts(versions)
    yield from _storage(versions)
    yield from check_names(spec["names"])
    yield from check_conversion(spec.get("conversion") or {})


def _group(group: str) -> Iterator[FieldError]:
    if not group:
        yield f.required("spec.group")
    elif found := names.dns_subdomain(group):
        yield f.invalid("spec.group", group, ",".join(found))
    elif "." not in group:
        yield f.invalid("spec.group", group, "should be a domain with at least one dot")


def _scope(scope: str) -> Iterator[FieldError]:
    if not scope:
        yield f.required("spec.scope")
    elif scope not in {"Cluster", "Namespaced"}:
        yield f.not_supported("spec.scope", scope, ["Cluster", "Namespaced"])


def _storage(versions: list[Object]) -> Iterator[FieldError]:
    if len({v.get("name") for v in versions}) < len(versions):
        yield f.invalid("spec.versions", versions, "must contain unique version names")
    if sum(1 for v in versions if v.get("storage")) != 1:
        yield f.invalid(
            "spec.versions", versions, "must have exactly one version marked as storage version"
        )


Check = Callable[[Object, str, Object], Iterator[FieldError]]


def _parts(versions: list[Object]) -> Iterator[FieldError]:
    """Schema, subresources, columns and selectable fields, each at its place."""
    parts: tuple[tuple[str, str, Check], ...] = (
        ("schema", "validation", _schema), ("subresources", "subresources", _subresources),
        ("additionalPrinterColumns", "additionalPrinterColumns", _columns),
        ("selectableFields", "selectableFields", _selectable),
    )  # fmt: skip
    for name, top, check in parts:
        if versions and all(v.get(name) == versions[0].get(name) for v in versions):
            yield from check(versions[0], f"spec.{top}", versions[0])
            continue
        for index, version in enumerate(versions):
            yield from check(version, f"spec.versions[{index}].{name}", version)


def _schema(version: Object, path: str, whole: Object) -> Iterator[FieldError]:
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if schema:
        status = "status" in (whole.get("subresources") or {})
        yield from check_schema(schema, f"{path}.openAPIV3Schema", status)


def _subresources(version: Object, path: str, whole: Object) -> Iterator[FieldError]:
    del whole
    yield from check_subresources(version.get("subresources") or {}, path)


def _columns(version: Object, path: str, whole: Object) -> Iterator[FieldError]:
    del whole
    for index, column in enumerate(version.get("additionalPrinterColumns") or []):
        yield from check_columns(column, f"{path}[{index}]")


def _selectable(version: Object, path: str, whole: Object) -> Iterator[FieldError]:
    schema = (whole.get("schema") or {}).get("openAPIV3Schema") or {}
    yield from check_selectable(version.get("selectableFields") or [], schema, path)
