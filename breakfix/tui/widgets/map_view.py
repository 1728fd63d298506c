"""The lines of the map: what `kubectl get` would list, namespace by namespace, by shape and
word, and a cursor. What can be done with the object under it is the screen's affair."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from breakfix.clusters.live_picture import Picture, Pod, Workload
from breakfix.tui.evidence import Target
from breakfix.tui.widgets.lines import LineView, movements
from breakfix.tui.widgets.map_cells import Cell
from breakfix.tui.widgets.map_detail import age
from breakfix.tui.widgets.map_rows import (
    Row,
    Spot,
    beside,
    first_spot,
    found,
    map_rows,
    nearest,
    pointing,
    spots,
    under,
)

AGES_SECONDS = 5.0
CURSOR, CURSOR_BLURRED = "$block-cursor-foreground on $block-cursor-background", "underline"
Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)


class MapView(LineView[Row]):
    """The lines of the map and the cursor on them. The selection is an object, not a place:
    it stays on it while the picture changes."""

    HELP_TITLE = "Map"
    ALLOW_SELECT = False
    BINDINGS = [
        *movements("map"),
        Binding("left", "cell(-1)", "before", show=False, id="map.left"),
        Binding("right", "cell(1)", "next", show=False, id="map.right"),
    ]  # fmt: skip

    class Moved(Message):
        """The cursor stands on another object, or that object has changed."""

    class Menu(Message):
        """What can be done with the object under the cursor is asked for."""

    def __init__(self, now: Now = utc_now) -> None:
        super().__init__(id="map-view")
        self._picture, self._now = Picture(), now
        self._unfolded: set[Target] = set()
        self._spots: dict[Target, Spot] = {}
        self._pointing: dict[Target, list[int]] = {}
        self.spot: Spot | None = None
        self._column = 0
        self._shown: tuple[object, ...] = ()

    def on_mount(self) -> None:
        """Ages grow by themselves."""
        self.set_interval(AGES_SECONDS, self._older)

    def _older(self) -> None:
        if self._unfolded:
            self.redraw()

    # -- what is shown ----------------------------------------------------------------

    def show(self, picture: Picture) -> None:
        """Show this picture; while nobody sees the map, remember it."""
        self._picture = picture
        self._lay_out()

    def on_resize(self) -> None:
        """Another width, or seen again."""
        self._lay_out()

    def _lay_out(self) -> None:
        if not self.size.width:
            return
        picture = self._picture
        shown = (picture.link, picture.trouble, picture.places, picture.nodes, self.room,
                 frozenset(self._unfolded))  # fmt: skip
        if shown == self._shown:
            return
        self._shown = shown
        chosen, tied = self.cell, self._tied_lines()
        rows = map_rows(picture, self.room, self._unfolded)
        self._spots, self._pointing = spots(rows), pointing(rows)
        spot = self._stay(rows, chosen)
        if spot != self.spot:
            self._strips.clear()
        self.spot = spot
        self.show_rows(rows)
        self.redraw(len(rows), *(tied ^ self._tied_lines()))
        self.post_message(self.Moved())

    def _stay(self, rows: list[Row], chosen: Cell | None) -> Spot | None:
        """On the same object; where it has gone, near its place."""
        if chosen and chosen.target in self._spots:
            return self._spots[chosen.target]
        if self.spot is None:
            return first_spot(rows)
        y = min(self.spot[0], len(rows) - 1)
        return nearest(rows, y, self._column, 1) or nearest(rows, y, self._column, -1)

    def draw(self, row: Row, y: int) -> Content:
        """Cells at their columns, the cursor on one of them, what it points to underlined."""
        parts: list[tuple[str, str] | str | Content] = list(row.note)
        at = sum(len(text) for text, _ in row.note)
        for index, (start, cell) in enumerate(zip(row.starts, row.cells, strict=True)):
            parts += [" " * (start - at), self._drawn(cell, (y, index) == self.spot)]
            at = start + cell.width
            if cell.tail or cell.created:
                parts.append((f" {age(cell.created, self._now()):>4} {cell.tail}", "$muted"))
        return Content.assemble(*parts)

    def _drawn(self, cell: Cell, here: bool) -> Content:
        content = Content.assemble(*cell.parts)
        if here:
            return content.stylize(CURSOR if self.has_focus else CURSOR_BLURRED)
        chosen = self.cell if self.has_focus else None
        tied = chosen and (cell.target in chosen.points or chosen.target in cell.points)
        return content.stylize("underline") if tied else content

    # -- the cursor -------------------------------------------------------------------

    @property
    def cell(self) -> Cell | None:
        """What is under the cursor."""
        if self.spot is None or self.spot[0] >= len(self.rows):
            return None
        cells = self.rows[self.spot[0]].cells
        return cells[self.spot[1]] if self.spot[1] < len(cells) else None

    def select(self, spot: Spot | None, keep_column: bool = False) -> None:
        """Put the cursor there."""
        if spot is None:
            return
        before = self._tied_lines()
        self.spot = spot
        if not keep_column:
            self._column = self.rows[spot[0]].starts[spot[1]]
        self.redraw(*before, *self._tied_lines(), spot[0])
        self.bring_up(spot[0])
        self.post_message(self.Moved())

    def _tied_lines(self) -> set[int]:
        """The lines that look different because the cursor is where it is."""
        cell = self.cell
        if cell is None or self.spot is None:
            return set()
        ends = {self._spots[end][0] for end in cell.points if end in self._spots}
        return {self.spot[0], *ends, *self._pointing.get(cell.target, ())}

    def select_target(self, target: Target) -> bool:
        """Put the cursor on an object; False where the map does not show it."""
        self.select(self._spots.get(target))
        return target in self._spots

    def action_move(self, step: int) -> None:
        """A line with objects up or down, in the same column as far as there is one."""
        if self.spot is not None:
            self.select(nearest(self.rows, self.spot[0] + step, self._column, step), True)

    def action_cell(self, step: int) -> None:
        """The next object in the order of reading, or the one before."""
        if self.spot is not None:
            self.select(beside(self.rows, self.spot, step))

    def action_first(self) -> None:
        """The first object, and what stands over it."""
        self.select(min(self._spots.values(), default=None))
        self.scroll_home(animate=False)

    def action_last(self) -> None:
        """The last object."""
        self.select(max(self._spots.values(), default=None))

    def action_page(self, step: int) -> None:
        """A screenful up or down."""
        if self.spot is None:
            return
        y = self.spot[0] + step * max(1, self.size.height - 1)
        y = max(0, min(len(self.rows) - 1, y))
        self.select(
            nearest(self.rows, y, self._column, step) or nearest(self.rows, y, self._column, -step),
            True,
        )

    def unfold(self) -> None:
        """Show the pods of the workload under the cursor, or hide them."""
        cell = self.cell
        if cell is None:
            return
        owner = self._owner(cell)
        self._unfolded ^= {owner}
        if cell.target != owner:
            self.select_target(owner)
        self._lay_out()
        if self.spot:
            self.bring_up(self.spot[0])

    def _owner(self, cell: Cell) -> Target:
        """The workload that an unfolded pod stands under; else the object itself."""
        if not isinstance(cell.thing, Pod) or self.spot is None:
            return cell.target
        above = (self.rows[y].cells[0] for y in range(self.spot[0], -1, -1) if self.rows[y].cells)
        return next(c.target for c in above if isinstance(c.thing, Workload))

    def find(self, words: str, step: int = 0) -> str:
        """Go to the first object with these words, or by steps to the next; says how many."""
        every = found(self.rows, words)
        if not every:
            return "nothing found" if words.strip() else ""
        at = next((n for n, spot in enumerate(every) if self.spot and spot >= self.spot), 0)
        if step and self.spot in every:
            at = (every.index(self.spot) + step) % len(every)
        self.select(every[at])
        return f"{at + 1} of {len(every)}"

    async def on_click(self, event: events.Click) -> None:
        """Select what is under the pointer; a second click on it opens its menu."""
        spot = under(self.rows, event.y + self.scroll_offset.y, event.x)
        if spot is None:
            return
        again = spot == self.spot and event.chain > 1
        self.select(spot)
        if again or event.button == 3:  # noqa: PLR2004 - the right one
            self.post_message(self.Menu())

    def on_focus(self) -> None:
        """The cursor is shown stronger."""
        self.redraw()

    def on_blur(self) -> None:
        """The cursor steps back."""
        self.redraw()
