"""The debrief: what happened when, what was changed, what else would have worked."""

from __future__ import annotations

import pytest

from breakfix.errors import RoundError
from breakfix.game.model import Debrief
from breakfix.game.round import Round
from tests.game.shop import World
from tests.game.test_round_life import unseen
from tests.unit.clusters_fakes import no_progress


async def solve(world: World, found: Round) -> Debrief:
    world.repair()
    await found.verify(unseen)
    return await found.debrief()


async def test_the_timeline_tells_what_happened_at_which_second_of_play(world: World) -> None:
    found = await world.start()
    world.clock.advance(5)
    world.learner("list", "events")
    world.clock.advance(5)
    await found.refresh()
    found.buy_hint()
    found.pause()
    world.clock.advance(1000)
    found.resume()
    await found.diagnose("the front", "no disk")
    await found.verify(unseen)  # 8 s
    told = await solve(world, found)
    assert [(m.at, m.kind, m.text) for m in told.timeline] == [
        (0, "started", "the symptom is seen; the clock starts"),
        (5, "look", "looked at events"),
        (10, "hint", "hint bought: logs, 10 points"),
        (10, "paused", "paused"),
        (10, "resumed", "resumed"),
        (10, "diagnosis", "diagnosis: the front, no disk (not right)"),
        (18, "verify", "verify: no: Customers get products"),
        (18, "change", "patch configmaps/front in shop"),
        (18, "solved", "solved: from here on everything held"),
        (21, "verify", "verify: all checks hold"),
    ]
    assert told.view.elapsed == 18  # the clock and the moment are the same


async def test_the_three_times(world: World) -> None:
    found = await world.start()
    world.clock.advance(4)
    world.learner("list", "events")
    world.clock.advance(6)
    told = await solve(world, found)
    assert (told.detect, told.locate, told.mitigate) == (4, 10, 10)


async def test_a_right_diagnosis_locates(world: World) -> None:
    found = await world.start()
    world.clock.advance(3)
    await found.diagnose("the front", "wrong configuration")
    world.clock.advance(6)
    assert (await solve(world, found)).locate == 3


async def test_what_is_located_was_detected(world: World) -> None:
    found = await world.start()
    world.clock.advance(3)
    await found.diagnose("the front", "wrong configuration")
    world.clock.advance(6)
    world.learner("list", "events")
    told = await solve(world, found)
    assert (told.detect, told.locate) == (3, 3)


async def test_a_round_given_up_was_not_mitigated(world: World) -> None:
    found = await world.start()
    found.give_up()
    told = await found.debrief()
    assert (told.detect, told.locate, told.mitigate) == (None, None, None)


async def test_what_was_changed_is_shown_as_a_diff(world: World) -> None:
    told = await solve(world, await world.start())
    (change,) = told.changes
    assert (change.what, change.kind, change.namespace, change.name, change.expected) == (
        "changed", "ConfigMap", "shop", "front", True,
    )  # fmt: skip
    assert "-  UPSTREAM: nowhere\n+  UPSTREAM: catalog" in change.diff


async def test_looking_and_refused_writes_are_no_changes(world: World) -> None:
    found = await world.start()
    world.learner("create", "pods", "front-1", subresource="exec")
    world.learner("patch", "pods", "front-1", subresource="ephemeralcontainers")
    world.learner("create", "selfsubjectaccessreviews")
    world.learner("patch", "configmaps", "front", uri="/x?dryRun=All")
    told = await solve(world, found)
    assert [m.text for m in told.timeline if m.kind == "change"] == [
        "patch configmaps/front in shop"
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "Secret", "metadata": {"name": "x", "namespace": "kube-system"}}, False),
        ({"kind": "ConfigMap", "metadata": {"name": "x", "namespace": "kube-system"}}, False),
        ({"kind": "ConfigMap", "metadata": {"name": "front-2", "namespace": "shop"}}, True),
        ({"kind": "Namespace", "metadata": {"name": "x"}}, False),
    ],
)
async def test_an_object_that_no_fix_touches_is_blast_radius(
    world: World, body: dict[str, object], expected: bool
) -> None:
    found = await world.start()
    world.kubernetes.create({"apiVersion": "v1"} | body)
    told = await solve(world, found)
    added = [c for c in told.changes if c.what == "created"]
    assert {c.expected for c in added if c.name != "default"} == {expected}


async def test_deleting_what_the_fault_brought_is_expected(world: World) -> None:
    found = await world.start()
    await world.kubernetes.api().delete("NetworkPolicy", "deny", "shop")
    told = await solve(world, found)
    assert ("deleted", "NetworkPolicy", True) in [
        (c.what, c.kind, c.expected) for c in told.changes
    ]


async def test_what_would_have_worked_and_where_to_read_on(world: World) -> None:
    told = await solve(world, await world.start())
    assert told.fixes == ("put the name back", "edit the name")
    assert told.links == (("ConfigMaps", "https://kubernetes.io/docs/"),)
    assert told.best == told.view.score.total


async def test_before_the_end_there_is_no_debrief(world: World) -> None:
    found = await world.start()
    with pytest.raises(RoundError, match="not over"):
        await found.debrief()


async def test_the_debrief_is_the_same_from_the_history(world: World) -> None:
    found = await world.start()
    live = await solve(world, found)
    await found.end(no_progress)
    world.new_process()
    later = world.lobby().debrief_of(found.view().id)
    assert later.timeline == live.timeline
    assert later.changes == live.changes
    assert later.view.score == live.view.score


async def test_a_round_that_was_just_ended_still_tells_what_was_changed(world: World) -> None:
    found = await world.start()
    world.set_upstream("somewhere")
    await found.end(no_progress)
    told = world.lobby().debrief_of(None)
    assert [c.name for c in told.changes] == ["front"]


async def test_an_unknown_round_has_no_debrief(world: World) -> None:
    with pytest.raises(RoundError, match="there is no round abc"):
        world.lobby().debrief_of("abc")
    with pytest.raises(RoundError, match="no round was played yet"):
        world.lobby().debrief_of(None)


async def test_a_round_in_play_has_no_debrief_in_the_history(world: World) -> None:
    await world.start()
    with pytest.raises(RoundError, match="no outcome: running"):
        world.lobby().debrief_of(None)


async def test_without_audit_the_debrief_tells_what_it_knows(world: World) -> None:
    world.cluster.audit = None
    found = await world.start()
    key = ("ConfigMap", "shop", "front")
    old = world.kubernetes.objects[key]
    world.kubernetes.store(key, old | {"data": {"UPSTREAM": "catalog"}})
    await found.verify(unseen)
    told = await found.debrief()
    assert (told.detect, told.locate, told.mitigate) == (None, None, 0)
    assert [c.name for c in told.changes] == ["front"]


async def test_a_text_of_several_lines_is_compared_line_by_line(world: World) -> None:
    found = await world.start()
    key = ("ConfigMap", "shop", "front")
    old = world.kubernetes.objects[key]
    data = {"UPSTREAM": "catalog", "conf": "first\nsecond\n"}
    world.kubernetes.store(key, old | {"data": data})
    await found.verify(unseen)
    (change,) = (await found.debrief()).changes
    assert "+  conf: |\n+    first\n+    second" in change.diff


async def test_the_values_of_a_secret_are_not_shown(world: World) -> None:
    found = await world.start()
    meta = {"name": "x", "namespace": "shop"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"p": "aHVudGVyMg=="}}
    world.kubernetes.create(secret)
    told = await solve(world, found)
    (change,) = (c for c in told.changes if c.kind == "Secret")
    assert "aHVudGVyMg" not in change.diff
    assert "+  p: (not shown, sha256 " in change.diff


async def test_a_round_stands_beside_the_best_other_one(world: World) -> None:
    first = await world.start()
    world.clock.advance(7)
    assert (await solve(world, first)).best_round is None
    score = first.view().score.total
    await first.end(no_progress)
    second = await world.start()
    world.clock.advance(9)
    second.buy_hint()
    told = await solve(world, second)
    assert told.best_round is not None
    assert (told.best_round.id, told.best_round.elapsed) == (first.view().id, 7)
    assert told.best_round.locate == 7
    assert told.best == score > told.view.score.total
    assert told.at_par is not None
    assert told.at_par.total == 100


async def test_what_nobody_could_read_in_the_end_is_not_nothing(world: World) -> None:
    found = await world.start()
    found.give_up()
    told = world.lobby().debrief_of(found.view().id)
    assert not told.stock_taken


async def test_fixes_are_told_with_their_steps(world: World) -> None:
    told = await solve(world, await world.start())
    assert [repair.name for repair in told.repairs] == list(told.fixes)
    assert all(step.text for repair in told.repairs for step in repair.steps)
    assert {repair.shared for repair in told.repairs} == {1}


async def test_what_the_round_did_for_the_mastery_of_its_track_is_told(world: World) -> None:
    first = await world.start()
    told = await solve(world, first)
    assert told.learnt is not None
    assert told.learnt.mastery_words == "mastery dns 0 → 85 %"
    await first.end(no_progress)
    again = world.lobby().debrief_of(first.view().id).learnt
    assert again is not None
    assert again.words == told.learnt.words
    assert "; due in " in again.words
