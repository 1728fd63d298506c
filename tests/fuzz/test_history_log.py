"""Whatever is written to a history, in whatever order, comes back; and folds to a record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from breakfix.game.model import State
from breakfix.game.record import fold
from breakfix.game.scoring import score
from breakfix.store.history import Event, History, RoundRow

START = datetime(2026, 1, 1, tzinfo=UTC)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
DATA = st.dictionaries(st.text(), JSON, max_size=4)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)
)


@given(written=st.lists(st.tuples(MOMENTS, st.text(min_size=1), DATA), max_size=10))
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_written_comes_back_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    written: list[tuple[datetime, str, dict[str, Any]]],
) -> None:
    path = tmp_path_factory.mktemp("data") / "history.sqlite3"
    history = History(path)
    history.create_round(RoundRow("r", "s", "1", "c", START, False), {})
    for at, kind, data in written:
        history.append("r", at, kind, data)
    history.close()
    found = [(e.at, e.kind, e.data) for e in History(path).events("r")]
    assert found == [(START, "created", {}), *written]


class Play(RuleBasedStateMachine):
    """Events as a round writes them, with time that goes on; the record must make sense."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.events = [Event(1, START, "created", {"par": 60, "limit": 300})]
        self.write("started", {})

    def write(self, kind: str, data: dict[str, Any]) -> None:
        self.events.append(Event(len(self.events) + 1, self.now, kind, data))

    @property
    def state(self) -> State:
        return fold(self.events).state

    @rule(seconds=st.floats(0, 200))
    def time_goes_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def pause(self) -> None:
        if self.state is State.RUNNING:
            self.write("paused", {})

    @rule()
    def resume(self) -> None:
        if self.state is State.PAUSED:
            self.write("resumed", {})

    @rule(passed=st.booleans())
    def verify(self, passed: bool) -> None:
        if self.state is State.RUNNING:
            self.write("verify", {"passed": passed, "failing": [], "held": 0.0})
            if passed:
                self.write("solved", {})

    @rule(price=st.integers(0, 40))
    def hint(self, price: int) -> None:
        if self.state.in_play:
            self.write("hint", {"index": 0, "evidence": "logs", "price": price})

    @rule()
    def give_up(self) -> None:
        if self.state.in_play:
            self.write("given up", {})

    @invariant()
    def the_time_of_play_is_at_most_the_time_and_the_limit(self) -> None:
        found = fold(self.events)
        total = (self.now - START).total_seconds()
        assert 0 <= found.elapsed(self.now) <= min(300, total) + 1e-6

    @invariant()
    def an_outcome_stops_the_clock(self) -> None:
        found = fold(self.events)
        if found.outcome is not None:
            later = self.now + timedelta(days=1)
            assert found.elapsed(self.now) == found.elapsed(later)

    @invariant()
    def the_score_is_whole_and_from_0_to_100(self) -> None:
        found = score(fold(self.events), self.now)
        assert isinstance(found.total, int)
        assert 0 <= found.total <= 100

    @invariant()
    def folding_twice_is_the_same(self) -> None:
        assert fold(self.events) == fold(list(self.events))


Play.TestCase.settings = settings(deadline=None, max_examples=40, stateful_step_count=25)
test_play = Play.TestCase
