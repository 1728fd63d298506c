"""The descriptions of built-in fields, out of the models of the `kubernetes` package.

Its sources are read as text, one file for each definition, when a document is asked for:
importing the package would take longer than all of this.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_FIELD = re.compile(r'^    (\w+): .*?Field\((.*)\bdescription=("(?:[^"\\]|\\.)*")', re.MULTILINE)
_ALIAS = re.compile(r'serialization_alias="([^"]+)"')
_CLASS = re.compile(
    r'^class \w+\(.*\):\n    """\n    (.*?)\n\n    Attributes:', re.MULTILINE | re.DOTALL
)
_PARTS = 3


@dataclass
class Prose:
    """What is said of a definition and of its fields."""

    description: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@cache
def _files() -> dict[str, Path]:
    """The model files by the name of their class in lower case; none without the package."""
    found = find_spec("kubernetes")
    if found is None or not found.submodule_search_locations:
        return {}
    folder = Path(found.submodule_search_locations[0]) / "client" / "models"
    return {path.stem.replace("_", ""): path for path in folder.glob("*.py")}


@cache
def prose(definition: str) -> Prose:
    """What there is on "io.k8s.api.core.v1.PodSpec"."""
    parts = definition.split(".")
    if len(parts) < _PARTS:
        return Prose()
    group, version, kind = (p.lower() for p in parts[-3:])
    for name in (f"{group}{version}{kind}", f"{version}{kind}"):
        path = _files().get(name)
        if path is not None:
            return _read(path.read_text(encoding="utf-8"))
    return Prose()


def _read(source: str) -> Prose:
    fields = {}
    for name, options, literal in _FIELD.findall(source):
        alias = _ALIAS.search(options)
        fields[alias[1] if alias else name] = str(ast.literal_eval(literal))
    found = _CLASS.search(source)
    return Prose(" ".join(found[1].split()) if found else "", fields)
