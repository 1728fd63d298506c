"""kill -9 at every step of a round: it is resumed or restored, and nothing is lost."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breakfix.game.model import State
from breakfix.store.history import Event
from tests.game.mortality import mortal
from tests.game.shop import World, healthy
from tests.game.test_round_life import unseen
from tests.unit.clusters_fakes import no_progress


async def play(world: World) -> None:
    """A full round: a hint, a diagnosis, a wrong verify, a right one, the end."""
    found = await world.start()
    found.buy_hint()
    await found.diagnose("the front", "wrong configuration")
    await found.verify(unseen)
    world.repair()
    await found.verify(unseen)
    await found.end(no_progress)


async def recover(world: World) -> None:
    """What `breakfix round status`, then `breakfix round end` do."""
    found = await world.resume()
    if found is not None:
        await found.end(no_progress)


def events_of(world: World) -> list[Event]:
    return world.events() if world.history.rounds() else []


@pytest.mark.parametrize("made", [True, False], ids=["own-cluster", "adopted"])
async def test_killed_before_any_step_the_cluster_ends_as_it_began(
    tmp_path: Path, made: bool
) -> None:
    world = World(tmp_path, made=made)
    pristine = await world.snapshot()
    for step in count():
        with mortal(world, at=step) as reaper:
            await play(world)
        known = events_of(world)
        await recover(world)
        assert world.history.open_round() is None, f"open after a kill at step {step}"
        assert events_of(world)[: len(known)] == known, f"history lost at step {step}"
        assert await world.left(pristine) == [], f"left behind after a kill at step {step}"
        if not reaper.dead:
            break
    assert step > 30


async def test_killed_in_a_second_round_the_kept_base_is_whole_or_gone(tmp_path: Path) -> None:
    """The next round finds a healthy shop, and nobody's base is left without a memory."""
    world = World(tmp_path)
    pristine = await world.snapshot()
    for step in count(step=5):
        await play(world)
        with mortal(world, at=step) as reaper:
            await play(world)
        await recover(world)
        await play(world)
        assert await world.left(pristine) == [], f"left behind after a kill at step {step}"
        if not reaper.dead:
            break


@given(first=st.integers(8, 60), second=st.integers(0, 20))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_killed_again_while_recovering(
    tmp_path_factory: pytest.TempPathFactory, first: int, second: int
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    pristine = await world.snapshot()
    with mortal(world, at=first):
        await play(world)
    with mortal(world, at=second):
        await recover(world)
    await recover(world)
    assert world.history.open_round() is None
    assert await world.left(pristine) == []


async def test_a_round_that_was_in_play_goes_on(world: World) -> None:
    first = await world.start()
    first.buy_hint()
    world.clock.advance(20)
    before = first.view()
    world.new_process()
    found = await world.resume()
    assert found is not None
    assert found.view() == before
    assert not healthy(world.kubernetes)


async def test_a_resumed_round_is_solved_as_any_other(world: World) -> None:
    await world.start()
    world.new_process()
    found = await world.resume()
    assert found is not None
    world.repair()
    assert (await found.verify(unseen)).passed


async def test_a_pause_outlives_the_process(world: World) -> None:
    found = await world.start()
    found.pause()
    world.new_process()
    world.clock.advance(500)
    again = await world.resume()
    assert again is not None
    assert (again.view().state, again.view().elapsed) == (State.PAUSED, 0)


async def test_what_was_never_started_is_put_back_and_closed(world: World) -> None:
    with mortal(world, at=16) as reaper:
        await world.start()
    assert reaper.dead
    assert world.kinds()[-1] in ("created", "baseline", "injecting", "injected")
    assert await world.resume() is None
    assert world.kinds()[-1] == "ended"


async def test_a_restore_that_was_cut_off_is_done_to_its_end(world: World) -> None:
    found = await world.start()

    def die(method: str, path: str) -> None:
        if method == "DELETE" and path.endswith("/networkpolicies/deny"):
            world.kubernetes.down = True

    world.kubernetes.on_request = die
    with pytest.raises(Exception, match="does not answer"):
        await found.end(no_progress)
    assert world.kinds()[-1] == "restoring"
    world.kubernetes.on_request, world.kubernetes.down = lambda method, path: None, False
    world.new_process()
    assert await world.resume() is None
    assert world.kinds()[-1] == "ended"
    assert healthy(world.kubernetes)


async def test_a_solved_round_that_was_killed_keeps_its_outcome_and_debrief(world: World) -> None:
    found = await world.start()
    world.repair()
    await found.verify(unseen)
    world.new_process()
    again = await world.resume()
    assert again is not None
    assert again.view().outcome is State.SOLVED
    assert [c.name for c in (await again.debrief()).changes] == ["front"]


async def test_without_an_open_round_there_is_nothing_to_resume(world: World) -> None:
    assert await world.resume() is None
    assert world.opened == []


async def test_resuming_starts_no_cluster(world: World) -> None:
    await world.start()
    await world.resume()
    assert world.opened == [("kind:a", True), ("kind:a", False)]
