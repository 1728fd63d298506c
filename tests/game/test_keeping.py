"""A base stays on a cluster of breakfix's own for the next round; on no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.clusters.snapshot import Snapshot, difference
from breakfix.game import keeping
from tests.game.shop import SCENARIO, World, healthy
from tests.game.test_round_life import unseen
from tests.unit.clusters_fakes import no_progress

OTHER = SCENARIO.replace("name: lost-catalogue", "name: other").replace(
    "base: [manifests/shop]", "base: [manifests/shop, more.yaml]"
)
LESS = SCENARIO.replace("name: lost-catalogue", "name: less").replace(
    "base: [manifests/shop]",
    "base: [manifests/shop/00-namespace.yaml, manifests/shop/front.yaml, manifests/shop/load.yaml]",
)
MORE = "apiVersion: v1\nkind: Secret\nmetadata: {name: more, namespace: shop}\n"


async def one_round(world: World, scenario: str = "lost-catalogue") -> None:
    found = await world.start(scenario)
    world.repair()
    await found.verify(unseen)
    await found.end(no_progress)


def uids(world: World, *kinds: str) -> set[str]:
    return {o["metadata"]["uid"] for k in kinds for o in world.kubernetes.all(k, "shop")}


async def test_the_base_stays_healthy_on_the_cluster(world: World) -> None:
    await one_round(world)
    assert world.history.kept(world.place) is not None
    assert healthy(world.kubernetes)
    assert world.kubernetes.get("NetworkPolicy", "deny", "shop") is None


async def test_a_second_round_on_the_same_base_makes_nothing_anew(world: World) -> None:
    await one_round(world)
    kinds = ("Deployment", "Service", "PersistentVolumeClaim", "ConfigMap", "ReplicaSet")
    before = uids(world, *kinds)
    await one_round(world)
    assert uids(world, *kinds) == before


async def test_the_pods_of_the_base_are_new_so_that_their_logs_tell_nothing(world: World) -> None:
    await one_round(world)
    before = uids(world, "Pod")
    found = await world.start()
    await found.end(no_progress)
    assert not before & uids(world, "Pod")


async def test_what_somebody_did_to_the_kept_base_is_undone_before_the_next_round(
    world: World,
) -> None:
    await one_round(world)
    await world.kubernetes.api().delete("Deployment", "front", "shop")
    world.set_upstream("somewhere")
    await one_round(world)
    assert healthy(world.kubernetes)


async def test_another_base_removes_what_it_does_not_need(tmp_path: Path) -> None:
    world = World(tmp_path, OTHER, LESS)
    folder = world.catalogue.get("other").folder
    (folder / "more.yaml").write_text(MORE)
    await one_round(world, "other")
    assert world.kubernetes.get("Secret", "more", "shop") is not None
    kept = uids(world, "Deployment", "Service", "PersistentVolumeClaim")
    await one_round(world, "less")
    assert world.kubernetes.get("Secret", "more", "shop") is None
    assert uids(world, "Deployment", "Service", "PersistentVolumeClaim") == kept


async def test_after_several_bases_the_cluster_is_as_it_began(tmp_path: Path) -> None:
    world = World(tmp_path, OTHER, LESS)
    (world.catalogue.get("other").folder / "more.yaml").write_text(MORE)
    pristine = await world.snapshot()
    for name in ("other", "less", "less", "other"):
        await one_round(world, name)
    assert await world.left(pristine) == []


async def test_an_adopted_cluster_keeps_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, made=False)
    pristine = await world.snapshot()
    await one_round(world)
    assert world.history.kept(world.place) is None
    assert difference(pristine, await world.snapshot()) == []


async def test_an_adopted_clusters_own_pods_live_on(tmp_path: Path) -> None:
    world = World(tmp_path, made=False)
    pod = {"metadata": {"labels": {"app": "own"}}, "spec": {"containers": [{"name": "own"}]}}
    own = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": pod}}
    world.kubernetes.create(own | {"metadata": {"name": "own", "namespace": "default"}})
    (before,) = world.kubernetes.all("Pod", "default")
    await one_round(world)
    assert world.kubernetes.all("Pod", "default") == [before]


async def test_removing_where_nothing_is_kept_does_nothing(world: World) -> None:
    api = world.kubernetes.api()
    assert await keeping.remove(api, world.history, world.place, world.clock) is None
    assert world.kubernetes.asked == []


async def test_a_base_is_the_same_as_long_as_its_objects_are(tmp_path: Path) -> None:
    world = World(tmp_path, SCENARIO, LESS, OTHER)
    (world.catalogue.get("other").folder / "more.yaml").write_text(MORE)
    same, less, other = (
        keeping.base_digest(world.stage(world.catalogue.get(n)))
        for n in ("lost-catalogue", "less", "other")
    )
    assert same == less != other


async def test_a_base_object_without_a_namespace_is_in_the_scenarios(tmp_path: Path) -> None:
    world = World(tmp_path, OTHER)
    folder = world.catalogue.get("other").folder
    (folder / "more.yaml").write_text(MORE.replace(", namespace: shop", ""))
    await one_round(world, "other")
    assert world.kubernetes.get("Secret", "more", "shop") is not None
    assert world.kubernetes.get("Secret", "more", "default") is None


@pytest.mark.parametrize("outcome", ["give_up", "solve", "time_out"])
async def test_however_a_round_ends_the_base_is_kept_as_it_was(world: World, outcome: str) -> None:
    found = await world.start()
    kept = world.history.kept(world.place)
    assert kept is not None
    match outcome:
        case "give_up":
            found.give_up()
        case "solve":
            world.repair()
            await found.verify(unseen)
        case _:
            world.clock.advance(1000)
            await found.refresh()
    await found.end(no_progress)
    assert difference(Snapshot.from_bytes(kept.warm), await world.snapshot()) == []
