"""What a round taught: mastery without and with it, and when it is due again."""

from __future__ import annotations

from breakfix.game.learnt import Learnt, learnt
from breakfix.game.model import Past, State
from tests.game.learning import NOW, past, scenario

CATALOGUE = (scenario("one"), scenario("two"), scenario("far", track="storage"))


def of(this: Past, *others: Past) -> Learnt:
    """What this round brought after (and before) others."""
    found = learnt(scenario(this.scenario), this.id, CATALOGUE, [this, *others], NOW)
    assert found is not None
    return found


def test_a_solved_round_raises_its_track() -> None:
    told = of(past("one", score=80))
    assert (told.before.percent, told.after.percent) == (0, 40)
    assert told.rose
    assert told.mastery_words == "mastery dns 0 → 40 %"


def test_rounds_of_other_tracks_have_no_part_in_it() -> None:
    assert of(past("one", score=80), past("far", 1, score=90)).before.percent == 0


def test_a_worse_round_leaves_mastery_as_it_was() -> None:
    told = of(past("one", score=60), past("one", 1, score=80))
    assert not told.rose
    assert told.mastery_words == "mastery dns 40 %, as before"


def test_a_round_of_long_ago_is_told_as_of_its_day() -> None:
    told = of(past("one", 100, score=80), past("two", 1, score=80))
    assert (told.before.percent, told.after.percent) == (0, 40)


def test_when_it_is_due_is_as_of_now() -> None:
    then, again = past("one", 100, score=80), past("one", 1, score=95)
    due = of(then, again).due
    assert due is not None
    assert due.last == again
    assert of(again, then).words.endswith(f"; {due.words}")


def test_a_round_given_up_comes_back_soon_and_teaches_nothing_yet() -> None:
    told = of(past("one", outcome=State.GIVEN_UP))
    assert told.after.percent == 0
    assert told.due is not None
    assert told.due.words == "due tomorrow"


def test_a_round_that_could_not_be_set_up_is_not_due() -> None:
    assert of(past("one", outcome=State.FAILED)).due is None


def test_what_the_history_does_not_have_taught_nothing() -> None:
    assert learnt(scenario("one"), "unknown", CATALOGUE, [], NOW) is None
