"""The top line of a round: which, how hard, where, and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from breakfix.tui.words import clipped, clock_brief, clock_parts, dots

if TYPE_CHECKING:
    from breakfix.game.model import RoundView

WIDE = 110


class RoundHeader(Widget):
    """Name, difficulty, cluster at the left; clock, projected score, seed at the right."""

    view: reactive[RoundView | None] = reactive(None, always_update=True)

    def render(self) -> Content:
        """One line; what matters least goes first where there is no room."""
        if self.view is None:
            return Content("")
        width = self.size.width
        right = self._right(self.view, width >= WIDE)
        left = self._left(self.view, width - right.cell_length - 2, width >= WIDE)
        gap = max(1, width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)

    def _left(self, view: RoundView, room: int, wide: bool) -> Content:
        meta = view.scenario.metadata
        brand = (" breakfix  ", "$accent bold") if wide else " "
        tail = f"  {dots(meta.difficulty)}"
        cluster = f"   {view.cluster}" if wide else ""
        used = len(tail) + len(cluster) + (11 if wide else 1)
        name = clipped(meta.name, room - used)
        return Content.assemble(brand, (name, "bold"), (tail, "$accent"), (cluster, "$muted"))

    def _right(self, view: RoundView, wide: bool) -> Content:
        clock, style = clock_parts(view) if wide else clock_brief(view)
        state = ("PAUSED  ", "$warning bold") if view.state.value == "paused" else ""
        score = Content.assemble(("  score ", "$muted"), (str(view.score.total), "bold"))
        seed = Content.assemble(("   seed ", "$muted"), view.seed) if wide else Content("")
        return Content.assemble(state, (clock, style), " " if wide else "", score, seed, " ")
