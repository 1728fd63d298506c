"""Verify: behaviour held over the settle window; guards; patience; what is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from breakfix.clusters.pace import LONGEST_POLL, POLL, Pace
from breakfix.errors import RoundError
from breakfix.game.model import State, VerifyUpdate
from tests.game.shop import World, healthy
from tests.game.test_round_life import unseen

SETTLE, PATIENCE = 3, 8


def at(world: World, seconds: float, action: Callable[[], None]) -> Callable[[VerifyUpdate], None]:
    """A watch that does something once, so many seconds after now."""
    due = world.clock.monotonic() + seconds
    done: list[None] = []

    def watch(update: VerifyUpdate) -> None:
        if world.clock.monotonic() >= due and not done:
            done.append(action())  # type: ignore[func-returns-value]

    return watch


async def test_a_repaired_round_is_solved_after_the_settle_time(world: World) -> None:
    found = await world.start()
    world.repair()
    began = world.clock.monotonic()
    update = await found.verify(unseen)
    assert (update.passed, update.held, update.settle) == (True, SETTLE, SETTLE)
    assert world.clock.monotonic() - began == SETTLE
    assert found.view().outcome is State.SOLVED


async def test_a_broken_round_is_not_solved_after_the_patience(world: World) -> None:
    found = await world.start()
    began = world.clock.monotonic()
    update = await found.verify(unseen)
    assert (update.done, update.passed, update.held) == (True, False, 0)
    assert world.clock.monotonic() - began == PATIENCE
    assert found.view().state is State.RUNNING


async def test_a_fix_that_needs_a_moment_is_waited_for(world: World) -> None:
    found = await world.start()
    began = world.clock.monotonic()
    update = await found.verify(at(world, 5, world.repair))
    assert update.passed
    assert 5 + SETTLE <= world.clock.monotonic() - began <= 5 + SETTLE + 2 * LONGEST_POLL


async def test_each_check_is_told_for_how_long_it_alone_has_held(world: World) -> None:
    found = await world.start()
    told: list[VerifyUpdate] = []
    await found.verify(told.append)
    results = (*told[-1].checks, *told[-1].guards)
    holds = [result.ok for result in results]
    assert any(holds)
    assert not all(holds)
    assert [time > 0 for time in told[-1].holding] == holds
    assert max(told[-1].holding) == PATIENCE


async def test_it_is_told_how_long_a_verify_that_does_not_hold_goes_on(world: World) -> None:
    found = await world.start()
    left: list[float] = []
    await found.verify(lambda update: left.append(update.left))
    assert left[0] == PATIENCE
    assert left[-1] == 0
    assert left == sorted(left, reverse=True)


async def test_a_check_that_flaps_restarts_the_settle_window(world: World) -> None:
    found = await world.start()
    world.repair()
    began = world.clock.monotonic()

    def breaks() -> None:
        world.set_upstream("nowhere")

    held: list[float] = []
    flap = at(world, 2, breaks)
    heal = at(world, 2.5, world.repair)

    def watch(update: VerifyUpdate) -> None:
        held.append(update.held)
        flap(update)
        heal(update)

    update = await found.verify(watch)
    assert update.passed
    assert world.clock.monotonic() - began > 2.5 + SETTLE
    assert held.index(0.0, 1) > 1


async def test_a_window_that_was_begun_within_the_patience_may_end_after_it(world: World) -> None:
    found = await world.start()
    update = await found.verify(at(world, PATIENCE - 1, world.repair))
    assert update.passed


async def test_a_wrong_verify_is_counted(world: World) -> None:
    found = await world.start()
    await found.verify(unseen)
    await found.verify(unseen)
    assert found.view().wrong_verifies == 2


async def test_the_log_names_what_did_not_hold(world: World) -> None:
    found = await world.start()
    await found.verify(unseen)
    last = world.events()[-1]
    assert (last.kind, last.data) == (
        "verify", {"passed": False, "failing": ["Customers get products"], "held": 0.0},
    )  # fmt: skip


async def test_each_check_is_shown_with_what_was_expected_and_seen(world: World) -> None:
    found = await world.start()
    shown: list[VerifyUpdate] = []
    await found.verify(shown.append)
    http = shown[0].checks[0]
    assert (http.name, http.expected, http.seen) == (
        "Customers get products", '200 "products"', "502 no such upstream",
    )  # fmt: skip
    assert [len(u.guards) for u in shown] == [2] * len(shown)


async def test_a_guard_refuses_a_fix_that_is_none(world: World) -> None:
    found = await world.start()
    world.repair()
    await world.kubernetes.api().patch("Deployment", "front", "shop", {"spec": {"replicas": 1}})
    update = await found.verify(unseen)
    assert not update.passed
    assert [g.name for g in update.guards if not g.ok] == ["The front has two replicas"]
    assert all(c.ok for c in update.checks)


async def test_an_unchanged_guard_knows_how_the_cluster_was(world: World) -> None:
    found = await world.start()
    world.repair()
    body = {"spec": {"ports": [{"port": 81}]}}
    await world.kubernetes.api().patch("Service", "front", "shop", body)
    update = await found.verify(unseen)
    (guard,) = [g for g in update.guards if not g.ok]
    assert guard.seen == "Service/front was changed"


async def test_the_settling_of_a_right_verify_is_not_time_of_play(world: World) -> None:
    found = await world.start()
    world.clock.advance(7)
    world.repair()
    await found.verify(unseen)
    assert found.view().elapsed == 7


async def test_a_diagnosis_is_given_once(world: World) -> None:
    found = await world.start()
    await found.diagnose("CoreDNS", "no disk")
    with pytest.raises(RoundError, match="given already"):
        await found.diagnose("the front", "wrong configuration")
    view = found.view().diagnosis
    assert view is not None
    assert (view.component_right, view.fault_right) == (False, False)


@pytest.mark.parametrize(
    ("component", "fault", "wrong", "choices"),
    [
        ("the moon", "no disk", "'the moon' is no component", "the front, CoreDNS, the network"),
        ("CoreDNS", "bad luck", "'bad luck' is no fault", "wrong configuration, no memory"),
    ],
)
async def test_a_diagnosis_is_one_of_the_choices(
    world: World, component: str, fault: str, wrong: str, choices: str
) -> None:
    found = await world.start()
    with pytest.raises(RoundError, match=wrong) as caught:
        await found.diagnose(component, fault)
    assert choices in caught.value.hint
    assert found.view().diagnosis is None


@pytest.mark.parametrize("changed", [True, False])
async def test_a_diagnosis_knows_whether_anything_was_changed_before(
    world: World, changed: bool
) -> None:
    found = await world.start()
    if changed:
        world.set_upstream("somewhere")
    view = await found.diagnose("the front", "wrong configuration")
    assert view.before_change is not changed


async def test_solving_is_what_customers_see_not_what_the_fix_was(world: World) -> None:
    """Another way than the scenario's: the ConfigMap made anew."""
    found = await world.start()
    api = world.kubernetes.api()
    await api.delete("ConfigMap", "front", "shop")
    meta = {"name": "front", "namespace": "shop"}
    await api.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"UPSTREAM": "catalog"}}
    )
    assert healthy(world.kubernetes)
    assert (await found.verify(unseen)).passed


def test_what_goes_on_failing_is_looked_at_more_rarely() -> None:
    pace = Pace()
    assert [pace.after([False, True]) for _ in range(4)] == [POLL, 0.5, 1.0, LONGEST_POLL]
    assert pace.after([True, False]) == POLL
    assert pace.after([True, False]) == 2 * POLL
