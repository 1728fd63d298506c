"""The borders between panes, taken by the mouse."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events

from breakfix.tui.layout.arrangement import Arrangement
from breakfix.tui.layout.borders import Between, Border, border_at, pushed
from breakfix.tui.widgets.tiles import Tiles


@dataclass(frozen=True)
class Held:
    """A border in hand: where it was taken, and how the panes stood then."""

    border: Border
    x: int
    y: int
    before: Arrangement


class MovableBorders(Tiles):
    """Tiles whose borders can be dragged."""

    _held: Held | None = None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the border under the pointer."""
        x, y = self._cell(event)
        border = None if self._zoomed else border_at(self._arrangement, self.room, x, y)
        if border is not None:
            self.screen.clear_selection()
            self._held = Held(border, x, y, self._arrangement)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The border goes along."""
        if self._held is not None:
            held, (x, y) = self._held, self._cell(event)
            by = y - held.y if held.border.between is Between.ROWS else x - held.x
            self.rearrange(pushed(held.before, held.border, by, self.room))

    def on_mouse_up(self) -> None:
        """Let go of it."""
        if self._held is not None:
            self._held = None
            self.release_mouse()

    def _cell(self, event: events.MouseEvent) -> tuple[int, int]:
        """Where the pointer is, from the first cell of the tiles."""
        above = self.content_region.height - self._tiling.size.height
        region = self.content_region
        return int(event.screen_x) - region.x, int(event.screen_y) - region.y - above
