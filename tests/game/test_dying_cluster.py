"""A cluster that stops answering in the middle of a round, and one that is another now."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.clusters import lease
from breakfix.errors import ClusterError, RoundError
from breakfix.game.model import State
from tests.game.shop import World, healthy, new_cluster
from tests.game.test_round_life import unseen
from tests.unit.clusters_fakes import no_progress


async def test_a_verify_without_a_cluster_says_what_to_do_and_costs_nothing(world: World) -> None:
    found = await world.start()
    world.cluster.audit = None
    world.kubernetes.down = True
    with pytest.raises(ClusterError, match="does not answer") as caught:
        await found.verify(unseen)
    assert caught.value.hint
    assert caught.value.exit_code == 3
    view = found.view()
    assert (view.state, view.wrong_verifies) == (State.RUNNING, 0)


async def test_the_round_goes_on_when_the_cluster_answers_again(world: World) -> None:
    found = await world.start()
    world.kubernetes.down = True
    with pytest.raises(ClusterError):
        await found.refresh()
    world.kubernetes.down = False
    world.repair()
    assert (await found.verify(unseen)).passed


async def test_a_round_is_not_resumed_where_nothing_answers_but_stays_open(world: World) -> None:
    await world.start()
    world.new_process()
    world.kubernetes.down = True
    with pytest.raises(ClusterError, match="does not answer"):
        await world.resume()
    assert world.kinds()[-1] == "started"
    world.kubernetes.down = False
    again = await world.resume()
    assert again is not None
    assert again.view().state is State.RUNNING


async def test_an_end_without_a_cluster_can_be_tried_again(world: World) -> None:
    found = await world.start()
    world.kubernetes.down = True
    with pytest.raises(ClusterError):
        await found.end(no_progress)
    assert world.history.open_round() is not None
    world.kubernetes.down = False
    await found.end(no_progress)
    assert world.history.open_round() is None
    assert healthy(world.kubernetes)


async def test_time_runs_out_also_without_a_cluster(world: World) -> None:
    found = await world.start()
    world.clock.advance(400)
    world.kubernetes.down = True
    with pytest.raises(ClusterError):
        await found.refresh()
    assert (await found.refresh()).state is State.TIMED_OUT


async def test_a_debrief_tells_what_is_known_when_the_cluster_is_gone(world: World) -> None:
    found = await world.start()
    found.give_up()
    world.kubernetes.down = True
    told = await found.debrief()
    assert told.view.outcome is State.GIVEN_UP
    assert told.changes == ()


async def made_anew(world: World) -> None:
    """The cluster was deleted and made again under the same name, while a round was open."""
    await world.start()
    world.new_process()
    world.cluster.kubernetes = world.kubernetes = new_cluster(world.clock)
    world.kubernetes.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "somebodys-work"}}
    )
    key = ("Namespace", "", "kube-system")
    world.kubernetes.objects[key]["metadata"]["uid"] = "another"


async def test_a_cluster_made_anew_is_not_restored_and_its_round_closed(world: World) -> None:
    await made_anew(world)
    with pytest.raises(RoundError, match="not the cluster on which the round was started"):
        await world.resume()
    assert world.kubernetes.writes == []
    assert world.events()[-1].data == {"left": [], "lost": True}
    assert world.history.open_round() is None
    assert world.held == 0


async def test_the_base_on_the_lost_cluster_is_forgotten(world: World) -> None:
    lost = world.place
    await made_anew(world)
    with pytest.raises(RoundError):
        await world.resume()
    assert world.history.kept(lost) is None


async def test_after_a_lost_cluster_a_new_round_can_start(world: World) -> None:
    await made_anew(world)
    with pytest.raises(RoundError):
        await world.resume()
    assert (await world.start()).view().state is State.RUNNING


async def test_a_round_is_closed_as_lost_without_its_cluster(world: World) -> None:
    await world.start()
    place = world.place
    world.new_process()
    world.kubernetes.down = True
    row = world.lobby().close_lost()
    assert row is not None
    assert row.scenario == "lost-catalogue"
    assert world.kinds()[-1] == "ended"
    assert world.history.open_round() is None
    assert world.history.kept(place) is None


async def test_closing_as_lost_without_a_round_does_nothing(world: World) -> None:
    assert world.lobby().close_lost() is None


async def test_a_round_whose_cluster_somebody_else_took_is_not_resumed(world: World) -> None:
    await world.start()
    bob = lease.Holder("bob@laptop", "round-2", "bbbb")
    await lease.hold(world.kubernetes.api(), "kind:a", bob, world.clock, force=True)
    world.new_process()
    with pytest.raises(ClusterError, match="held by bob@laptop for round round-2"):
        await world.resume()
    assert world.history.open_round() is not None


async def test_a_cluster_that_somebody_holds_is_not_played_on(world: World) -> None:
    bob = lease.Holder("bob@laptop", "round-2", "bbbb")
    await lease.hold(world.kubernetes.api(), "kind:a", bob, world.clock)
    with pytest.raises(ClusterError, match="held by bob@laptop"):
        await world.start()
    assert world.history.rounds() == []
    assert world.held == 0


@pytest.mark.parametrize("made", [True, False])
async def test_after_the_end_nobody_holds_the_cluster(tmp_path: Path, made: bool) -> None:
    world = World(tmp_path, made=made)
    found = await world.start()
    assert await lease.read_holder(world.kubernetes.api()) is not None
    await found.end(no_progress)
    assert await lease.read_holder(world.kubernetes.api()) is None
    assert world.held == 0
