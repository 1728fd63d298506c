"""A verify: all checks and guards are asked until they hold together for the settle time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from breakfix.checks.result import CheckResult
from breakfix.clock import Clock
from breakfix.clusters.pace import LONGEST_POLL, POLL, Pace
from breakfix.game.model import VerifyUpdate
from breakfix.scenario.checks_spec import Check

Results = tuple[CheckResult, ...]
Ask = Callable[[Sequence[Check]], Awaitable[Results]]
Watch = Callable[[VerifyUpdate], None]
LONGEST_UNWATCHED = 2.5  # s between two looks while the same things fail
_SHORTEST = 0.01  # s between two looks


@dataclass(frozen=True)
class Questions:
    """What must hold, for how long (s), and how long it may take until it begins to (s)."""

    checks: tuple[Check, ...]
    guards: tuple[Check, ...]
    settle: float
    patience: float


class Holding:
    """For how long each of several results has held without a break."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def at(self, now: float, results: Sequence[CheckResult]) -> tuple[float, ...]:
        """Seconds until now, 0 for what does not hold."""
        held = {index: now for index, result in enumerate(results) if result.ok}
        self._since = held | {i: at for i, at in self._since.items() if i in held}
        return tuple(now - self._since.get(index, now) for index in range(len(results)))


class Verifying:
    """One verify. While the same things fail it looks more and more rarely; what holds is
    looked at all the time. A `watched` one asks everything in each look; one that nobody
    watches asks what failed alone until that holds, and everything then: nothing can pass
    while a part of it fails."""

    def __init__(self, ask: Ask, questions: Questions, clock: Clock, *, watched: bool) -> None:
        self._ask = ask
        self._questions = questions
        self._all = (*questions.checks, *questions.guards)
        self._clock = clock
        self._watched = watched
        self._last: Results = ()
        self._holding = Holding()
        self._began = clock.monotonic()

    async def run(self, watch: Watch) -> VerifyUpdate:
        """Look until it has held or patience is out; each look is shown to `watch`."""
        pace = Pace(LONGEST_POLL if self._watched else LONGEST_UNWATCHED)
        while True:
            update = self._update(await self._look())
            watch(update)
            if update.done:
                return update
            pause = pace.after([result.ok for result in self._last])
            await self._clock.sleep(min(pause, self._due(update)))

    def _due(self, update: VerifyUpdate) -> float:
        """In how many seconds the next look tells something new, at the latest."""
        if not _good(self._last):
            return update.left
        return min(POLL, max(update.settle - update.held, _SHORTEST))

    async def _look(self) -> Results:
        """The newest results. Before it ends without success, everything is asked."""
        early = not self._watched and self._left() > 0
        if not (early and await self._fails_again() and self._left() > 0):
            self._last = await self._ask(self._all)
        return self._last

    async def _fails_again(self) -> bool:
        """Does some of what failed fail again? It alone is asked."""
        failed = [index for index, result in enumerate(self._last) if not result.ok]
        if not failed:
            return False
        asked = await self._ask([self._all[index] for index in failed])
        newest = dict(zip(failed, asked, strict=True))
        self._last = tuple(newest.get(i, result) for i, result in enumerate(self._last))
        return not _good(asked)

    def _left(self) -> float:
        return self._questions.patience - (self._clock.monotonic() - self._began)

    def _update(self, results: Results) -> VerifyUpdate:
        settle, checks = self._questions.settle, len(self._questions.checks)
        each = self._holding.at(self._clock.monotonic(), results)
        good, left = _good(results), self._left()
        held = min(each, default=0.0) if good else 0.0
        done = held >= settle or (not good and left <= 0)
        return VerifyUpdate(
            results[:checks], results[checks:], min(held, settle), settle, done, done and good,
            each, max(0.0, left),
        )  # fmt: skip


def _good(results: Sequence[CheckResult]) -> bool:
    return all(result.ok for result in results)
