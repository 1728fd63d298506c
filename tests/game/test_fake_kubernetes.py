"""The test double itself: what tests of the game rely on is as on a real API server."""

from __future__ import annotations

import pytest

from breakfix.clusters.api import ApiError
from tests.game.shop import World


async def test_controllers_make_what_deployments_and_claims_ask_for(world: World) -> None:
    await world.stage().apply_base()
    fake = world.kubernetes
    assert len(fake.all("Pod", "shop")) == 3
    assert fake.has("Deployment", "front", "shop")["status"]["availableReplicas"] == 2
    assert fake.has("PersistentVolumeClaim", "data", "shop")["status"] == {"phase": "Bound"}
    assert len(fake.all("PersistentVolume")) == 1


async def test_a_namespace_takes_what_is_in_it_along(world: World) -> None:
    before = set(world.kubernetes.objects)
    await world.stage().apply_base()
    await world.kubernetes.api().delete("Namespace", "shop")
    assert set(world.kubernetes.objects) == before


async def test_a_new_template_makes_new_pods(world: World) -> None:
    await world.stage().apply_base()
    fake = world.kubernetes
    old = {p["metadata"]["name"] for p in fake.all("Pod", "shop")}
    body = {"spec": {"template": {"metadata": {"annotations": {"restarted": "now"}}}}}
    await fake.api().patch("Deployment", "front", "shop", body)
    new = {p["metadata"]["name"] for p in fake.all("Pod", "shop")}
    assert len(new) == 3
    assert len(old & new) == 1


async def test_a_stale_version_and_an_immutable_field_are_refused(world: World) -> None:
    await world.stage().apply_base()
    api = world.kubernetes.api()
    stale = world.kubernetes.has("ConfigMap", "front", "shop") | {"data": {}}
    await api.replace(stale)
    with pytest.raises(ApiError) as conflict:
        await api.replace(stale)
    body = {"spec": {"selector": {"matchLabels": {"app": "other"}}}}
    with pytest.raises(ApiError) as invalid:
        await api.patch("Deployment", "front", "shop", body)
    assert (conflict.value.code, invalid.value.code) == (409, 422)


async def test_applying_again_removes_what_the_manifest_no_longer_has(world: World) -> None:
    api = world.kubernetes.api()
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    await api.apply(item | {"data": {"a": "1", "b": "2"}})
    await api.apply(item | {"data": {"a": "1"}})
    assert world.kubernetes.has("ConfigMap", "x", "default")["data"] == {"a": "1"}


async def test_a_write_that_changes_nothing_is_no_new_version(world: World) -> None:
    api = world.kubernetes.api()
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {}}
    first = await api.apply(item)
    again = await api.apply(item)
    assert first["metadata"]["resourceVersion"] == again["metadata"]["resourceVersion"]
