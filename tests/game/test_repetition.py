"""What is due again: folded from the history, the same every time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from breakfix.game.model import Past, State
from breakfix.game.repetition import MOST_DAYS, Due, rating, schedule
from tests.game.learning import NOW, past


def days(*played: Past) -> int:
    (due,) = schedule(played, NOW)
    return due.days


@pytest.mark.parametrize(
    ("score", "outcome", "rated"),
    [
        (95, State.SOLVED, "Easy"),
        (80, State.SOLVED, "Good"),
        (60, State.SOLVED, "Hard"),
        (20, State.SOLVED, "Hard"),
        (15, State.GIVEN_UP, "Again"),
        (15, State.TIMED_OUT, "Again"),
    ],
)
def test_a_round_is_rated_by_how_it_went(score: int, outcome: State, rated: str) -> None:
    assert rating(past("a", score=score, outcome=outcome)) == rated


def test_nothing_played_is_nothing_due() -> None:
    assert schedule((), NOW) == ()


@pytest.mark.parametrize("outcome", [State.FAILED, State.RUNNING, State.PREPARING])
def test_a_round_without_an_outcome_of_play_is_no_review(outcome: State) -> None:
    assert schedule((past("a", outcome=outcome),), NOW) == ()


def test_what_was_not_solved_comes_back_tomorrow() -> None:
    (due,) = schedule((past("a", score=0, outcome=State.GIVEN_UP),), NOW)
    assert (due.days, due.words, due.is_due) == (1, "due tomorrow", False)


def test_the_better_it_went_the_later_it_comes_back() -> None:
    found = [days(past("a", score=score)) for score in (60, 80, 95)]
    assert found == sorted(set(found))


def test_solving_it_again_after_a_while_makes_the_pause_longer() -> None:
    once, twice = days(past("a", score=80)), days(past("a", 3, 80), past("a", 0, 80))
    assert twice > once


def test_no_pause_is_longer_than_half_a_year() -> None:
    history = [past("a", ago, 95) for ago in range(2000, -1, -100)]
    assert days(*history) <= MOST_DAYS


def test_the_order_of_the_history_does_not_matter_and_nothing_is_random() -> None:
    history = [past("a", ago, score) for ago, score in ((9, 60), (5, 95), (1, 40), (1, 70))]
    assert schedule(history, NOW)[0].at == schedule(reversed(history), NOW)[0].at


def test_the_most_overdue_comes_first() -> None:
    history = (past("fresh", 0, 95), past("old", 40, 60), past("older", 50, 60))
    assert [due.scenario for due in schedule(history, NOW)] == ["older", "old", "fresh"]


def test_the_newest_round_is_kept_with_it() -> None:
    newest = past("a", 1, 90)
    (due,) = schedule((past("a", 5), newest), NOW)
    assert due.last == newest


@pytest.mark.parametrize(
    ("in_days", "words", "is_due"),
    [
        (-12, "12 days overdue", True),
        (-1, "1 day overdue", True),
        (0, "due today", True),
        (1, "due tomorrow", False),
        (3, "due in 3 days", False),
    ],
)
def test_when_it_is_due_in_words(in_days: int, words: str, is_due: bool) -> None:
    due = Due("a", NOW + timedelta(days=in_days), in_days, past("a"))
    assert (due.words, due.is_due) == (words, is_due)


def test_later_today_is_due_today() -> None:
    failed = past("a", 0.9, 0, State.GIVEN_UP)  # due again in 0.1 days, still on this day
    assert days(failed) == 0
