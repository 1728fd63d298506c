"""Many lines of which only those on the screen are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.visual import Visual

R = TypeVar("R")
SELECTED = "$foreground on $block-cursor-background"


def movements(name: str, last: str = "last") -> list[Binding]:
    """The keys of a cursor over lines. Whoever has them does `move(STEP)`, `page(STEP)`, `first`
    and `last`."""
    keys = (
        ("up,k", "move(-1)", "up", "up"), ("down,j", "move(1)", "down", "down"),
        ("pageup", "page(-1)", "page up", "pageup"),
        ("pagedown", "page(1)", "page down", "pagedown"),
        ("home", "first", "first", "home"), ("end", "last", last, "end"),
    )  # fmt: skip
    return [
        Binding(key, action, label, show=False, id=f"{name}.{end}")
        for key, action, label, end in keys
    ]


class LineView(ScrollView, Generic[R], can_focus=True):
    """Shows rows, one line each. A row is anything that can be compared: a line whose row is
    the same as before is not drawn again. EMPTY is said where there are none."""

    EMPTY = ""

    def __init__(self, *, id: str | None = None, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self.rows: Sequence[R] = ()
        self._strips: dict[int, Strip] = {}
        self.following = True
        """Whether the end was in sight when somebody scrolled last."""

    def draw(self, row: R, y: int) -> Content:
        """A row as one line of text."""
        raise NotImplementedError

    @property
    def room(self) -> int:
        """The cells of a line."""
        return max(1, self.scrollable_content_region.width)

    def show_rows(self, rows: Sequence[R]) -> None:
        """Show these from now on."""
        old, self.rows = self.rows, rows
        by = self._moved_by(old)
        self._strips = {
            y + by: strip
            for y, strip in self._strips.items()
            if 0 <= y + by < len(rows) and y < len(old) and rows[y + by] == old[y]
        }
        self._be_as_high_as(len(rows))
        self.refresh()

    def _moved_by(self, old: Sequence[R]) -> int:
        """How far down lines on the screen have gone: those of a ticker go up."""
        y = max(self._strips, default=0)
        if self.text_selection or y >= len(old) or (y < len(self.rows) and self.rows[y] == old[y]):
            return 0
        return self.rows.index(old[y]) - y if old[y] in self.rows else 0

    def _be_as_high_as(self, lines: int) -> None:
        """Nothing is to be laid out anew where a scrollbar is and stays."""
        size, room = Size(0, lines), self.container_size.height
        if room and min(lines, self.virtual_size.height) > room:
            self.set_reactive(LineView.virtual_size, size)
            self._scroll_update(size)
        else:
            self.virtual_size = size

    def redraw(self, *lines: int) -> None:
        """Draw these lines again, all where none is named."""
        if not lines:
            self._strips.clear()
        for y in lines:
            self._strips.pop(y, None)
        self.refresh()

    def bring_up(self, y: int) -> None:
        """Scroll no further than needed to have this line on the screen."""
        self.scroll_to_region(Region(0, y, 1, 1), animate=False, force=True, immediate=True)

    def to_end(self) -> None:
        """Have the last line on the screen, also one that has only just come."""
        self.following = True
        self.scroll_end(animate=False, immediate=True)
        self.call_after_refresh(self._still_to_end)

    def _still_to_end(self) -> None:
        if self.following:
            self.scroll_end(animate=False, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Going up stops following, going to the end begins it again."""
        super().watch_scroll_y(old_value, new_value)
        self.following = self.is_vertical_scroll_end

    def notify_style_update(self) -> None:
        """Another theme, or the focus has come or gone."""
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        y += self.scroll_offset.y
        if not self.rows and y == 0:
            return self._strip(Content.styled(self.EMPTY, "$muted"))
        if not 0 <= y < len(self.rows):
            return Strip.blank(self.size.width, self.rich_style)
        if y not in self._strips:
            self._strips[y] = self._strip(self._selected(self.draw(self.rows[y], y), y))
        return self._strips[y].apply_offsets(0, y)

    # -- what is selected by mouse ----------------------------------------------------

    def _selected(self, content: Content, y: int) -> Content:
        span = self.text_selection.get_span(y) if self.text_selection else None
        if span is None:
            return content
        end = len(content.plain) if span[1] == -1 else span[1]
        return content.stylize(SELECTED, span[0], end)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The text that is selected, and what comes after it."""
        text = "\n".join(self.draw(row, y).plain for y, row in enumerate(self.rows))
        return selection.extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        """Show it."""
        self.redraw()

    # -- drawing ----------------------------------------------------------------------

    def _strip(self, content: Content) -> Strip:
        width = self.size.width
        wide = max(1, content.cell_length)
        strips = Visual.to_strips(self, content, wide, 1, self.visual_style, apply_selection=False)
        return strips[0].crop_extend(0, width, self.rich_style)
