"""One line to pass on: how it went and the seed to try it oneself; nothing of the cause."""

from __future__ import annotations

from breakfix.game.model import Debrief, State
from breakfix.game.postmortem.lanes import column, span
from breakfix.scenario.quantities import clock_text

BARS = "▁▂▃▄▅▆▇█"
BUCKETS = 10
HARDEST = 5


def share_line(debrief: Debrief) -> str:
    """`breakfix “TITLE” ●●○○○ 05:31/06:00 ★88 ▁▃▁▂▁▁▇▁▂█ seed 7F3K`.

    The bars are how busy the learner was in each tenth of the round.
    """
    view = debrief.view
    meta = view.scenario.metadata
    clock = f"{clock_text(view.elapsed)}/{clock_text(view.scenario.spec.time.par)}"
    solved = view.outcome is State.SOLVED
    came = f"★{view.score.total}" if solved else f"✗ {view.outcome or view.state}"
    return (
        f"breakfix “{meta.title}” {dots(meta.difficulty)} {clock} {came} "
        f"{rhythm(debrief)} seed {view.seed}"
    )


def dots(difficulty: int) -> str:
    """A difficulty of 1 to 5 as `●●○○○`."""
    return "●" * difficulty + "○" * (HARDEST - difficulty)


def rhythm(debrief: Debrief) -> str:
    """A bar for each tenth of the round: how many things happened in it."""
    counts = [0] * BUCKETS
    total = span(debrief.timeline)
    for moment in debrief.timeline:
        counts[column(moment.at, total, BUCKETS)] += 1
    most = max(counts) or 1
    return "".join(BARS[round(count / most * (len(BARS) - 1))] for count in counts)
