"""The learner's own trail: which rungs of the ladder they have climbed unasked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from breakfix.game.looks import Look, looks_of
from breakfix.game.trail import Trail
from breakfix.scenario.spec import Hint

START = datetime(2026, 1, 1, 14, 0, tzinfo=UTC)
DEBUG = Hint(evidence="debug", price=5, say="Look", run="kubectl -n shop debug -it POD -- sh")
BOTH = Hint(evidence="events", price=5, say="Look", run="kubectl -n shop get pods,events")


def typed(*commands: str) -> Trail:
    """One command a minute, on a cluster without an audit log."""
    return Trail(None, tuple((START + timedelta(minutes=i), c) for i, c in enumerate(commands)))


def test_a_hint_of_several_things_is_seen_when_all_of_them_were() -> None:
    assert typed("kubectl -n shop get pods").looked([BOTH]) == {}
    found = typed("kubectl -n shop get pods", "kubectl -n shop get ev").looked([BOTH])
    assert found == {0: START + timedelta(minutes=1)}


def test_one_command_may_see_them_all() -> None:
    assert typed("k get -n shop events,po").looked([BOTH]) == {0: START}


def test_a_word_in_capitals_stands_for_any_name() -> None:
    assert typed("kubectl -n shop exec front-5d9f -- sh").looked([DEBUG]) == {0: START}
    assert typed("kubectl -n other exec front-5d9f -- sh").looked([DEBUG]) == {}
    seen = Look("debug", "pods", "shop", "")
    assert looks_of(DEBUG.run) == (seen,)
