"""The symptom gate: a fault is there when all of it was seen twice in a row."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from breakfix.checks.result import CheckResult
from breakfix.clock import Clock
from breakfix.errors import SetUpError

SYMPTOM_TIMEOUT = 45.0
LOOK_AGAIN = 1.0
AT_ONCE = 3


@dataclass(frozen=True)
class Gate:
    """What the symptom gate saw in one look: each result with whether it is as it should be.
    `began` is when it looked, by the clock."""

    results: tuple[tuple[CheckResult, bool], ...]
    began: float = 0.0

    @property
    def open(self) -> bool:
        """Everything is as a learner must see it."""
        return all(right for _, right in self.results)

    def wrong(self) -> list[str]:
        """In words what is not as it should be."""
        return [f"{r.name}: saw {r.seen}" for r, right in self.results if not right]


Look = Callable[[], Awaitable[Gate]]


async def until_seen(look: Look, clock: Clock, hidden: float = 0.0) -> tuple[Gate, Gate]:
    """The two looks in a row that saw the symptom. Raises SetUpError if there are none.

    A look takes as long as the longest time-out in it, so the next begins meanwhile. It was
    `hidden` for so many seconds the last time (0: it was not looked for yet): it is looked for
    when they have passed, and no more often than it must be if it is there.
    """
    began = clock.monotonic() + hidden
    starts = (began + n * LOOK_AGAIN for n in itertools.count())
    looks: list[asyncio.Task[Gate]] = []
    before: Gate | None = None
    wanted = 2 if hidden else AT_ONCE
    try:
        while True:
            while len(looks) < wanted:
                looks.append(asyncio.create_task(_at(next(starts), look, clock)))
            gate = await looks.pop(0)
            if gate.open and before:
                return before, gate
            before, wanted = (gate, 1) if gate.open else (None, AT_ONCE)
            if clock.monotonic() > began + SYMPTOM_TIMEOUT:
                raise _unseen(gate)
    finally:
        await _drop(looks)


async def _at(start: float, look: Look, clock: Clock) -> Gate:
    await clock.sleep(max(0.0, start - clock.monotonic()))
    return await look()


def _unseen(gate: Gate) -> SetUpError:
    return SetUpError(
        "the symptom cannot be seen, so the clock does not start: " + "; ".join(gate.wrong()),
        "This is a fault of the scenario or of the cluster; nothing is scored.",
    )


async def _drop(looks: list[asyncio.Task[Gate]]) -> None:
    for task in looks:
        task.cancel()
    await asyncio.gather(*looks, return_exceptions=True)
