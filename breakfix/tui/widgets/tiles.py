"""Panes on a board: they stand as an arrangement says (tui/layout), which is changed here as
the board is told, and remembered.

All panes are always there; what is behind a tab or closed is only not displayed, so that a
shell lives on wherever its pane goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from textual import events
from textual.containers import Container
from textual.geometry import Region, Size
from textual.message import Message
from textual.widget import Widget

from breakfix.tui.layout.arrangement import PANES, Arrangement
from breakfix.tui.layout.borders import Room, grown
from breakfix.tui.layout.defaults import DEFAULTS, Kind, kind_of
from breakfix.tui.layout.moves import Way, closed, moved, opened, swapped, to_next
from breakfix.tui.layout.places import Place, places
from breakfix.tui.layout.remembering import recalled, with_kept
from breakfix.tui.widgets.tabs import strip
from breakfix.tui.widgets.tiling import Tiling

LINES = {True: {"customers": 1}, False: {"customers": 5}}
"""How high the panes are that are lines, on a small screen and on others."""
AROUND = 2  # rows of the screen that are not the board's
WIDER, HIGHER = 4, 2  # cells, with one press of a key


class Tiles(Container):
    """Has a child for each of PANES, with its name as id. Knows where they stand, what is
    zoomed and where the focus is."""

    class Rearranged(Message):
        """The panes stand otherwise; `layout` is what to remember of it."""

        def __init__(self, layout: Mapping[str, Any]) -> None:
            self.layout = layout
            super().__init__()

    def __init__(self, layout: Mapping[str, Any], *, id: str) -> None:
        self._applying = False
        self._titles: dict[str, str] = {}
        super().__init__(id=id)
        self._kept = layout
        self._kind = Kind.WIDE
        self._arrangement = recalled(self._kept, self._kind)
        self._tiling = Tiling(self._places)
        self._zoomed = ""
        self._last = ""

    # -- how it is laid out -----------------------------------------------------------

    @property
    def layout(self) -> Tiling:
        """Textual asks how to lay the panes out."""
        return self._tiling

    @property
    def arrangement(self) -> Arrangement:
        """Where the panes stand."""
        return self._arrangement

    @property
    def small(self) -> bool:
        """True on a screen where the shell is a tab like the others."""
        return self._kind is Kind.SMALL

    def _places(self, size: Size) -> Mapping[str, Place]:
        if self._zoomed:
            return {self._zoomed: Place(0, 0, size.width, size.height)}
        return places(self._arrangement, size.width, size.height, LINES[self.small])

    @property
    def room(self) -> Room:
        """How much there is to share."""
        return Room(*self._tiling.size, LINES[self.small])

    def on_resize(self, event: events.Resize) -> None:
        """Another kind of screen has another arrangement; who has the focus stays up."""
        self._fit(kind_of(*event.size))

    def _fit(self, kind: Kind) -> None:
        if kind is not self._kind:
            self._kind = kind
            self.set_class(self.small, "-small")
            self._recall()

    def _recall(self) -> None:
        focused = self.focused
        self._arrangement = recalled(self._kept, self._kind)
        if focused:
            self._arrangement = opened(self._arrangement, focused, DEFAULTS[self._kind])
        self._apply()

    def on_mount(self) -> None:
        """Put them where they belong at once: a shell tells its first size to its program."""
        self._fit(kind_of(self.app.size.width, self.app.size.height - AROUND))
        self._apply()

    def _apply(self) -> None:
        """Display what is up, each under its title."""
        seen = (self._zoomed,) if self._zoomed else self._arrangement.seen
        self._applying = True
        for stack in self._arrangement.stacks:
            self._entitle(stack.up, strip(stack))
        for name in PANES:
            self.pane(name).display = name in seen
        self.set_class(bool(self._zoomed), "-zoom")
        self._clear_arrangement_cache()
        self.refresh(layout=True)
        self._applying = False

    def _entitle(self, name: str, title: str) -> None:
        if self._titles.get(name) != title:
            self._titles[name] = self.pane(name).border_title = title

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:  # fmt: skip
        """Painted anew is, while panes come and go, only where one stands otherwise."""
        repaint = repaint and not self._applying
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    # -- changing it ------------------------------------------------------------------

    def rearrange(self, arrangement: Arrangement) -> None:
        """Stand like this from now on, and say so."""
        if arrangement != self._arrangement:
            self._arrangement = arrangement
            self._apply()
            self._kept = with_kept(self._kept, self._kind, arrangement)
            self.post_message(self.Rearranged(self._kept))

    def recall(self, layout: Mapping[str, Any]) -> None:
        """Stand as these preferences say: somebody else has changed them."""
        if layout != self._kept:
            self._kept = layout
            self._recall()

    def move(self, pane: str, way: Way) -> None:
        """A pane to the left, the right, up or down."""
        self.unzoom()
        self.rearrange(moved(self._arrangement, pane, way))

    def grow(self, pane: str, way: Way) -> None:
        """A pane wider (right), narrower (left), higher (down), flatter (up)."""
        by = WIDER if way.is_sideways else HIGHER
        self.rearrange(grown(self._arrangement, pane, way, by, self.room))

    def to_next(self, pane: str) -> None:
        """A pane into the next place, as a tab there."""
        self.unzoom()
        self.rearrange(to_next(self._arrangement, pane))

    def swap(self, pane: str) -> None:
        """What is in the pane's place and in the next one change places."""
        self.unzoom()
        self.rearrange(swapped(self._arrangement, pane))

    def close(self, pane: str) -> None:
        """A pane out of the way; it lives on and can be opened again."""
        self.unzoom()
        self.rearrange(closed(self._arrangement, pane))

    def reset(self) -> None:
        """All panes as they came."""
        self.unzoom()
        self.rearrange(DEFAULTS[self._kind])

    def open(self, pane: str) -> None:
        """A pane up, also a closed one, and seen."""
        if pane != self._zoomed:
            self.unzoom()
        self.rearrange(opened(self._arrangement, pane, DEFAULTS[self._kind]))

    def zoom(self, pane: str = "") -> None:
        """A pane (the current one) over the whole board, or back."""
        if self._zoomed:
            self.unzoom()
            return
        self._zoomed = pane or self.current
        self._apply()

    def unzoom(self) -> None:
        """All panes as they were."""
        if self._zoomed:
            self._zoomed = ""
            self._apply()

    # -- where the focus is -----------------------------------------------------------

    def pane(self, name: str) -> Widget:
        """A pane by its name."""
        return self.query_one(f"#{name}")

    @property
    def focused(self) -> str:
        """The pane with the focus, or nothing."""
        return next((name for name in PANES if self.pane(name).has_focus_within), "")

    @property
    def current(self) -> str:
        """The pane that keys for panes are about: in focus now, or before, or the first."""
        for name in (self._zoomed, self.focused, self._last):
            if name and name in (self._zoomed, *self._arrangement.seen):
                return name
        return self._arrangement.seen[0]

    def in_order(self) -> list[str]:
        """The panes that are up, as they are read: from the top, from the left."""
        found = self._places(self._tiling.size)
        return sorted(found, key=lambda name: (found[name].y, found[name].x))

    def on_descendant_focus(self) -> None:
        """Remember who had it."""
        self._last = self.focused or self._last
