"""How Textual lays the board out: every pane gets the cells that the arrangement gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from breakfix.tui.layout.places import Place

PlacesOf = Callable[[Size], Mapping[str, Place]]
"""Where each pane stands in a room of this size, by its id."""


class Tiling(Layout):
    """Children of a board as tiles; `size` is the room there was for them at last."""

    name = "tiling"

    def __init__(self, places_of: PlacesOf) -> None:
        self._places_of = places_of
        self.size = Size(0, 0)

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True  # noqa: ARG002
    ) -> ArrangeResult:  # fmt: skip
        """Place the children that have a place."""
        parent.pre_layout(self)
        self.size = size
        found = self._places_of(size)
        return [
            WidgetPlacement(_region(place), NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (place := found.get(child.id or ""))
        ]


def _region(place: Place) -> Region:
    return Region(place.x, place.y, place.width, place.height)
