"""Packs: folders that hold `scenarios/` and `manifests/`; the built-in one and others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from breakfix.errors import BreakfixError, ScenarioError, UsageError
from breakfix.scenario import loading
from breakfix.scenario.links import Link, read_links
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.wording import close
from breakfix.settings import Settings


def builtin_pack() -> Path:
    """The pack that comes with breakfix: inside the installed package, or the checkout
    around it. Raises BreakfixError when an installation lacks it."""
    package = Path(str(files("breakfix")))
    for root in (package / "pack", package.parent):
        if (root / "scenarios").is_dir() and (root / "manifests").is_dir():
            return root
    raise BreakfixError(
        f"the built-in scenarios are missing beside {package}", "Install breakfix again."
    )


def catalogue(settings: Settings) -> Catalogue:
    """The built-in pack and those of the settings."""
    return Catalogue((builtin_pack(), *settings.extra_packs))


def load_file(path: Path) -> LoadedScenario:
    """A scenario by its path (a file, or the folder that holds scenario.yaml), in the
    pack around it. Raises ScenarioError."""
    file = path / "scenario.yaml" if path.is_dir() else path
    root = loading.pack_root(file.absolute())
    return loading.load(file, _with_builtin(root), str(file))


@dataclass
class _Contents:
    """What was found in the packs; `broken` is keyed by folder, pack or file."""

    loaded: dict[str, LoadedScenario] = field(default_factory=dict)
    broken: dict[str, ScenarioError] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)


class Catalogue:
    """All scenarios of some packs, read once when first asked for; the first pack lends
    its manifests to the others.

    A file that cannot be loaded is a problem, not the end: the others are there.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = tuple(roots)

    def names(self) -> tuple[str, ...]:
        """The names of all scenarios, in the order of packs and paths."""
        return tuple(self._contents.loaded)

    def all(self) -> tuple[LoadedScenario, ...]:
        """All scenarios that could be loaded."""
        return tuple(self._contents.loaded.values())

    @property
    def problems(self) -> tuple[ScenarioError, ...]:
        """What could not be loaded, and why."""
        return tuple(self._contents.broken.values())

    def get(self, name: str) -> LoadedScenario:
        """The scenario of this name. Raises UsageError, or the ScenarioError of its file."""
        if name in self._contents.loaded:
            return self._contents.loaded[name]
        if name in self._contents.broken:
            raise self._contents.broken[name]
        said = f"there is no scenario {name!r}{close(name, self.names())}"
        raise UsageError(said, "`breakfix list` shows all scenarios.")

    def links(self, names: Sequence[str]) -> tuple[Link, ...]:
        """The pages of these short names; unknown ones are left out (lint finds them)."""
        return tuple(self._contents.links[n] for n in names if n in self._contents.links)

    @cached_property
    def _contents(self) -> _Contents:
        contents = _Contents()
        for root in self._roots:
            try:
                for path in scenario_files(root):
                    self._add(contents, path, root)
                contents.links = read_links(root) | contents.links
            except ScenarioError as error:
                contents.broken[str(root)] = error
        return contents

    def _add(self, contents: _Contents, path: Path, root: Path) -> None:
        builtin = self._roots[0]
        shown = path.relative_to(root).as_posix() if root == builtin else str(path)
        try:
            found = loading.load(path, _packs(root, builtin), shown)
        except ScenarioError as error:
            contents.broken.setdefault(path.parent.name, error)
            return
        if other := contents.loaded.get(found.name):
            said = f"{shown}: the name {found.name!r} is taken by {other.document.where}"
            contents.broken[shown] = ScenarioError(said, "Change metadata.name.")
            return
        contents.loaded[found.name] = found


def scenario_files(root: Path) -> Iterator[Path]:
    """`scenarios/NAME/scenario.yaml` and `scenarios/TRACK/NAME/scenario.yaml`, sorted.
    Raises ScenarioError for a folder that is not a pack."""
    top = root / "scenarios"
    if not top.is_dir():
        said = f"{root}: this is not a pack: it has no folder scenarios/"
        raise ScenarioError(said, "A pack holds scenarios/ and manifests/.")
    yield from sorted((*top.glob("*/scenario.yaml"), *top.glob("*/*/scenario.yaml")))


def _packs(root: Path, builtin: Path) -> tuple[Path, ...]:
    return (root,) if root == builtin else (root, builtin)


def _with_builtin(root: Path) -> tuple[Path, ...]:
    try:
        return _packs(root, builtin_pack())
    except BreakfixError:
        return (root,)
