"""Every key of the terminal: who listens to it, what it does, which keys a person has set.

The bindings stand in the BINDINGS of the screens and widgets they belong to. Here they are
found (for the list of keys and the docs) and read with the person's own keys in place.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module

from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen

PLACES = ("breakfix.tui.screens", "breakfix.tui.widgets")
APP = ("breakfix.tui.comfort", "ComfortApp")
LAST_WAY_OUT = "app.quit"  # screens put their own leaving in front of it


class Reach(Enum):
    """Where the keys of an owner are listened to."""

    EVERYWHERE = "everywhere"
    SCREEN = "screen"
    DIALOG = "dialog"
    PANE = "pane"


@dataclass(frozen=True)
class Bound:
    """One binding with all its keys as they came. `anywhere` keys are heard before the
    widget in focus: also while the shell listens."""

    id: str
    action: str
    keys: tuple[str, ...]
    label: str
    about: str
    anywhere: bool


@dataclass(frozen=True)
class Owner:
    """A screen or a widget with its own bindings."""

    name: str
    title: str
    reach: Reach
    bindings: tuple[Bound, ...]


@cache
def owners() -> tuple[Owner, ...]:
    """The app, then screens, dialogs and panes, by title. Imports all of them."""
    all_of_them = [getattr(import_module(APP[0]), APP[1]), *classes()]
    found = [_owner(owner) for owner in all_of_them if "BINDINGS" in vars(owner)]
    order = list(Reach)
    return tuple(sorted(found, key=lambda owner: (order.index(owner.reach), owner.title)))


def classes() -> Iterator[type[DOMNode]]:
    """Every screen and widget of ours."""
    for place in PLACES:
        for module in pkgutil.iter_modules(import_module(place).__path__, f"{place}."):
            for value in list(vars(import_module(module.name)).values()):
                ours = isinstance(value, type) and value.__module__ == module.name
                if ours and issubclass(value, DOMNode):
                    yield value


def title_of(owner: type[DOMNode]) -> str:
    """What a screen or widget is called: its HELP_TITLE, its border's, or its name."""
    given = getattr(owner, "HELP_TITLE", "") or getattr(owner, "BORDER_TITLE", "")
    return str(given or owner.__name__.removesuffix("Screen").removesuffix("Pane"))


def _owner(owner: type[DOMNode]) -> Owner:
    title = "Everywhere" if issubclass(owner, App) else title_of(owner)
    return Owner(owner.__name__, title, reach(owner), tuple(_bound(owner)))


def reach(owner: type[DOMNode]) -> Reach:
    """Where the keys of a class are listened to."""
    if issubclass(owner, App):
        return Reach.EVERYWHERE
    if issubclass(owner, ModalScreen):
        return Reach.DIALOG
    return Reach.SCREEN if issubclass(owner, Screen) else Reach.PANE


def _bound(owner: type[DOMNode]) -> Iterator[Bound]:
    """The bindings of a class itself, the keys of one id together."""
    together: dict[str, list[Binding]] = {}
    for _, binding in BindingsMap(vars(owner)["BINDINGS"]):
        together.setdefault(binding.id or "", []).append(binding)
    for name, members in together.items():
        first, keys = members[0], tuple(binding.key for binding in members)
        yield Bound(
            name, first.action, keys, first.description, first.tooltip, first.priority
        )  # fmt: skip


def by_id() -> Mapping[str, Bound]:
    """Every binding that has an id."""
    return {bound.id: bound for owner in owners() for bound in owner.bindings if bound.id}


def live(node: DOMNode) -> Iterator[Binding]:
    """A node's bindings with the person's own keys, in the order they were written down."""
    order: dict[str, int] = {}
    for _, binding in node._bindings:
        order.setdefault(_name(binding), len(order))
    mapping = node._bindings.copy()
    mapping.apply_keymap(node.app._keymap)
    found = [binding for _, binding in mapping]
    found.sort(key=lambda binding: order.get(_name(binding), len(order)))
    yield from sorted(found, key=lambda binding: binding.id == LAST_WAY_OUT)


def _name(binding: Binding) -> str:
    return binding.id or f"{binding.key} {binding.action}"
