"""What a snapshot holds, and how two of them differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Object
from breakfix.clusters.snapshot import Key, Snapshot, difference, essence, take
from tests.game.fake_kubernetes import FakeKubernetes, Kind
from tests.game.shop import World

MAP: Object = {
    "apiVersion": "v1", "kind": "ConfigMap",
    "metadata": {"name": "x", "namespace": "default"}, "data": {"a": "1"},
}  # fmt: skip


@pytest.fixture
def fake(tmp_path: Path) -> FakeKubernetes:
    return World(tmp_path).kubernetes


async def changed(fake: FakeKubernetes, before: Snapshot) -> list[tuple[str, str, str]]:
    found = difference(before, await take(fake.api()))
    return [(d.what, d.key.kind, d.key.name) for d in found]


async def test_nothing_happened_nothing_differs(fake: FakeKubernetes) -> None:
    assert await changed(fake, await take(fake.api())) == []


async def test_created_changed_and_deleted_are_told_apart(fake: FakeKubernetes) -> None:
    api = fake.api()
    await api.create(MAP)
    await api.create(MAP | {"metadata": {"name": "y", "namespace": "default"}})
    before = await take(api)
    await api.patch("ConfigMap", "x", "default", {"data": {"a": "2"}})
    await api.delete("ConfigMap", "y", "default")
    await api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new"}})
    assert sorted(await changed(fake, before)) == [
        ("changed", "ConfigMap", "x"), ("created", "Namespace", "new"),
        ("created", "ServiceAccount", "default"), ("deleted", "ConfigMap", "y"),
    ]  # fmt: skip


async def test_what_was_undone_by_hand_does_not_differ(fake: FakeKubernetes) -> None:
    api = fake.api()
    await api.create(MAP)
    before = await take(api)
    await api.patch("ConfigMap", "x", "default", {"data": {"a": "2"}})
    await api.patch("ConfigMap", "x", "default", {"data": {"a": "1"}})
    assert await changed(fake, before) == []


async def test_what_was_deleted_and_made_again_alike_does_not_differ(fake: FakeKubernetes) -> None:
    api = fake.api()
    await api.create(MAP)
    before = await take(api)
    await api.delete("ConfigMap", "x", "default")
    await api.create(MAP)
    assert await changed(fake, before) == []


async def test_pods_and_replica_sets_of_controllers_are_not_kept(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.stage().apply_base()
    kinds = {key.kind for key in (await world.snapshot()).objects}
    assert "Deployment" in kinds
    assert not kinds & {"Pod", "ReplicaSet"}


async def test_what_breakfix_keeps_in_the_cluster_is_not_kept(fake: FakeKubernetes) -> None:
    before = await take(fake.api())
    meta = {"name": "consent", "namespace": "breakfix-system"}
    await fake.api().create(MAP | {"metadata": meta})
    assert await changed(fake, before) == []
    assert Key("v1", "Namespace", "", "breakfix-system") not in before.objects


@pytest.mark.parametrize("kind", ["Event", "Endpoints", "Lease"])
async def test_what_the_cluster_makes_by_itself_is_not_kept(
    fake: FakeKubernetes, kind: str
) -> None:
    before = await take(fake.api())
    version = next(k.api_version for k in fake.kinds if k.kind == kind)
    meta = {"name": "x", "namespace": "default"}
    await fake.api().create({"apiVersion": version, "kind": kind, "metadata": meta})
    assert await changed(fake, before) == []


async def test_custom_kinds_are_kept_like_built_in_ones(fake: FakeKubernetes) -> None:
    fake.kinds.append(Kind("example.com/v1", "Widget", "widgets"))
    before = await take(fake.api())
    meta = {"name": "w", "namespace": "default"}
    await fake.api().create({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": meta})
    assert await changed(fake, before) == [("created", "Widget", "w")]


async def test_of_kinds_that_may_not_be_read_nothing_is_known(fake: FakeKubernetes) -> None:
    before = await take(fake.api())
    meta = {"name": "x", "namespace": "default"}
    await fake.api().create({"apiVersion": "v1", "kind": "Secret", "metadata": meta})

    def refuse(method: str, path: str) -> None:
        if path == "/api/v1/secrets":
            raise ApiError(403, {"message": "secrets is forbidden"}, path)

    fake.on_request = refuse
    found = await take(fake.api())
    assert found.unread == {"Secret"}
    assert difference(before, found) == difference(found, before) == []


async def test_a_server_that_fails_is_not_an_empty_snapshot(fake: FakeKubernetes) -> None:
    def refuse(method: str, path: str) -> None:
        if path == "/api/v1/secrets":
            raise ApiError(500, {"message": "etcd is sick"}, path)

    fake.on_request = refuse
    with pytest.raises(ApiError, match="etcd is sick"):
        await take(fake.api())


async def test_a_snapshot_survives_its_bytes(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.stage().apply_base()
    found = await world.snapshot()
    assert found.volumes
    assert Snapshot.from_bytes(found.to_bytes()) == found


def with_spec(kind: str, spec: Object, **meta: Any) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"} | meta, "spec": spec}


SAME = {
    "a claim is the same whichever volume was found for it": (
        with_spec("PersistentVolumeClaim", {"size": 1}),
        with_spec(
            "PersistentVolumeClaim", {"size": 1, "volumeName": "pvc-1"},
            annotations={"pv.kubernetes.io/bind-completed": "yes"},
        ),
    ),
    "a volume is the same whichever claim of that name has it": (
        with_spec("PersistentVolume", {"claimRef": {"namespace": "a", "name": "b", "uid": "1"}}),
        with_spec("PersistentVolume", {"claimRef": {"namespace": "a", "name": "b", "uid": "2"}}),
    ),
    "a node is the same whatever its kubelet says": (
        with_spec("Node", {"podCIDR": "10.0.0.0/24"}, annotations={"a": "1"}),
        with_spec("Node", {"podCIDR": "10.0.1.0/24"}, annotations={"a": "2"}),
    ),
    "a Job is the same whichever uid its selector names": (
        with_spec("Job", {"template": {}, "selector": {"matchLabels": {"controller-uid": "1"}}}),
        with_spec(
            "Job",
            {"template": {"metadata": {"labels": {"batch.kubernetes.io/controller-uid": "2"}}}},
        ),
    ),
    "kubectl's note of what was applied does not count": (
        with_spec("Service", {}, annotations={
            "kubectl.kubernetes.io/last-applied-configuration": "{}"
        }),
        with_spec("Service", {}),
    ),
    "status and versions do not count": (
        with_spec("Deployment", {}, resourceVersion="1") | {"status": {"replicas": 1}},
        with_spec("Deployment", {}, resourceVersion="2", generation=4),
    ),
    "a namespace is its metadata": (
        with_spec("Namespace", {"finalizers": ["kubernetes"]}), with_spec("Namespace", {}),
    ),
}  # fmt: skip
OTHER = {
    "a claim of another size": (
        with_spec("PersistentVolumeClaim", {"size": 1}),
        with_spec("PersistentVolumeClaim", {"size": 2}),
    ),
    "a volume of another claim": (
        with_spec("PersistentVolume", {"claimRef": {"namespace": "a", "name": "b"}}),
        with_spec("PersistentVolume", {"claimRef": {"namespace": "a", "name": "c"}}),
    ),
    "a node with another taint": (
        with_spec("Node", {}), with_spec("Node", {"taints": [{"key": "a"}]}),
    ),
    "a node with another label": (
        with_spec("Node", {}), with_spec("Node", {}, labels={"disk": "ssd"}),
    ),
    "a cordoned node": (with_spec("Node", {}), with_spec("Node", {"unschedulable": True})),
    "a namespace with another label": (
        with_spec("Namespace", {}), with_spec("Namespace", {}, labels={"team": "a"}),
    ),
    "a Job with another template": (
        with_spec("Job", {"template": {}}), with_spec("Job", {"template": {"spec": {}}}),
    ),
    "an annotation of a person's": (
        with_spec("Service", {}), with_spec("Service", {}, annotations={"a": "b"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_same(name: str) -> None:
    one, other = SAME[name]
    assert essence(one) == essence(other)


@pytest.mark.parametrize("name", OTHER)
def test_not_the_same(name: str) -> None:
    one, other = OTHER[name]
    assert essence(one) != essence(other)
