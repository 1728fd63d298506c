"""The service level: success ratio and error budget, reckoned from counts by the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.clusters.customers import Counts, Seconds
from breakfix.game.model import RoundView, Score, State
from breakfix.game.service_level import CELLS, LONGEST_SPAN, WINDOW, ServiceLevel, service_level
from tests.game.shop import World
from tests.tui.samples import dns

START = datetime(2026, 1, 1, 14, 2, tzinfo=UTC)
BEGAN = int(START.timestamp())
LIMIT = int(dns().spec.time.limit)
OK, FAILED = Counts(1, 0), Counts(0, 1)
Pause = tuple[datetime, datetime | None]

REQUESTS = st.dictionaries(
    st.integers(-60, LIMIT), st.builds(Counts, st.integers(0, 3), st.integers(1, 3)), max_size=80
)


def view(*pauses: Pause) -> RoundView:
    """A round that runs since START."""
    return RoundView(
        "r", dns(), "S", "c", State.RUNNING, START, START, 0.0, None, (), None, 0,
        Score(1, 85, ()), pauses=pauses,
    )  # fmt: skip


def level(met: Seconds, *pauses: Pause, at: int = LIMIT) -> ServiceLevel:
    """The level of one workload, by seconds since the start, at such a second."""
    found = service_level(
        {"load": {BEGAN + second: counts for second, counts in met.items()}},
        view(*pauses), START + timedelta(seconds=at),
    )  # fmt: skip
    assert found is not None
    return found


def test_a_round_without_customers_has_no_level() -> None:
    assert service_level({}, view(), START) is None


def test_an_outage_over_the_whole_limit_costs_the_whole_budget() -> None:
    every = level(dict.fromkeys(range(1, LIMIT + 1), FAILED))
    assert every.budget == 0
    slow = level(dict.fromkeys(range(3, LIMIT + 1, 3), FAILED))
    assert slow.budget == pytest.approx(0, abs=0.01)


def test_half_an_outage_costs_half_the_budget() -> None:
    met = dict.fromkeys(range(1, LIMIT // 2 + 1), FAILED) | dict.fromkeys(
        range(LIMIT // 2 + 1, LIMIT), OK
    )
    assert level(met).budget == pytest.approx(0.5, abs=0.01)


def test_of_two_customers_one_alone_costs_half() -> None:
    times = range(BEGAN + 1, BEGAN + LIMIT + 1)
    met = {"load": dict.fromkeys(times, OK), "pricing": dict.fromkeys(times, FAILED)}
    found = service_level(met, view(), START + timedelta(seconds=LIMIT))
    assert found is not None
    assert found.budget == pytest.approx(0.5)
    assert found.of == (("load", 1.0), ("pricing", 0.0))


@given(REQUESTS)
def test_the_budget_stays_between_nothing_and_all(met: dict[int, Counts]) -> None:
    assert 0 <= level(met).budget <= 1


@given(REQUESTS, st.integers(1, LIMIT))
def test_a_request_that_fails_later_never_adds_to_the_budget(
    met: dict[int, Counts], second: int
) -> None:
    before = {at: counts for at, counts in met.items() if at < second}
    assert level(before | {second: FAILED}).budget <= level(before).budget


@given(REQUESTS)
def test_what_is_served_later_gives_nothing_back(met: dict[int, Counts]) -> None:
    served = dict.fromkeys(range(LIMIT + 1, LIMIT + 30), OK)
    assert level(met | served).budget == level(met).budget


@given(st.sets(st.integers(1, LIMIT)))
def test_whoever_is_always_served_costs_nothing(seconds: set[int]) -> None:
    assert level(dict.fromkeys(seconds, OK)).budget == 1


def test_before_the_clock_and_in_a_pause_nothing_is_lost() -> None:
    early = dict.fromkeys(range(-60, 0), FAILED)
    assert level(early).lost == 0
    pause = (START + timedelta(seconds=10), START + timedelta(seconds=100))
    assert level(dict.fromkeys(range(10, 101), FAILED), pause).lost == 0
    open_ = (START + timedelta(seconds=10), None)
    assert level(dict.fromkeys(range(10, 101), FAILED), open_).lost == 0


def test_silence_costs_no_more_than_one_slow_request() -> None:
    assert level({1: OK, 500: FAILED}).lost == LONGEST_SPAN


def test_the_share_is_that_of_the_last_seconds() -> None:
    met = dict.fromkeys(range(100), FAILED) | dict.fromkeys(range(100, 121), OK)
    assert level(met, at=120).share == 1
    assert level(met, at=105).share == pytest.approx(7 / WINDOW, abs=0.05)
    assert level(met, at=120 + 2 * WINDOW).share is None


def test_the_newest_cell_is_the_last_and_silence_is_no_figure() -> None:
    cells = level(dict.fromkeys(range(60), FAILED) | {62: OK}, at=64).cells
    assert len(cells) == CELLS
    assert cells[-1] == 1
    assert cells[-3] == 0
    assert cells[0] is None


async def test_the_pauses_of_a_round_are_told(world: World) -> None:
    found = await world.start()
    found.pause()
    assert found.view().pauses[0][1] is None
    world.clock.advance(30)
    found.resume()
    begin, end = found.view().pauses[0]
    assert end is not None
    assert (end - begin).total_seconds() == 30
