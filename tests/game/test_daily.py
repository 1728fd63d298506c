"""The daily incident: the same for everybody, a new one each day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

from breakfix.game.daily import daily_name, daily_seed, played_on, utc_day
from breakfix.game.model import State
from breakfix.scenario.variants import normal_seed
from tests.game.learning import NOW, past

DAY = date(2026, 11, 21)
NAMES = tuple(f"round-{i}" for i in range(10))


def days(count: int) -> list[date]:
    return [DAY + timedelta(days=i) for i in range(count)]


def test_the_same_everywhere_for_ever() -> None:
    assert daily_name(DAY, NAMES) == "round-1"
    assert daily_seed(DAY, "round-1") == "Z9P0"


def test_the_order_of_the_pack_does_not_matter() -> None:
    assert daily_name(DAY, reversed(NAMES)) == daily_name(DAY, NAMES)


def test_every_round_has_its_turn_and_no_day_its_seed_from_another() -> None:
    found = Counter(daily_name(day, NAMES) for day in days(400))
    assert set(found) == set(NAMES)
    assert len({daily_seed(day, "round-1") for day in days(100)}) > 95


def test_seeds_are_as_they_are_kept() -> None:
    assert all(daily_seed(day, "a") == normal_seed(daily_seed(day, "a")) for day in days(50))


def test_a_round_more_in_the_pack_changes_only_its_own_days() -> None:
    for day in days(100):
        assert daily_name(day, (*NAMES, "new")) in (daily_name(day, NAMES), "new")


def test_the_day_is_that_of_utc() -> None:
    evening = datetime(2026, 11, 20, 20, tzinfo=timezone(timedelta(hours=-8)))
    assert utc_day(evening) == DAY
    assert utc_day(datetime(2026, 11, 21, tzinfo=UTC)) == DAY


def test_the_first_round_of_it_today_counts() -> None:
    first, second = past("a", 0.2, 60), past("a", 0.1, 95)
    others = (past("a", 0.3, seed="AAAA"), past("b", 0.4), past("a", 1.4, 100))
    assert played_on(NOW.date(), "a", "7F3K", (second, first, *others)) == first


def test_a_round_in_play_or_failed_in_the_set_up_is_not_played() -> None:
    history = (past("a", outcome=State.RUNNING), past("a", outcome=State.FAILED))
    assert played_on(NOW.date(), "a", "7F3K", history) is None


def test_giving_up_counts_as_played() -> None:
    gave_up = past("a", outcome=State.GIVEN_UP)
    assert played_on(NOW.date(), "a", "7F3K", (gave_up,)) == gave_up
