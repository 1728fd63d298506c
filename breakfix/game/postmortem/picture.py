"""The round as a picture: the timeline in lanes, the score by part, the three times.

Drawn as SVG by hand. It names marks and figures but no cause, so that it can be passed on.
"""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.game.model import Debrief, State
from breakfix.game.postmortem.comparison import Part, is_best, parts, times
from breakfix.game.postmortem.lanes import Lane, cells, lanes, legend, span, ticks
from breakfix.game.postmortem.palette import LIGHT, PAGE, Palette
from breakfix.game.postmortem.shapes import FONT, bar, clipped, escaped, label, line, mark
from breakfix.game.postmortem.share import dots
from breakfix.scenario.quantities import clock_text

__all__ = ["LIGHT", "PAGE", "svg"]
WIDTH, HEIGHT = 1200, 675
EDGE, LANE_LEFT, RIGHT = 48, 170, 1140
LANES_TOP, LANES_ROOM, WIDEST_STEP = 190, 180, 46
MARK_CELLS = 44  # so many marks can stand side by side in a lane
SCORE_TOP, SCORE_STEP = 500, 29
BAR_LEFT, BAR_WIDTH = 170, 300
TIMES_LEFT = 700
NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def svg(debrief: Debrief, colours: Palette = LIGHT) -> str:
    """A picture of 1200 by 675 as an SVG element that stands alone."""
    told = f"{debrief.view.scenario.metadata.title}: {_outcome(debrief)}"
    body = "\n".join(
        (*_head(debrief, colours), *_timeline(debrief, colours), *_score(debrief, colours),
         *_times(debrief, colours))
    )  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" style="font-family:{FONT}">\n'
        f"<title>{escaped(told)}</title>\n"
        f"{bar(0, 0, WIDTH, HEIGHT, colours.paper, 0)}\n{body}\n</svg>"
    )


def _outcome(debrief: Debrief) -> str:
    view = debrief.view
    joint = "in" if view.outcome is State.SOLVED else "after"
    return f"{view.outcome or view.state} {joint} {clock_text(view.elapsed)}"


def _head(debrief: Debrief, colours: Palette) -> Iterator[str]:
    view = debrief.view
    meta = view.scenario.metadata
    par = clock_text(view.scenario.spec.time.par)
    solved = view.outcome is State.SOLVED
    tint = colours.good if solved else colours.bad
    yield label(EDGE, 52, "breakfix", 18, colours.accent, weight="700")
    yield label(EDGE + 100, 52, dots(meta.difficulty), 18, colours.muted)
    yield label(RIGHT, 52, f"seed {view.seed}", 18, colours.muted, "end")
    yield label(EDGE, 98, clipped(meta.title, 34, 860), 34, colours.ink, weight="700")
    yield mark("✓" if solved else "✗", EDGE + 11, 135, colours)
    yield label(EDGE + 34, 142, _outcome(debrief).capitalize(), 22, tint, weight="700")
    yield label(EDGE + 300, 142, f"par {par}", 22, colours.muted)
    yield label(RIGHT, 112, f"{view.score.total}", 58, colours.accent, "end", "700")
    yield label(RIGHT, 142, _against(debrief), 18, colours.muted, "end")


def _against(debrief: Debrief) -> str:
    if is_best(debrief):
        return "points, the best so far"
    best = debrief.best_round
    return f"points of 100, best {best.score.total}" if best else "points of 100"


# -- the timeline -------------------------------------------------------------------------


def _timeline(debrief: Debrief, colours: Palette) -> Iterator[str]:
    found = lanes(debrief.timeline)
    total = span(debrief.timeline)
    step = min(WIDEST_STEP, LANES_ROOM / max(1, len(found) - 1))
    bottom = LANES_TOP + step * max(0, len(found) - 1)
    yield from _axis(debrief, total, bottom, colours)
    for number, lane in enumerate(found):
        yield from _lane(lane, LANES_TOP + step * number, total, colours)
    yield from _legend(debrief, bottom + 62, colours)


def _x(share: float) -> float:
    return LANE_LEFT + share * (RIGHT - LANE_LEFT)


def _axis(debrief: Debrief, total: float, bottom: float, colours: Palette) -> Iterator[str]:
    for at in ticks(total, 9):
        yield line(_x(at / total), LANES_TOP - 16, _x(at / total), bottom + 14, colours.faint)
        yield label(_x(at / total), bottom + 32, clock_text(at), 14, colours.muted, "middle")
    par = debrief.view.scenario.spec.time.par
    if par <= total:
        yield line(_x(par / total), LANES_TOP - 22, _x(par / total), bottom + 14, colours.accent,
                   2, "5 4")  # fmt: skip
        yield label(_x(par / total) - 6, LANES_TOP - 14, "par", 14, colours.accent, "end")


def _lane(lane: Lane, y: float, total: float, colours: Palette) -> Iterator[str]:
    yield label(EDGE, y + 6, lane.name, 17, colours.muted)
    yield line(LANE_LEFT, y, RIGHT, y, colours.faint, 1.5)
    for x, cell in cells(lane, total, MARK_CELLS).items():
        at = sum(m.at for m in cell.moments) / len(cell.moments) / total
        yield mark(
            cell.mark, _x(at if len(cell.moments) == 1 else x / (MARK_CELLS - 1)), y, colours
        )


def _legend(debrief: Debrief, y: float, colours: Palette) -> Iterator[str]:
    x = float(LANE_LEFT)
    for sign, word in legend(debrief.timeline):
        yield mark(sign, x + 8, y - 5, colours)
        yield label(x + 24, y, word, 14, colours.muted)
        x += 44 + 8.4 * len(word)


# -- the score and the times --------------------------------------------------------------


def _score(debrief: Debrief, colours: Palette) -> Iterator[str]:
    yield line(EDGE, SCORE_TOP - 36, RIGHT, SCORE_TOP - 36, colours.faint)
    for number, part in enumerate(parts(debrief)):
        yield from _part(part, SCORE_TOP + SCORE_STEP * number, colours)


def _part(part: Part, y: float, colours: Palette) -> Iterator[str]:
    """The bar is what par gives; filled is this round's, the tick is the best other one's.
    A part that only costs (hints) has no bar to fill."""
    yield label(EDGE, y + 6, part.name, 17, colours.muted)
    most = part.par or 0
    if most > 0:
        yield bar(BAR_LEFT, y - 7, BAR_WIDTH, 14, colours.faint)
        yield bar(BAR_LEFT, y - 7, BAR_WIDTH * min(1.0, part.points / most), 14, colours.primary)
    if most > 0 and part.best is not None:
        x = BAR_LEFT + BAR_WIDTH * max(0.0, min(1.0, part.best / most))
        yield line(x, y - 11, x, y + 11, colours.ink, 2.5)
    right = BAR_LEFT + BAR_WIDTH + 16
    points = _signed(part.points) + (f" / {most}" if most > 0 else "")
    yield label(right, y + 6, points, 16, colours.ink)
    if part.best is not None:
        yield label(right + 78, y + 6, f"best {_signed(part.best)}", 16, colours.muted)


def _signed(points: int) -> str:
    return str(points).replace("-", MINUS)


def _times(debrief: Debrief, colours: Palette) -> Iterator[str]:
    for number, each in enumerate(times(debrief)):
        x = TIMES_LEFT + 152 * number
        at = NONE if each.at is None else clock_text(each.at)
        yield label(x, SCORE_TOP + 6, f"time to {each.name}", 17, colours.muted)
        yield label(x, SCORE_TOP + 48, at, 34, colours.ink, weight="700")
        if each.best is not None:
            yield label(x, SCORE_TOP + 76, f"best {clock_text(each.best)}", 16, colours.muted)
