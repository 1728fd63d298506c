"""Mastery: what a track's bar shows, and that it can be explained."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.game.grade import GRADES, PLAYED, grade
from breakfix.game.mastery import bar, freshness, masteries, mastery
from breakfix.game.model import Past, State
from tests.game.learning import NOW, past, scenario

EASY, HARD = scenario("easy", difficulty=1), scenario("hard", difficulty=3)
plays = st.builds(
    past,
    scenario=st.sampled_from(["easy", "hard"]),
    days_ago=st.floats(0, 400),
    score=st.integers(0, 100),
    outcome=st.sampled_from([State.SOLVED, State.GIVEN_UP, State.TIMED_OUT, State.FAILED]),
)


def value(*played: Past) -> float:
    return mastery("dns", (EASY, HARD), played, NOW).value


def test_nothing_played_is_new() -> None:
    found = mastery("dns", (EASY, HARD), (), NOW)
    assert (found.value, found.word, found.solved, found.best) == (0.0, "new", 0, None)


def test_a_round_is_worth_its_difficulty_times_its_score() -> None:
    assert value(past("easy", score=80)) == pytest.approx(1 * 0.8 / 4)
    assert value(past("hard", score=80)) == pytest.approx(3 * 0.8 / 4)
    assert value(past("easy", score=100), past("hard", score=100)) == 1.0


def test_the_best_play_of_a_round_counts() -> None:
    assert value(past("easy", score=40), past("easy", 1, score=90)) == pytest.approx(0.9 / 4)


def test_only_solved_rounds_count_but_any_play_ends_being_new() -> None:
    gave_up = past("easy", score=15, outcome=State.GIVEN_UP)
    assert value(gave_up) == 0.0
    assert mastery("dns", (EASY,), (gave_up,), NOW).word == "begun"
    set_up_failed = past("easy", score=0, outcome=State.FAILED)
    assert mastery("dns", (EASY,), (set_up_failed,), NOW).word == "new"


@pytest.mark.parametrize(
    ("days", "share"), [(0, 1.0), (30, 1.0), (105, 0.75), (180, 0.5), (900, 0.5)]
)
def test_mastery_fades_to_a_half_in_half_a_year(days: float, share: float) -> None:
    assert freshness(past("easy", days).at, NOW) == pytest.approx(share)


@pytest.mark.parametrize(
    ("score", "word"), [(10, "begun"), (30, "steady"), (60, "strong"), (85, "mastered")]
)
def test_each_value_has_its_word(score: int, word: str) -> None:
    assert mastery("dns", (EASY,), (past("easy", score=score),), NOW).word == word


@given(st.lists(plays, max_size=8), plays)
def test_playing_more_never_lowers_it(history: list[Past], more: Past) -> None:
    before, after = value(*history), value(*history, more)
    assert 0.0 <= before <= after <= 1.0


def test_a_hundred_per_cent_is_not_rounded_up_to() -> None:
    played = (past("easy", score=100), past("hard", score=99))
    found = mastery("dns", (EASY, HARD), played, NOW)
    assert found.percent == 99
    full = mastery("dns", (EASY, HARD), (past("easy", score=100), past("hard", score=100)), NOW)
    assert full.percent == 100


def test_tracks_come_by_name_with_their_figures() -> None:
    other = scenario("claim", "storage")
    dns, storage = masteries((other, EASY, HARD), (past("hard", score=70), past("claim", 1)), NOW)
    assert (dns.track, dns.rounds, dns.solved, dns.best) == ("dns", 2, 1, 70)
    assert (storage.track, storage.rounds, storage.solved, storage.best) == ("storage", 1, 1, 85)


def test_a_grade_is_a_letter_of_the_score() -> None:
    assert [grade(score) for score in (100, 90, 89, 75, 74, 55, 54, 0)] == list("AABBCCDD")
    assert grade(None) == ""
    assert GRADES[-1][1] == 0


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "░░░░░"), (0.01, "█░░░░"), (0.59, "██░░░"), (0.6, "███░░"), (1, "█████")],
)
def test_a_bar_is_full_only_when_all_is_reached(value: float, shown: str) -> None:
    assert bar(value, 5) == shown


def test_what_was_played_are_outcomes_that_are_no_failed_set_up() -> None:
    assert set(PLAYED) == {State.SOLVED, State.GIVEN_UP, State.TIMED_OUT}
