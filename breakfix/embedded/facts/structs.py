"""What Go's structs say that OpenAPI does not: which zero values are written, type names.

Only scripts/record-facts reads the sources, which are published as Go modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Folders of types below the module cache, and the definitions that they become.
_PLACES = (
    ("k8s.io/api@v{v}/*/v*", "io.k8s.api"),
    ("k8s.io/apimachinery@v{v}/pkg/apis/meta/v1", "io.k8s.apimachinery.pkg.apis"),
    ("k8s.io/apiextensions-apiserver@v{v}/pkg/apis/apiextensions/v1",
     "io.k8s.apiextensions-apiserver.pkg.apis"),
    ("k8s.io/kube-aggregator@v{v}/pkg/apis/apiregistration/v1",
     "io.k8s.kube-aggregator.pkg.apis"),
)  # fmt: skip
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r'^\t(?:(\w+)\s+)?(\S+)\s+`[^`\n]*?json:"([^"]*)"', re.MULTILINE)
_SCALARS = {"string", "bool", "int", "int32", "int64", "float64", "byte", "[]byte"}
_OWN_FORM = {
    "intstr.IntOrString", "resource.Quantity", "runtime.RawExtension", "metav1.FieldsV1",
    "FieldsV1", "JSON", "metav1.Duration", "Duration", "runtime.Object",
}  # fmt: skip
_TIMES = {"metav1.Time", "metav1.MicroTime", "Time", "MicroTime"}
_ALIASES = {"metav1": "v1", "apiv1": "v1", "corev1": "v1", "authnv1": "v1", "core": "v1"}
_META_PREFIX = "io.k8s.apimachinery.pkg.apis.meta.v1."


@dataclass(frozen=True)
class _Field:
    """One line of a struct; `name` is the JSON one, "" for an embedded struct."""

    name: str
    type: str
    options: frozenset[str]


class Structs:
    """The structs of one version of the modules; `folder` is the module cache."""

    def __init__(self, folder: Path, version: str) -> None:
        self._fields: dict[str, list[_Field]] = {}
        for pattern, prefix in _PLACES:
            for place in sorted(folder.glob(pattern.format(v=version))):
                base = f"{prefix}.{place.parent.name}.{place.name}"
                for source in sorted(place.glob("*.go")):
                    self._read(source.read_text(encoding="utf-8"), base)

    def _read(self, source: str, base: str) -> None:
        for name, body in _STRUCT.findall(source):
            self._fields[f"{base}.{name}"] = [
                _field(*found) for found in _FIELD.findall(body) if found[2] != "-"
            ]

    def of(self, definition: str) -> Iterator[_Field]:
        """The fields of a definition, those of embedded structs among them."""
        for field in self._fields.get(definition, ()):
            if field.name:
                yield field
            else:
                yield from self.of(self._definition(field.type, definition))

    def _definition(self, type_: str, inside: str) -> str:
        package, _, name = type_.lstrip("*").rpartition(".")
        if package == "metav1":
            return _META_PREFIX + name
        base = inside.rpartition(".")[0]
        return f"io.k8s.api.core.v1.{name}" if package in {"v1", "corev1"} else f"{base}.{name}"

    def facts(self, definition: str) -> dict[str, Any]:
        """For `structs.json`; empty where OpenAPI says it all."""
        found: dict[str, Any] = {"kept": [], "always": [], "null": [], "types": {}}
        for field in self.of(definition):
            self._sort(field, definition, found)
        return {k: v for k, v in found.items() if v}

    def _sort(self, field: _Field, definition: str, found: dict[str, Any]) -> None:
        plain = field.type.lstrip("*")
        pointer = plain != field.type
        struct = self._definition(plain, definition) in self._fields and plain not in _TIMES
        if plain in _TIMES:
            if not pointer and "omitzero" not in field.options:
                found["null"].append(field.name)
        elif pointer and not struct:
            found["kept"].append(field.name)
        elif not struct and not field.options & {"omitempty", "omitzero"}:
            found["always"].append(field.name)
        named = self._named(plain, definition)
        if named and plain not in _TIMES:
            found["types"][field.name] = named

    def _named(self, plain: str, definition: str) -> str:
        """The type as Go prints it, where it is a named text, number, list or map."""
        element = plain.removeprefix("[]")
        known = element in _SCALARS | _OWN_FORM | {"error"} or element.startswith(
            ("map[", "[", "*")
        )
        if known or plain in _SCALARS or self._definition(element, definition) in self._fields:
            return ""
        package, _, name = element.rpartition(".")
        package = _ALIASES.get(package, package) or definition.split(".")[-2]
        return f"{'[]' if element != plain else ''}{package}.{name}"


def _field(name: str, type_: str, tag: str) -> _Field:
    json_name, *options = tag.split(",")
    return _Field("" if "inline" in options else json_name or name, type_, frozenset(options))
