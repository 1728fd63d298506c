"""Pieces of the debrief: the headline, the three times, the score by part, diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from breakfix.game.postmortem import comparison
from breakfix.scenario.quantities import clock_text, past_par
from breakfix.tui.words import MINUS, NONE, hanging, stacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from breakfix.game.model import Debrief
    from breakfix.game.postmortem.comparison import Part

OUTCOMES = {
    "solved": ("✓ Solved", "$success bold"),
    "given up": (f"{NONE} Given up", "$warning bold"),
    "timed out": ("✗ Timed out", "$error bold"),
    "failed": ("✗ Could not be set up", "$error bold"),
}
DIFF_STYLES = {"+": "$success", "-": "$error", "@": "$muted"}
FIGURE = 6  # cells of a column of points
NARROW_TABLE = 44
GAP, HEAD_GAP = 4, 3
DUE = "↻"


def headline(debrief: Debrief, width: int) -> Content:
    """`✓ Solved in 05:31   par 06:00   score 88   best 91   ▲ mastery dns 62 → 70 %`, on as
    many lines as it needs."""
    score = Content.assemble(
        "score ", (str(debrief.view.score.total), "$accent bold"), _best(debrief)
    )
    pieces = (_outcome(debrief), score, *_learnt(debrief))
    return _packed(pieces, HEAD_GAP, width)


def _outcome(debrief: Debrief) -> Content:
    view = debrief.view
    outcome = str(view.outcome or view.state)
    word, style = OUTCOMES.get(outcome, (outcome, "bold"))
    joint = " in " if outcome == "solved" else " after "
    par = view.scenario.spec.time.par
    over = past_par(view.elapsed, par)
    against = f"{clock_text(over)} over par" if over > 0 else f"{clock_text(-over)} under par"
    return Content.assemble(
        (word, style), joint, (clock_text(view.elapsed), "bold"),
        (f"   par {clock_text(par)}, {against}", "$muted"),
    )  # fmt: skip


def _learnt(debrief: Debrief) -> Iterator[Content]:
    """Mastery of the track and when the round is due again."""
    told = debrief.learnt
    if told is None:
        return
    sign, style = ("▲ ", "$success") if told.rose else ("", "$muted")
    due = f"   {DUE} {told.due.words}" if told.due else ""
    yield Content.assemble((sign + told.mastery_words, style), (due, "$muted"))


def _best(debrief: Debrief) -> tuple[str, str]:
    if comparison.is_best(debrief):
        return "   ★ your best", "$success"
    best = debrief.best_round
    if best is None:
        return "   first time solved" if debrief.mitigate is not None else "", "$muted"
    return f"   best {best.score.total} in {clock_text(best.elapsed)}", "$muted"


def three_times(debrief: Debrief, width: int) -> Content:
    """Time to detect, to locate and to mitigate, as incident people count."""
    return _packed((_time(each) for each in comparison.times(debrief)), GAP, width)


def _packed(pieces: Iterable[Content], gap: int, width: int) -> Content:
    """Side by side as far as there is room, then on the next line."""
    lines: list[Content] = []
    for piece in pieces:
        if lines and lines[-1].cell_length + gap + piece.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], " " * gap, piece)
        else:
            lines.append(piece)
    return stacked(lines)


def _time(each: comparison.Time) -> Content:
    at = NONE if each.at is None else clock_text(each.at)
    best = "" if each.best is None else f" (best {clock_text(each.best)})"
    return Content.assemble((f"{each.name} ", "$muted"), (at, "bold"), (best, "$muted"))


def score_table(debrief: Debrief, width: int) -> Content:
    """Points by part: this round's, the best other one's and par's, with why."""
    rows, total = comparison.parts(debrief), comparison.totals(debrief)
    names = max((len(row.name) for row in (*rows, total)), default=5)
    has_best = debrief.best_round is not None
    head = Content.assemble(
        (" " * names + "you".rjust(FIGURE), "$muted"),
        (("best".rjust(FIGURE) if has_best else "") + "par".rjust(FIGURE), "$muted"),
    )
    rule = Content.assemble(("─" * head.cell_length, "$faint"))
    lines = [_part(row, names, has_best, width) for row in rows]
    return stacked([head, *lines, rule, _part(total, names, has_best, width, "$accent bold")])


def _part(part: Part, names: int, has_best: bool, width: int, style: str = "") -> Content:
    figures = Content.assemble(
        part.name.ljust(names), _points(part.points, style),
        (_plain(part.best) if has_best else "", "$muted"), (_plain(part.par), "$muted"), "  ",
    )  # fmt: skip
    indent = figures.cell_length
    if width < NARROW_TABLE:
        return stacked([figures, hanging("  ", (part.why, "$muted"), width)])
    body = hanging(" " * indent, (part.why, "$muted"), width)
    return Content.assemble(figures, body[indent:])


def _points(points: int, style: str) -> tuple[str, str]:
    tint = "$success" if points > 0 else "$error" if points < 0 else "$muted"
    return str(points).replace("-", MINUS).rjust(FIGURE), style or tint


def _plain(points: int | None) -> str:
    return (NONE if points is None else str(points).replace("-", MINUS)).rjust(FIGURE)


def diff_content(diff: str) -> Content:
    """A unified diff, each line led by its sign and styled by it."""
    lines = (Content.assemble((line, DIFF_STYLES.get(line[:1], ""))) for line in diff.splitlines())
    return stacked(lines)


def links_list(links: Iterable[tuple[str, str]], width: int) -> Content:
    """Where to read on: title and address; an address is never broken by a hyphen."""
    return stacked(
        stacked([hanging(("· ", "$muted"), title, width), hanging("  ", (url, "$primary"), width)])
        for title, url in links
    )
