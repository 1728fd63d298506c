"""How the customers of a round fare: success ratio, and how much error budget is left.

The budget of a round is a full outage over its whole limit. A failed request costs the
time since the customer's request before it, so a slow failure costs more than a quick one,
and a success gives nothing back. Only the time of play counts. Nothing of it is scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from breakfix.clusters.customers import Seconds
    from breakfix.game.model import RoundView

CELL = 5  # s that one sign of the sparkline stands for
CELLS = 48  # so four minutes
WINDOW = 20  # s: what `share` is of
LONGEST_SPAN = 10  # s that a single failed request can cost


@dataclass(frozen=True)
class ServiceLevel:
    """`cells` are shares of success, 0 to 1, the newest last, None where nobody asked;
    `share` is that of the last WINDOW seconds, `of` that of each workload; `budget` is
    what is left, 0 to 1; `lost` the seconds of outage that it has cost."""

    cells: tuple[float | None, ...] = ()
    share: float | None = None
    of: tuple[tuple[str, float | None], ...] = ()
    budget: float = 1.0
    lost: float = 0.0


def service_level(
    met: Mapping[str, Seconds], view: RoundView, now: datetime
) -> ServiceLevel | None:
    """The level now; None where the round has no customers."""
    if not met:
        return None
    second = int(now.timestamp())
    recent = {who: _share([of], second - WINDOW, second + 2) for who, of in sorted(met.items())}
    lost = sum(_lost(of, view) for of in met.values()) / len(met)
    limit = view.scenario.spec.time.limit
    every = list(met.values())
    return ServiceLevel(
        cells=_cells(every, second),
        share=_share(every, second - WINDOW, second + 2),
        of=tuple(recent.items()),
        budget=max(0.0, 1.0 - lost / limit),
        lost=lost,
    )


def percent(share: float) -> int:
    """A share as a whole number; only all is 100, only none is 0."""
    figure = round(share * 100)
    return figure if share in (0.0, 1.0) else max(1, min(99, figure))


def _cells(met: list[Seconds], second: int) -> tuple[float | None, ...]:
    """The newest cells; one that has just begun and has nothing yet is left out."""
    begin = second - second % CELL
    shares = [_share(met, begin - n * CELL, begin - n * CELL + CELL) for n in range(CELLS + 1)]
    newest = 1 if shares[0] is None else 0
    return tuple(reversed(shares[newest : newest + CELLS]))


def _share(met: list[Seconds], begin: int, end: int) -> float | None:
    """Successes of all requests from `begin` up to `end`."""
    found = [of[second] for of in met for second in range(begin, end) if second in of]
    ok = sum(counts.ok for counts in found)
    total = ok + sum(counts.failed for counts in found)
    return ok / total if total else None


def _lost(of: Seconds, view: RoundView) -> float:
    """Seconds of play that one workload was failed in."""
    if view.started_at is None:
        return 0.0
    before, total = view.started_at.timestamp(), 0.0
    for second in sorted(s for s in of if s >= int(before)):
        counts = of[second]
        span = min(LONGEST_SPAN, max(0.0, second - before))
        if not _paused(second, view):
            total += span * counts.failed / (counts.ok + counts.failed)
        before = second
    return total


def _paused(second: int, view: RoundView) -> bool:
    return any(
        begin.timestamp() <= second and (end is None or second <= end.timestamp())
        for begin, end in view.pauses
    )
