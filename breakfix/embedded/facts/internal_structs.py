"""The structs that the API server works with inside, whose names and order its messages show.

Only scripts/record-facts reads the sources, which are published as Go modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

# Folder of the internal types, that of the ones with JSON names, and the package's name.
_PLACES = (
    ("k8s.io/kubernetes@v1.{m}/pkg/apis/core", "k8s.io/api@v0.{m}/core/v1", "core"),
    ("k8s.io/kubernetes@v1.{m}/pkg/apis/rbac", "k8s.io/api@v0.{m}/rbac/v1", "rbac"),
    ("k8s.io/apiextensions-apiserver@v0.{m}/pkg/apis/apiextensions",
     "k8s.io/apiextensions-apiserver@v0.{m}/pkg/apis/apiextensions/v1", "apiextensions"),
)  # fmt: skip
# What messages show; everything that these need is stored with them.
_SHOWN = (
    "core.PodTemplateSpec", "core.EphemeralContainer", "core.PersistentVolumeClaimSpec",
    "core.PersistentVolumeSource", "core.NodeAffinity", "core.VolumeNodeAffinity",
    "rbac.RoleRef", "apiextensions.ValidationRule",
)  # fmt: skip
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_ALIAS = re.compile(r"^type (\w+) (\S+)$", re.MULTILINE)
_FIELD = re.compile(
    r"^\t(?:(\w+)[ \t]+)?([\w.*\[\]]+)(?:[ \t]+`[^`\n]*`)?(?:[ \t]*//.*)?$", re.MULTILINE
)
_TAGGED = re.compile(r'^\t(\w+)\s+\S+\s+`[^`\n]*?json:"([\w]+)', re.MULTILINE)
_SCALARS = {
    "string": "s", "bool": "b", "int": "i", "int32": "i", "int64": "i", "resource.Quantity": "q",
    "intstr.IntOrString": "i", "types.UID": "s",
}  # fmt: skip

Field = list[str]  # Go's name, the JSON name, and how its zero value looks (see schema/internal)


class InternalStructs:
    """Of one version, as "34.4"; `folder` is the module cache."""

    def __init__(self, folder: Path, version: str) -> None:
        self._bodies: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._json: dict[str, dict[str, str]] = {}
        for inside, outside, package in _PLACES:
            for source in sorted((folder / inside.format(m=version)).glob("types*.go")):
                text = source.read_text("utf-8")
                self._bodies |= {f"{package}.{n}": body for n, body in _STRUCT.findall(text)}
                self._aliases |= {f"{package}.{n}": to for n, to in _ALIAS.findall(text)}
            for source in sorted((folder / outside.format(m=version)).glob("types*.go")):
                for name, body in _STRUCT.findall(source.read_text("utf-8")):
                    self._json[f"{package}.{name}"] = dict(_TAGGED.findall(body))

    def facts(self) -> dict[str, list[Field]]:
        """For `internal.json`."""
        found: dict[str, list[Field]] = {}
        waiting = list(_SHOWN)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = list(self._fields(name))
                waiting += [c for f in found[name] if (c := f[2].lstrip("*[{+")) in self._bodies]
        return dict(sorted(found.items()))

    def _fields(self, struct: str) -> Iterator[Field]:
        known = self._json.get(struct, {})
        for name, type_ in _FIELD.findall(self._bodies[struct]):
            code = self._code(type_, struct.partition(".")[0])
            if name:
                yield [name, known.get(name, name[:1].lower() + name[1:]), code]
            else:
                yield [type_, "metadata" if code == "v" else "", f"+{code}"]

    def _code(self, type_: str, package: str) -> str:
        for start, sign in (("*", "*"), ("[]", "["), ("map[string]", "{")):
            if type_.startswith(start):
                return sign + self._code(type_.removeprefix(start), package)
        full = f"{package}.{type_}"
        if type_.startswith("map["):
            return "{" + self._code(type_.partition("]")[2], package)
        if full in self._aliases:
            return self._code(self._aliases[full], package)
        return _SCALARS.get(type_) or (full if full in self._bodies else "v")
