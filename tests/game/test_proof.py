"""The proof: fixes that must pass, cheats that must fail, nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.clusters.base import Object
from breakfix.game.prove import Proof, Share, Verdict
from tests.game.shop import World, edited

NO_FIX = edited(("merge: {data: {UPSTREAM: catalog}}", "merge: {data: {UPSTREAM: somewhere}}"))
CHEAT_PASSES = edited(
    ("{kind: Deployment, name: front, replicas: 1}", "{kind: Deployment, name: load, replicas: 3}")
)
SOLVES = "[{patch: {object: {kind: ConfigMap, name: front}, merge: {data: {UPSTREAM: catalog}}}}]"
CHEAT_IS_A_FIX = edited(("nothing at all, steps: []", f"nothing at all, steps: {SOLVES}"))
MISSED = edited(("caughtBy: [The front is ready]", "caughtBy: [The services are as they were]"))
BAD_STEP = edited(("replace: nowhere, with: catalog", "replace: elsewhere, with: catalog"))
UNSEEN = edited(('contains: "products -> 502"', 'contains: "products -> 418"'))


async def prove(world: World) -> list[Verdict]:
    watched: list[Verdict] = []
    found = await Proof(world.stage(), world.history, world.place, watched.append).run()
    assert watched == found
    return found


def wrong(found: list[Verdict]) -> list[tuple[str, str, str]]:
    return [(v.kind, v.name, v.seen) for v in found if not v.ok]


async def test_a_good_scenario_is_proven(world: World) -> None:
    found = await prove(world)
    assert wrong(found) == []
    assert [v.kind for v in found] == ["baseline", "broken"] + ["fix", "restore"] * 2 + [
        "cheat", "restore",
    ] * 4  # fmt: skip


async def test_shares_of_a_proof_are_all_of_it(tmp_path: Path) -> None:
    found: list[list[str]] = []
    for number in (0, 1):
        world = World(tmp_path / str(number))
        proof = Proof(world.stage(), world.history, world.place, lambda _: None)
        verdicts = await proof.run(Share(number, 2))
        assert [v.kind for v in verdicts[:2]] == ["baseline", "broken"]
        found.append([v.name for v in verdicts if v.kind in ("fix", "cheat")])
    assert [name for pair in zip(*found, strict=True) for name in pair] == [
        case.name for case in World(tmp_path / "2").stage().spec.proof.cases
    ]


async def test_the_cases_are_named_and_timed(world: World) -> None:
    found = await prove(world)
    assert [v.name for v in found if v.kind == "cheat"] == [
        "nothing at all", "delete the front", "one replica", "another port",
    ]  # fmt: skip
    fix = next(v for v in found if v.kind == "fix")
    assert (fix.scenario, fix.seen, fix.seconds) == ("lost-catalogue", "all hold", 5.0)


async def test_a_fix_that_does_not_fix_is_found(tmp_path: Path) -> None:
    found = wrong(await prove(World(tmp_path, NO_FIX)))
    assert found == [("fix", "put the name back", "Customers get products: 502 no such upstream")]


async def test_a_fix_that_cannot_be_carried_out_is_found(tmp_path: Path) -> None:
    ((kind, name, seen),) = wrong(await prove(World(tmp_path, BAD_STEP)))
    assert (kind, name) == ("fix", "edit the name")
    assert seen.startswith("step 1 (edit): ConfigMap front: nothing in data.UPSTREAM matches")


@pytest.mark.parametrize(
    ("scenario", "name"),
    [(CHEAT_PASSES, "one replica"), (CHEAT_IS_A_FIX, "nothing at all")],
    ids=["by another check", "by none"],
)
async def test_a_cheat_that_is_not_caught_is_found(
    tmp_path: Path, scenario: str, name: str
) -> None:
    ((kind, found, _),) = wrong(await prove(World(tmp_path, scenario)))
    assert (kind, found) == ("cheat", name)


async def test_a_cheat_that_passes_says_that_all_holds(tmp_path: Path) -> None:
    ((_, _, seen),) = wrong(await prove(World(tmp_path, CHEAT_IS_A_FIX)))
    assert seen == "all hold"


async def test_a_cheat_caught_by_another_check_than_the_named_is_found(tmp_path: Path) -> None:
    ((_, name, seen),) = wrong(await prove(World(tmp_path, MISSED)))
    assert name == "delete the front"
    assert seen.startswith("failed, but not by The services are as they were: ")


async def test_a_symptom_that_is_not_seen_is_found_in_every_case(tmp_path: Path) -> None:
    found = await prove(World(tmp_path, UNSEEN))
    assert {v.kind for v in found if v.ok} == {"baseline", "restore"}
    assert all("the symptom cannot be seen" in v.seen for v in found if not v.ok)
    assert "broken" not in [v.kind for v in found]


async def test_an_unhealthy_base_ends_the_proof(world: World) -> None:
    world.kubernetes.behaviour.is_ready = lambda pod: False
    ((kind, name, _),) = wrong(await prove(world))
    assert (kind, name) == ("baseline", "healthy before the fault")


async def test_a_restore_that_fails_is_found(world: World) -> None:
    """An admission webhook, say, does not let the Service be put back."""

    def admit(item: Object) -> str:
        now = world.kubernetes.get("Service", "front", "shop")
        back = item["kind"] == "Service" and now and (_port(now), _port(item)) == (81, 80)
        return "the service stays" if back else ""

    world.kubernetes.behaviour.admit = admit
    ((kind, name, seen),) = wrong(await prove(world))
    assert (kind, name) == ("restore", "after another port")
    assert "the service stays" in seen


def _port(item: Object) -> int:
    return int(item["spec"]["ports"][0]["port"])


async def test_what_a_restore_leaves_behind_is_named(world: World) -> None:
    """Somebody makes an object while the policy of the fault is deleted."""

    def haunt(method: str, path: str) -> None:
        if (method, path.rsplit("/", 1)[-1]) == ("DELETE", "deny"):
            meta = {"name": "ghost", "namespace": "shop"}
            if world.kubernetes.get("Secret", "ghost", "shop") is None:
                world.kubernetes.create({"apiVersion": "v1", "kind": "Secret", "metadata": meta})

    world.kubernetes.on_request = haunt
    kinds = {(kind, seen) for kind, _, seen in wrong(await prove(world))}
    assert kinds == {("restore", "left: Secret ghost created")}


async def test_a_cluster_that_dies_fails_every_case_from_there(world: World) -> None:
    def die(method: str, path: str) -> None:
        world.kubernetes.down = world.kubernetes.down or path.endswith("/networkpolicies/deny")

    world.kubernetes.on_request = die
    found = await prove(world)
    assert [v.ok for v in found][:1] == [True]
    assert all("does not answer" in v.seen for v in found[1:])


async def test_after_the_proof_only_the_base_is_left(world: World) -> None:
    pristine = await world.snapshot()
    await prove(world)
    assert await world.left(pristine) == []


async def test_proving_writes_no_round_into_the_history(world: World) -> None:
    await prove(world)
    assert world.history.rounds() == []


async def test_a_cluster_that_is_dead_from_the_start_is_one_verdict(world: World) -> None:
    world.kubernetes.down = True
    ((kind, _, seen),) = wrong(await prove(world))
    assert kind == "baseline"
    assert "does not answer" in seen
