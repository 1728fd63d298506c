"""Manifests that a scenario names, as Kubernetes objects in the order to apply them.

A name beginning with `manifests/` is looked up in the pack (then in the built-in pack),
any other beside the scenario; a folder means its *.yaml files in sorted order. No name,
and no symlink, leads out of the pack.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from breakfix.errors import ScenarioError
from breakfix.scenario import positions
from breakfix.scenario.order import in_order
from breakfix.scenario.positions import Document, Place, Problem, fail
from breakfix.scenario.reading import MAX_BYTES, read_text
from breakfix.scenario.templates import Values, fill

Object = dict[str, Any]
"""A Kubernetes object as plain JSON."""
_SHARED = "manifests"
_OUTSIDE = "Name a file beside the scenario, or manifests/... of the pack."


@dataclass(frozen=True)
class Source:
    """Where manifests are found, and what fills their placeholders."""

    folder: Path
    roots: tuple[Path, ...]
    values: Values = field(default_factory=Values)


def objects(source: Source, names: Sequence[str]) -> tuple[Object, ...]:
    """All objects of these manifests (`spec.base`), in the order to apply them. Raises
    ScenarioError, with every problem of a file at its line."""
    found = [item for name in names for file in files(source, name) for item in _read(source, file)]
    return in_order(found)


def applied(source: Source, apply: str | Sequence[Object]) -> tuple[Object, ...]:
    """The objects of a step's `apply`: a manifest's name, or objects written in place."""
    if isinstance(apply, str):
        return objects(source, (apply,))
    document = Document("apply", list(apply))
    return in_order([copy.deepcopy(item) for item in _accepted(document, document.data)])


def files(source: Source, name: str) -> tuple[Path, ...]:
    """The files that a manifest name stands for, at least one. Raises ScenarioError."""
    path = _located(source, name)
    if not path.is_dir():
        return (path,)
    found = tuple(_held(file, source.roots, name) for file in sorted(path.glob("*.yaml")))
    if not found:
        raise ScenarioError(f"{name}: the folder holds no *.yaml file", "Add a manifest.")
    return found


def digest(path: Path, roots: tuple[Path, ...], data: Any) -> str:
    """SHA-256 over a scenario, the files of its folder, and the pack's manifests that it
    names; the same for the same contents wherever the pack lies."""
    source = Source(path.parent, roots)
    shared = [
        (f"{name}/{file.name}", file)
        for name in sorted(_shared_names(data))
        for file in _readable(source, name)
    ]
    total = hashlib.sha256()
    for name, file in [*_beside(path.parent), *shared]:
        total.update(f"{name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as content:
            total.update(content.read(MAX_BYTES))
    return total.hexdigest()


def _beside(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*.yaml")):
        if file.is_file() and not file.is_symlink():
            yield file.relative_to(folder).as_posix(), file


def _readable(source: Source, name: str) -> tuple[Path, ...]:
    try:
        return tuple(file for file in files(source, name) if file.is_file())
    except ScenarioError:
        return ()  # lint says so


def _shared_names(data: Any) -> set[str]:
    if isinstance(data, str):
        return {data} if data.startswith(_SHARED + "/") else set()
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return {name for value in inner for name in _shared_names(value)}


def _located(source: Source, name: str) -> Path:
    parts = Path(name).parts
    if not parts or "\0" in name or Path(name).is_absolute():
        raise ScenarioError(f"{name!r} cannot name a manifest", _OUTSIDE)
    starts = source.roots if parts[0] == _SHARED else (source.folder,)
    for start in starts:
        path = _held(start / name, source.roots, name)
        if path.exists():
            return path
    places = "in the pack" if parts[0] == _SHARED else "beside the scenario"
    raise ScenarioError(f"{name}: there is no such file or folder {places}", _OUTSIDE)


def _held(path: Path, roots: tuple[Path, ...], name: str) -> Path:
    """The path, symlinks followed, if a pack holds it. Raises ScenarioError."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError) as error:  # a loop of symlinks
        raise ScenarioError(f"{name}: {error}", _OUTSIDE) from error
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        raise ScenarioError(f"{name}: leads out of the pack", _OUTSIDE)
    return real


def _read(source: Source, file: Path) -> Iterator[Object]:
    where = _shown(source, file)
    for document in _documents(read_text(file, where), where):
        data, problems = fill(document, source.values)
        if problems:
            fail(problems, "A placeholder is a parameter of the scenario or cluster.X.")
        yield from _accepted(document, data)


@lru_cache(maxsize=64)
def _documents(text: str, where: str) -> tuple[Document, ...]:
    """Parsed once: lint and a round ask for the same text often. `fill` copies."""
    return tuple(positions.documents(text, where))


def _shown(source: Source, file: Path) -> str:
    root = next((r.resolve() for r in source.roots if file.is_relative_to(r.resolve())), None)
    return file.relative_to(root).as_posix() if root else file.name


def _accepted(document: Document, data: Any) -> list[Object]:
    """The objects of a document, lists flattened. Raises ScenarioError."""
    found = list(_flat(data, ()))
    problems = [p for place, item in found for p in _problems(document, place, item)]
    if problems:
        fail(problems, "Every object needs apiVersion, kind and metadata.name.")
    return [item for _, item in found]


def _flat(data: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(data, list) and not place:
        for i, item in enumerate(data):
            yield from _flat(item, (i,))
    elif isinstance(data, dict) and data.get("kind") == "List":
        items = data.get("items")
        for i, item in enumerate(items if isinstance(items, list) else ()):
            yield from _flat(item, (*place, "items", i))
    else:
        yield place, data


def _problems(document: Document, place: Place, item: Any) -> Iterator[Problem]:
    if not isinstance(item, dict):
        yield document.problem(place, "expected a Kubernetes object")
        return
    for key in ("apiVersion", "kind"):
        if not _is_text(item.get(key)):
            yield document.problem(place, "missing; it is needed here", more=key)
    metadata = item.get("metadata")
    if not isinstance(metadata, dict) or not _is_text(metadata.get("name")):
        yield document.problem(place, "missing; it is needed here", more="metadata.name")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
