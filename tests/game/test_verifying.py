"""A verify that nobody watches asks less, and judges the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from breakfix.checks.result import CheckResult
from breakfix.clock import VirtualClock
from breakfix.game.model import VerifyUpdate
from breakfix.game.verifying import Questions, Verifying
from breakfix.scenario.checks_spec import Check

SETTLE, PATIENCE = 3.0, 8.0
Holds = Callable[[str, float], bool]


def check(name: str) -> Check:
    """A check by name: nobody looks at what it asks."""
    return Check.model_validate({"name": name, "tcp": {"from": "deployment/a", "to": "b:1"}})


class Asked:
    """Answers by the time, and remembers who was asked in each look."""

    def __init__(self, holds: Holds, takes: float = 0.0) -> None:
        self.clock = VirtualClock()
        self._takes = takes  # s that a look takes
        self.looks: list[list[str]] = []
        self._holds = holds

    async def ask(self, checks: Sequence[Check]) -> tuple[CheckResult, ...]:
        self.looks.append([each.name for each in checks])
        await self.clock.sleep(self._takes)
        now = self.clock.monotonic()
        return tuple(CheckResult(c.name, self._holds(c.name, now), "", "") for c in checks)

    async def run(self, *, watched: bool = False) -> VerifyUpdate:
        questions = Questions((check("a"), check("b")), (check("guard"),), SETTLE, PATIENCE)
        verifying = Verifying(self.ask, questions, self.clock, watched=watched)
        return await verifying.run(lambda _: None)


ALL = ["a", "b", "guard"]


async def test_what_failed_is_asked_alone_and_all_at_the_end() -> None:
    asked = Asked(lambda name, _: name != "b")
    update = await asked.run()
    assert (update.done, update.passed) == (True, False)
    assert [r.ok for r in (*update.checks, *update.guards)] == [True, False, True]
    assert asked.looks[0] == ALL
    assert asked.looks[-2:] == [["b"], ALL]
    assert len(asked.looks) > 3
    assert all(look == ["b"] for look in asked.looks[1:-1])


@pytest.mark.parametrize("takes", [0.0, 0.07, 0.2, 0.4])
@pytest.mark.parametrize("watched", [True, False])
async def test_it_passes_with_the_look_after_the_settle_time(takes: float, watched: bool) -> None:
    """The first look, the settle time, and at most one look more."""
    asked = Asked(lambda _name, _now: True, takes)
    assert (await asked.run(watched=watched)).passed
    took = asked.clock.monotonic()
    assert takes + SETTLE <= took <= 2 * takes + SETTLE + 0.02


async def test_a_watched_one_asks_everything_in_each_look() -> None:
    asked = Asked(lambda name, _: name != "b")
    await asked.run(watched=True)
    assert all(look == ALL for look in asked.looks)


async def test_when_what_failed_holds_everything_is_asked_at_once() -> None:
    asked = Asked(lambda name, now: name != "b" or now >= 2)
    update = await asked.run()
    assert update.passed
    healed = asked.looks.index(ALL, 1)
    assert asked.looks[healed - 1] == ["b"]
    assert all(look == ALL for look in asked.looks[healed:])


async def test_what_breaks_while_it_is_not_asked_is_found() -> None:
    """The guard fails from the second on, the check that failed at first heals after it."""

    def holds(name: str, now: float) -> bool:
        return now >= 2 if name == "b" else name != "guard" or now < 1

    update = await Asked(holds).run()
    assert not update.passed
    assert [r.ok for r in update.guards] == [False]


async def test_it_holds_for_the_whole_settle_time_from_a_look_at_everything() -> None:
    asked = Asked(lambda name, now: name != "b" or now >= 2)
    update = await asked.run()
    assert update.held == SETTLE
    assert asked.clock.monotonic() >= 2 + SETTLE


@pytest.mark.parametrize("watched", [True, False])
async def test_what_holds_in_the_last_look_alone_goes_on(*, watched: bool) -> None:
    """Patience is for the beginning of the window, not for its end."""
    asked = Asked(lambda name, now: name != "b" or now >= PATIENCE)
    update = await asked.run(watched=watched)
    assert update.passed
    assert asked.clock.monotonic() >= PATIENCE + SETTLE
