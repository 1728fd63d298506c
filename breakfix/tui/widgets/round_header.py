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
BAR, LONG_BAR = 8, 16
ROOMY = 150


class RoundHeader(Widget):
    """Title, difficulty, cluster at the left; clock, projected score, seed at the right."""

    view: reactive[RoundView | None] = reactive(None, always_update=True)

    def render(self) -> Content:
        """One line; what matters least goes first where there is no room."""
        if self.view is None:
            return Content("")
        width = self.size.width
        right = self._right(self.view, width)
        left = self._left(self.view, width - right.cell_length - 2, width >= WIDE)
        gap = max(1, width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)

    def _left(self, view: RoundView, room: int, wide: bool) -> Content:
        meta = view.scenario.metadata
        brand = " breakfix  " if wide else " "
        tail = f"  {dots(meta.difficulty)}"
        cluster = f"   {cluster_words(view)}" if wide else ""
        if len(brand) + len(meta.title) + len(tail) + len(cluster) > room:
            cluster = f"   {view.cluster}" if wide else ""
        if len(brand) + len(meta.title) + len(tail) + len(cluster) > room:
            cluster = ""
        title = clipped(meta.title, room - len(brand) - len(tail) - len(cluster))
        return Content.assemble(
            (brand, "$accent bold"), (title, "bold"), (tail, "$accent"), (cluster, "$muted")
        )

    def _right(self, view: RoundView, width: int) -> Content:
        wide = width >= WIDE
        clock, style = clock_parts(view) if wide else clock_brief(view)
        state = ("PAUSED  ", "$warning bold") if view.state.value == "paused" else ""
        bar = par_bar(view, LONG_BAR if width >= ROOMY else BAR) + " " if wide else Content("")
        score = Content.assemble(("  score ", "$muted"), (str(view.score.total), "bold"))
        seed = Content.assemble(("   seed ", "$muted"), view.seed) if wide else Content("")
        return Content.assemble(state, bar, (clock, style), " " if wide else "", score, seed, " ")


def cluster_words(view: RoundView) -> str:
    """The cluster, and how many nodes it has where that is known."""
    if not view.nodes:
        return view.cluster
    return f"{view.cluster} ({view.nodes} node{'s' if view.nodes > 1 else ''})"


def par_bar(view: RoundView, width: int) -> Content:
    """The time of play up to par; behind par, what is gone of the time up to the limit."""
    times = view.scenario.spec.time
    over = view.elapsed > times.par
    share = (view.elapsed - times.par) / (times.limit - times.par) if over else (
        view.elapsed / times.par
    )  # fmt: skip
    full = min(width, int(share * width))
    style = "$warning" if over else "$accent"
    return Content.assemble(("━" * full, style), ("─" * (width - full), "$faint"))
