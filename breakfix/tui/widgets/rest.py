"""The part of a dialog that scrolls, so that what stands above and below it stays in view."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.widget import Widget

SCROLLS = "pgup pgdn scroll"
LEAST = 2  # rows
SHORT = 30  # rows of a screen on which a dialog has all of them
BREAKPOINTS = [(0, "-short"), (SHORT, "-high")]


class Rest(VerticalScroll):
    """As high as what it holds, at most what its dialog leaves; the dialog's frame says so
    where there is more to see."""

    def on_mount(self) -> None:
        """Measured anew with every layout."""
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self._fit())

    def _fit(self) -> None:
        box = self.parent
        if not isinstance(box, Widget) or not self.display:
            return
        rows = self.screen.size.height
        room = (rows if rows < SHORT else rows * 9 // 10) - _around(box, self)
        self._allow(max(LEAST, room))
        scrolls = SCROLLS if self.max_scroll_y else ""
        if box.border_subtitle != scrolls:
            box.border_subtitle = scrolls

    def _allow(self, rows: int) -> None:
        most = self.styles.max_height
        if most is None or most.value != rows:
            self.styles.max_height = rows


def _around(box: Widget, rest: Widget) -> int:
    """Rows of a dialog that are not the scrolling part's."""
    shown = [child for child in box.displayed_children if child is not rest]
    rows = sum(child.outer_size.height + child.styles.margin.height for child in shown)
    return rows + rest.styles.margin.height + box.gutter.height
