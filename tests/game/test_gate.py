"""The clock never starts on a fault that cannot be seen, or that could not be injected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from breakfix.clusters.api import ExecResult
from breakfix.clusters.base import Object
from breakfix.errors import BreakfixError, ClusterError, RoundError
from breakfix.game.model import State
from breakfix.game.symptom import LOOK_AGAIN
from tests.game.fake_kubernetes import FakeKubernetes
from tests.game.shop import World, edited, healthy
from tests.unit.clusters_fakes import Shown

EDIT = "- edit: {object: {kind: ConfigMap, name: front}"
UNSEEN = edited(
    ("edit: {object: {kind: ConfigMap, name: front}, field: data.UPSTREAM,\n             "
     'replace: catalog, with: "nowhere"}',
     "patch: {object: {kind: ConfigMap, name: front}, merge: {data: {COLOUR: red}}}"),
)  # fmt: skip
MISSING = edited((EDIT, "- edit: {object: {kind: ConfigMap, name: back}"))
UNKNOWN_KIND = edited((EDIT, "- edit: {object: {kind: Widget, name: front}"))
NEVER_HEALTHY = edited(("contains: products}", "contains: unicorns}"))
NO_EVIDENCE = edited(("products -> 502", "products -> 418"))


async def fails(world: World, match: str) -> BreakfixError:
    """Starting fails, and the cluster is put back, with nothing open."""
    pristine = await world.snapshot()
    with pytest.raises(BreakfixError, match=match) as caught:
        await world.start()
    assert world.history.open_round() is None
    assert world.held == 0
    assert await world.left(pristine) == []
    return caught.value


async def test_a_fault_that_cannot_be_seen_never_starts_the_clock(tmp_path: Path) -> None:
    world = World(tmp_path, UNSEEN)
    error = await fails(world, "the symptom cannot be seen")
    assert isinstance(error, RoundError)
    assert "Customers get products: saw 200" in error.message
    assert world.kinds() == [
        "created", "baseline", "injecting", "injected", "failed", "restoring", "ended",
    ]  # fmt: skip


async def test_evidence_that_a_learner_cannot_find_never_starts_the_clock(tmp_path: Path) -> None:
    error = await fails(World(tmp_path, NO_EVIDENCE), "the symptom cannot be seen")
    assert "evidence: logs: saw GET /products -> 502" in error.message


async def test_a_fault_on_a_missing_object_says_which_step_and_object(tmp_path: Path) -> None:
    error = await fails(World(tmp_path, MISSING), "step 1 .edit.: ConfigMap back does not exist")
    assert "in namespace shop" in error.message
    assert error.hint.startswith("The step names an object")


async def test_a_fault_on_an_unknown_kind_says_which_step_and_kind(tmp_path: Path) -> None:
    error = await fails(World(tmp_path, UNKNOWN_KIND), "step 1 .edit.: .* no kind 'Widget'")
    assert error.hint == "`kubectl api-resources` lists the kinds that it serves."


async def test_a_base_that_is_never_healthy_is_not_broken(tmp_path: Path) -> None:
    world = World(tmp_path, NEVER_HEALTHY)
    error = await fails(world, "does not become healthy before anything is broken")
    assert "Customers get products: 200 products: 3" in error.message
    assert "injecting" not in world.kinds()
    assert world.clock.monotonic() >= 120


async def test_a_rollout_that_does_not_end_is_named(world: World) -> None:
    world.kubernetes.behaviour.is_ready = lambda pod: "front" not in pod["metadata"]["name"]
    error = await fails(world, "does not become healthy")
    assert "Deployment front: 0 of 2 available" in error.message


async def test_a_failed_round_is_in_the_history_without_points(tmp_path: Path) -> None:
    world = World(tmp_path, UNSEEN)
    await fails(world, "cannot be seen")
    (past,) = world.lobby().past()
    assert (past.outcome, past.score, past.time) == ("failed", 0, 0)


async def test_a_failed_round_counts_as_no_play(tmp_path: Path) -> None:
    world = World(tmp_path, UNSEEN)
    await fails(world, "cannot be seen")
    assert world.lobby().listings()[0].plays == 0


async def test_the_symptom_must_be_seen_twice_in_a_row(world: World) -> None:
    """A check that fails once by chance opens no gate."""
    real = world.kubernetes.behaviour.exec
    answers = iter([False, True])

    def flickering(fake: FakeKubernetes, pod: Object, command: Sequence[str]) -> ExecResult:
        broken = not healthy(fake)
        if broken and next(answers, False):
            world.set_upstream("catalog")
            answer = real(fake, pod, command)
            world.set_upstream("nowhere")
            return answer
        return real(fake, pod, command)

    world.kubernetes.behaviour.exec = flickering
    before = world.clock.monotonic()
    found = await world.start()
    assert found.view().state is State.RUNNING
    assert world.clock.monotonic() - before >= 3 * LOOK_AGAIN


async def test_a_cluster_that_lacks_something_refuses_before_anything_changes(
    tmp_path: Path,
) -> None:
    needs = edited(("  base: [", "  requires: [networkpolicy-enforced]\n  base: ["))
    world = World(tmp_path, needs)
    with pytest.raises(RoundError, match="cannot be played on kind:a: networkpolicy") as caught:
        await world.start()
    assert "--cluster kind" in caught.value.hint
    assert world.history.rounds() == []
    assert world.kubernetes.writes == []
    assert world.held == 0


async def test_an_unknown_scenario_opens_no_cluster(world: World) -> None:
    with pytest.raises(BreakfixError, match="there is no scenario 'lost-catalog'; did you mean"):
        await world.start("lost-catalog")
    assert world.opened == []


async def test_each_step_of_the_set_up_is_shown(world: World) -> None:
    shown = Shown()
    await world.lobby().start("lost-catalogue", "7F3K", shown)
    assert shown.steps == [
        "Clearing the stage", "Setting up the application", "Waiting until everything is healthy",
        "Something happens to the cluster", "Waiting until the symptom can be seen",
    ]  # fmt: skip


async def test_a_cluster_that_dies_in_the_set_up_is_let_go_and_restored_later(
    world: World,
) -> None:
    pristine = await world.snapshot()

    def die(method: str, path: str) -> None:
        world.kubernetes.down = world.kubernetes.down or path.endswith("/networkpolicies/deny")

    world.kubernetes.on_request = die
    with pytest.raises(ClusterError, match="does not answer"):
        await world.start()
    assert world.held == 0
    assert world.history.open_round() is not None
    world.kubernetes.on_request, world.kubernetes.down = lambda method, path: None, False
    assert await world.resume() is None
    assert await world.left(pristine) == []
