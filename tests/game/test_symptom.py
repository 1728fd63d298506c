"""The gate: when it looks, how often, and that it sees the symptom twice in a row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from breakfix.checks.result import CheckResult
from breakfix.embedded.simulated_time import SimulatedClock, SimulatedTimeLoop
from breakfix.errors import SetUpError
from breakfix.game.symptom import SYMPTOM_TIMEOUT, Gate, until_seen

LASTS = 2.5  # s that a look takes
Visible = Callable[[float], bool]


def seen(visible: Visible, hidden: float = 0.0) -> tuple[tuple[Gate, Gate], list[float]]:
    """The two looks that saw it, and when each look began."""
    began: list[float] = []

    async def main() -> tuple[Gate, Gate]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedTimeLoop)
        clock = SimulatedClock(loop)

        async def look() -> Gate:
            at = clock.monotonic()
            began.append(round(at, 3))
            await clock.sleep(LASTS)
            return Gate(((CheckResult("it fails", not visible(at), "", ""), visible(at)),), at)

        return await until_seen(look, clock, hidden)

    with asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner:
        return runner.run(main()), began


def test_a_symptom_that_is_there_is_seen_by_looks_a_second_apart() -> None:
    (first, last), _ = seen(lambda _: True)
    assert last.began - first.began == pytest.approx(1.0, abs=0.01)


def test_what_is_seen_once_between_is_not_seen() -> None:
    (first, _), _ = seen(lambda at: 1.5 < at < 2.5 or at > 5.5)
    assert first.began > 5.5


def test_one_that_was_seen_before_is_looked_for_then_and_twice_only() -> None:
    (first, _), began = seen(lambda at: at > 3.9, hidden=4.0)
    assert began == [4.0, 5.0]
    assert first.began == pytest.approx(4.0, abs=0.01)


def test_one_that_takes_longer_this_time_is_waited_for() -> None:
    (first, last), _ = seen(lambda at: at > 9.5, hidden=4.0)
    assert first.began > 9.5
    assert last.began > first.began


def test_one_that_never_comes_is_told() -> None:
    with pytest.raises(SetUpError, match=r"the symptom cannot be seen.*it fails"):
        seen(lambda _: False)


def test_it_is_waited_for_as_long_wherever_it_begins() -> None:
    (first, _), _ = seen(lambda at: at > 20 + SYMPTOM_TIMEOUT - 5, hidden=20.0)
    assert first.began > 20 + SYMPTOM_TIMEOUT - 5
