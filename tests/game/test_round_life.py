"""The life of a round: its events in order, its states, its clock."""

from __future__ import annotations

import pytest

from breakfix.errors import RoundError
from breakfix.game.model import State, VerifyUpdate
from tests.game.shop import World, healthy
from tests.unit.clusters_fakes import no_progress

FULL_ROUND = [
    "created", "baseline", "injecting", "injected", "started", "hint", "diagnosis",
    "verifying", "verify", "verifying", "verify", "solved", "changes", "restoring", "ended",
]  # fmt: skip


def unseen(update: VerifyUpdate) -> None:
    """A watch that nobody looks at."""


async def test_the_events_of_a_round_stand_in_the_history_in_order(world: World) -> None:
    found = await world.start()
    found.buy_hint()
    await found.diagnose("the front", "wrong configuration")
    assert not (await found.verify(unseen)).passed
    world.repair()
    assert (await found.verify(unseen)).passed
    await found.end(no_progress)
    assert world.kinds() == FULL_ROUND
    times = [e.at for e in world.events()]
    assert times == sorted(times)


async def test_a_started_round_is_broken_and_runs(world: World) -> None:
    found = await world.start()
    assert found.view().state is State.RUNNING
    assert not healthy(world.kubernetes)


async def test_the_set_up_time_is_not_the_learners(world: World) -> None:
    found = await world.start()
    assert found.view().elapsed == 0
    world.clock.advance(42)
    assert found.view().elapsed == 42


async def test_the_level_that_a_namespace_enforces_is_read_when_it_is_asked_for(
    world: World,
) -> None:
    found = await world.start()
    assert await found.enforced_level("shop") == ""
    assert await found.enforced_level("no-such") == ""
    shop = next(o for o in world.kubernetes.all("Namespace") if o["metadata"]["name"] == "shop")
    shop["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "baseline"}
    assert await found.enforced_level("shop") == "baseline"
    world.kubernetes.down = True
    assert await found.enforced_level("shop") == ""


async def test_events_of_earlier_rounds_are_cleared_before_the_fault(world: World) -> None:
    meta = {"name": "old", "namespace": "kube-system"}
    world.kubernetes.create({"apiVersion": "v1", "kind": "Event", "metadata": meta})
    await world.start()
    assert world.kubernetes.all("Event") == []


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("created", "POST /api/v1/namespaces/shop/"),
        ("injecting", "DELETE /api/v1/namespaces/shop/events"),
        ("restoring", "DELETE /apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/deny"),
    ],
)
async def test_each_event_is_written_before_it_takes_effect(
    world: World, written: str, taken: str
) -> None:
    """When the first request of a step comes in, its event stands in the file already."""
    known: list[list[str]] = []

    def look(method: str, path: str) -> None:
        if f"{method} {path}".startswith(taken):
            known.append(world.kinds())

    if written == "created":
        taken = "PATCH /api/v1/namespaces/shop"
    world.kubernetes.on_request = look
    found = await world.start()
    await found.end(no_progress)
    assert known
    assert known[0][-1] == written


async def test_pauses_are_left_out_of_the_time(world: World) -> None:
    found = await world.start()
    world.clock.advance(10)
    found.pause()
    assert found.view().state is State.PAUSED
    world.clock.advance(1000)
    assert found.view().elapsed == 10
    found.resume()
    world.clock.advance(5)
    assert found.view().elapsed == 15


async def test_a_round_given_up_during_a_pause_keeps_the_time_of_the_pause(world: World) -> None:
    found = await world.start()
    world.clock.advance(10)
    found.pause()
    world.clock.advance(50)
    found.give_up()
    world.clock.advance(50)
    assert found.view().elapsed == 10


async def test_pausing_twice_is_one_pause(world: World) -> None:
    found = await world.start()
    found.pause()
    found.pause()
    found.resume()
    found.resume()
    assert world.kinds().count("paused") == world.kinds().count("resumed") == 1


async def test_at_the_limit_the_time_is_up(world: World) -> None:
    found = await world.start()
    world.clock.advance(299)
    assert (await found.refresh()).state is State.RUNNING
    world.clock.advance(2)
    view = await found.refresh()
    assert (view.state, view.elapsed) == (State.TIMED_OUT, 300)


async def test_a_verify_after_the_limit_is_too_late(world: World) -> None:
    found = await world.start()
    world.repair()
    world.clock.advance(301)
    with pytest.raises(RoundError, match="time is up"):
        await found.verify(unseen)
    assert found.view().outcome is State.TIMED_OUT


async def test_a_pause_does_not_time_out(world: World) -> None:
    found = await world.start()
    found.pause()
    world.clock.advance(10_000)
    assert (await found.refresh()).state is State.PAUSED


@pytest.mark.parametrize("action", ["pause", "give_up", "buy_hint"])
async def test_what_is_over_cannot_be_played(world: World, action: str) -> None:
    found = await world.start()
    found.give_up()
    with pytest.raises(RoundError, match="not in play: given up"):
        getattr(found, action)()


async def test_a_paused_round_is_not_verified(world: World) -> None:
    found = await world.start()
    found.pause()
    with pytest.raises(RoundError, match="paused"):
        await found.verify(unseen)


async def test_ending_a_running_round_gives_it_up(world: World) -> None:
    found = await world.start()
    await found.end(no_progress)
    view = found.view()
    assert (view.state, view.outcome) == (State.ENDED, State.GIVEN_UP)


async def test_the_cluster_is_as_before_after_a_round(world: World) -> None:
    before = await world.snapshot()
    found = await world.start()
    world.repair()
    await found.end(no_progress)
    assert await world.left(before) == []


async def test_a_second_round_is_refused_while_one_is_open(world: World) -> None:
    await world.start()
    with pytest.raises(RoundError, match="a round is open: lost-catalogue on kind:a") as caught:
        await world.start()
    assert "breakfix round end" in caught.value.hint


async def test_the_cluster_is_kept_up_for_a_round_and_no_longer(world: World) -> None:
    found = await world.start()
    assert world.cluster.kept == {"round"}
    await found.leave()
    assert world.cluster.kept == {"round"}
    world.cluster.kept.clear()  # by another start of the cluster
    again = await world.resume()
    assert again is not None
    assert world.cluster.kept == {"round"}
    await again.end(no_progress)
    assert not world.cluster.kept


async def test_a_round_is_let_go_of_without_ending_it(world: World) -> None:
    found = await world.start()
    await found.leave()
    assert world.held == 0
    assert world.history.open_round() is not None
