"""Pieces of the debrief: the headline, the three times, the score by part, diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from breakfix.scenario.quantities import clock_text
from breakfix.tui.words import MINUS, NONE, hanging, stacked

if TYPE_CHECKING:
    from breakfix.game.model import Change, Debrief, Score

OUTCOMES = {
    "solved": ("✓ Solved", "$success bold"),
    "given up": (f"{NONE} Given up", "$warning bold"),
    "timed out": ("✗ Timed out", "$error bold"),
    "failed": ("✗ Could not be set up", "$error bold"),
}
DIFF_STYLES = {"+": "$success", "-": "$error", "@": "$muted"}


def headline(debrief: Debrief) -> Content:
    """`✓ Solved in 05:31   par 06:00   score 88   best 91`."""
    view = debrief.view
    outcome = str(view.outcome or view.state)
    word, style = OUTCOMES.get(outcome, (outcome, "bold"))
    joint = " in " if outcome == "solved" else " after "
    par = view.scenario.spec.time.par
    over = view.elapsed - par
    against = f"{clock_text(over)} over par" if over > 0 else f"{clock_text(-over)} under par"
    best = "   first time" if debrief.best is None else f"   best {debrief.best}"
    return Content.assemble(
        (word, style), joint, (clock_text(view.elapsed), "bold"),
        (f"   par {clock_text(par)}, {against}", "$muted"),
        "   score ", (str(view.score.total), "$accent bold"), (best, "$muted"),
    )  # fmt: skip


def three_times(debrief: Debrief) -> Content:
    """Time to detect, to locate and to mitigate, as incident people count."""
    parts = (
        ("detect", debrief.detect),
        ("locate", debrief.locate),
        ("mitigate", debrief.mitigate),
    )
    cells = (
        Content.assemble((f"{name} ", "$muted"), NONE if at is None else clock_text(at))
        for name, at in parts
    )
    return Content("    ").join(cells)


def score_table(score: Score, width: int) -> Content:
    """Points by part with a line that explains each, and the total."""
    names = max((len(name) for name, _, _ in score.parts), default=5)
    indent = names + 8
    lines = [_part(part, names, indent, width) for part in score.parts]
    rule = Content.assemble(("─" * (names + 6), "$faint"))
    total = Content.assemble(
        ("total".ljust(names), "bold"), (f"{score.total:>6}", "$accent bold"),
        (f"  of 100, rules version {score.version}", "$muted"),
    )  # fmt: skip
    return stacked([*lines, rule, total])


def _part(part: tuple[str, int, str], names: int, indent: int, width: int) -> Content:
    name, points, why = part
    head = Content.assemble(name.ljust(names), _points(points))
    body = hanging(" " * indent, (why, "$muted"), width)
    return Content.assemble(head, body[head.cell_length :])


def _points(points: int) -> tuple[str, str]:
    text = f"{points:+d}".replace("-", MINUS)
    return text.rjust(6), "$success" if points > 0 else "$error" if points < 0 else "$muted"


def change_title(change: Change) -> str:
    """`changed ConfigMap kube-system/coredns`, with a word where it was not expected."""
    where = f"{change.namespace}/{change.name}" if change.namespace else change.name
    outside = "" if change.expected else "  (not part of a known fix)"
    return f"{change.what} {change.kind} {where}{outside}"


def diff_content(diff: str) -> Content:
    """A unified diff, each line led by its sign and styled by it."""
    lines = (Content.assemble((line, DIFF_STYLES.get(line[:1], ""))) for line in diff.splitlines())
    return Content("\n").join(lines)
