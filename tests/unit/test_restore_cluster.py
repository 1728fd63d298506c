"""Restore: the cluster is as the snapshot has it, and nothing else was touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.clusters import storage
from breakfix.clusters.base import Object
from breakfix.clusters.restore import restore
from breakfix.clusters.snapshot import Difference, Snapshot
from breakfix.errors import ClusterError
from tests.game.fake_kubernetes import FakeApi, FakeKubernetes
from tests.game.shop import World

SYSTEM = "breakfix-system"


class Restored:
    """A shop that somebody changes, and what comes of restoring it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before = Snapshot()

    async def remember(self) -> None:
        self.before = await self.world.snapshot()

    @property
    def fake(self) -> FakeKubernetes:
        return self.world.kubernetes

    @property
    def api(self) -> FakeApi:
        return self.world.kubernetes.api()

    async def restore(self) -> list[Difference]:
        return await restore(self.api, self.before, self.world.clock)

    def uid(self, kind: str, name: str, namespace: str = "") -> str:
        return str(self.fake.has(kind, name, namespace)["metadata"]["uid"])


@pytest.fixture
async def shop(tmp_path: Path) -> Restored:
    world = World(tmp_path)
    await world.stage().apply_base()
    found = Restored(world)
    await found.remember()
    return found


def item(
    kind: str, name: str, namespace: str = "shop", version: str = "v1", **more: object
) -> Object:
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": version, "kind": kind, "metadata": meta} | more


# -- created, changed, deleted ----------------------------------------------------------


async def test_where_nothing_changed_nothing_is_written(shop: Restored) -> None:
    shop.fake.asked.clear()
    assert await shop.restore() == []
    assert shop.fake.writes == []


@pytest.mark.parametrize(
    "created",
    [
        item("ConfigMap", "new"),
        item("NetworkPolicy", "new", version="networking.k8s.io/v1"),
        item("ClusterRole", "new", "", "rbac.authorization.k8s.io/v1"),
        item("Pod", "stranger", spec={"containers": [{"name": "a"}]}),
        item("Namespace", "new", ""),
    ],
    ids=lambda body: body["kind"],
)
async def test_what_was_created_is_deleted(shop: Restored, created: Object) -> None:
    await shop.api.create(created)
    assert await shop.restore() == []
    assert shop.fake.key(created) not in shop.fake.objects


async def test_a_created_namespace_goes_with_all_that_runs_in_it(shop: Restored) -> None:
    await shop.api.create(item("Namespace", "new", ""))
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a"}]}}
    spec = {"selector": {}, "template": template}
    await shop.api.create(item("Deployment", "own", "new", "apps/v1", spec=spec))
    await shop.api.create(item("PersistentVolumeClaim", "own", "new", spec={}))
    assert await shop.restore() == []
    assert [k for k in shop.fake.objects if "new" in k] == []
    assert len(shop.fake.all("PersistentVolume")) == 1


async def test_what_was_changed_is_put_back(shop: Restored) -> None:
    uid = shop.uid("ConfigMap", "front", "shop")
    body = {"data": {"UPSTREAM": "nowhere", "NEW": "1"}, "metadata": {"labels": {"a": "b"}}}
    await shop.api.patch("ConfigMap", "front", "shop", body)
    assert await shop.restore() == []
    assert shop.fake.has("ConfigMap", "front", "shop")["data"] == {"UPSTREAM": "catalog"}
    assert shop.uid("ConfigMap", "front", "shop") == uid


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ConfigMap", "front"),
        ("Service", "front"),
        ("Deployment", "load"),
        ("ServiceAccount", "default"),
    ],
)
async def test_what_was_deleted_is_made_again(shop: Restored, kind: str, name: str) -> None:
    await shop.api.delete(kind, name, "shop")
    assert await shop.restore() == []
    assert shop.fake.get(kind, name, "shop") is not None


async def test_a_deleted_service_gets_its_address_back(shop: Restored) -> None:
    address = shop.fake.has("Service", "front", "shop")["spec"]["clusterIP"]
    await shop.api.delete("Service", "front", "shop")
    await shop.restore()
    assert shop.fake.has("Service", "front", "shop")["spec"]["clusterIP"] == address


async def test_a_deleted_namespace_comes_back_with_all_that_was_in_it(shop: Restored) -> None:
    """Its ServiceAccount `default` has been made by the cluster by then: no conflict."""
    await shop.api.delete("Namespace", "shop")
    assert await shop.restore() == []
    assert len(shop.fake.all("Pod", "shop")) == 3


async def test_a_controller_that_is_quicker_is_no_reason_to_wait(shop: Restored) -> None:
    """A ServiceAccount `default` that was deleted stands there again in an instant."""
    key = ("ServiceAccount", "shop", "default")
    shop.fake.objects[key]["metadata"]["labels"] = {"a": "b"}
    await shop.remember()
    await shop.api.delete("Namespace", "shop")
    before = shop.world.clock.monotonic()
    assert await shop.restore() == []
    assert shop.world.clock.monotonic() == before


async def test_a_namespace_on_its_way_out_is_waited_for(shop: Restored) -> None:
    """Until then it looks as if it were there, and takes nothing new."""
    key = ("Namespace", "", "shop")
    shop.fake.objects[key]["metadata"]["finalizers"] = ["example.com/slow"]
    await shop.remember()
    await shop.api.delete("Namespace", "shop")

    def finish(method: str, path: str) -> None:
        found = shop.fake.objects.get(key, {"metadata": {}})
        if shop.world.clock.monotonic() > 5 and "deletionTimestamp" in found["metadata"]:
            shop.fake.finish(key)

    shop.fake.on_request = finish
    assert await shop.restore() == []
    assert "deletionTimestamp" not in shop.fake.objects[key]["metadata"]
    assert shop.fake.get("Deployment", "front", "shop") is not None


# -- fields that cannot be changed back -------------------------------------------------


async def test_an_immutable_field_is_put_back_by_making_the_object_anew(shop: Restored) -> None:
    uid = shop.uid("StorageClass", "standard")
    await shop.api.delete("StorageClass", "standard")
    other = item("StorageClass", "standard", "", "storage.k8s.io/v1", provisioner="other")
    await shop.api.create(other)
    assert await shop.restore() == []
    assert shop.fake.has("StorageClass", "standard")["provisioner"] == "local"
    assert shop.uid("StorageClass", "standard") != uid


async def test_a_write_in_between_is_no_reason_to_make_an_object_anew(shop: Restored) -> None:
    """A kubelet or controller may be quicker; deleting a Node for that would be harm."""
    uid = shop.uid("Node", "node")
    await shop.api.patch("Node", "node", None, {"metadata": {"labels": {"disk": "ssd"}}})
    shop.fake.conflicts = 3
    assert await shop.restore() == []
    assert shop.uid("Node", "node") == uid


async def test_a_job_that_was_deleted_is_made_again(shop: Restored) -> None:
    spec = {"template": {"spec": {"containers": [{"name": "a"}]}}}
    await shop.api.create(item("Job", "once", version="batch/v1", spec=spec))
    await shop.remember()
    await shop.api.delete("Job", "once", "shop")
    assert await shop.restore() == []
    assert shop.fake.get("Job", "once", "shop") is not None


# -- nodes ------------------------------------------------------------------------------


async def test_labels_and_taints_of_a_node_are_put_back_and_nothing_else(shop: Restored) -> None:
    node = shop.fake.has("Node", "node")
    node["spec"]["podCIDR"] = "10.0.0.0/24"
    node["metadata"]["labels"] = {"disk": "hdd"}
    await shop.remember()
    body = {
        "metadata": {"labels": {"disk": "ssd", "new": "x"}, "annotations": {"kubelet": "says"}},
        "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}], "unschedulable": True},
    }
    await shop.api.patch("Node", "node", None, body)
    assert await shop.restore() == []
    node = shop.fake.has("Node", "node")
    assert node["metadata"]["labels"] == {"disk": "hdd"}
    assert node["spec"] == {"podCIDR": "10.0.0.0/24"}
    assert node["metadata"]["annotations"] == {"kubelet": "says"}


async def test_a_taint_that_was_taken_off_comes_back(shop: Restored) -> None:
    taints = [{"key": "a", "effect": "NoSchedule"}]
    await shop.api.patch("Node", "node", None, {"spec": {"taints": taints}})
    await shop.remember()
    await shop.api.patch("Node", "node", None, {"spec": {"taints": None}})
    assert await shop.restore() == []
    assert shop.fake.has("Node", "node")["spec"]["taints"] == taints


# -- claims and volumes -----------------------------------------------------------------


async def test_a_deleted_claim_is_bound_again_to_a_new_volume(shop: Restored) -> None:
    await shop.api.delete("PersistentVolumeClaim", "data", "shop")
    assert await shop.restore() == []
    assert shop.fake.has("PersistentVolumeClaim", "data", "shop")["status"]["phase"] == "Bound"
    assert len(shop.fake.all("PersistentVolume")) == 1


async def test_a_retained_volume_of_a_claim_of_the_round_is_cleaned_up(shop: Restored) -> None:
    keep = {"provisioner": "local", "reclaimPolicy": "Retain"}
    await shop.api.create(item("StorageClass", "keep", "", "storage.k8s.io/v1", **keep))
    await shop.api.create(item("PersistentVolumeClaim", "mine", spec={"storageClassName": "keep"}))
    assert len(shop.fake.all("PersistentVolume")) == 2
    assert await shop.restore() == []
    assert len(shop.fake.all("PersistentVolume")) == 1


async def test_a_retained_volume_of_before_the_round_is_somebodys_data(shop: Restored) -> None:
    """On an adopted cluster a Released volume with Retain is there on purpose."""
    keep = {"provisioner": "local", "reclaimPolicy": "Retain"}
    await shop.api.create(item("StorageClass", "keep", "", "storage.k8s.io/v1", **keep))
    await shop.api.create(item("PersistentVolumeClaim", "old", spec={"storageClassName": "keep"}))
    await shop.api.delete("PersistentVolumeClaim", "old", "shop")
    await shop.remember()
    volumes = shop.fake.all("PersistentVolume")
    await shop.api.create(item("ConfigMap", "new"))
    assert await shop.restore() == []
    assert shop.fake.all("PersistentVolume") == volumes


async def test_a_volume_made_by_hand_is_free_for_its_claim_again(shop: Restored) -> None:
    reference = {"namespace": "shop", "name": "books", "uid": "of-the-dead"}
    volume = item("PersistentVolume", "books", "", spec={"claimRef": reference})
    await shop.api.create(volume)
    await shop.remember()
    await shop.api.delete("PersistentVolume", "books")
    assert await shop.restore() == []
    assert shop.fake.has("PersistentVolume", "books")["spec"]["claimRef"] == {
        "namespace": "shop", "name": "books",
    }  # fmt: skip


# -- pods -------------------------------------------------------------------------------


def pods(shop: Restored, app: str) -> set[str]:
    found = shop.fake.all("Pod", "shop")
    return {p["metadata"]["name"] for p in found if p["metadata"]["name"].startswith(app)}


async def test_pods_that_read_a_config_map_that_was_put_back_are_renewed(shop: Restored) -> None:
    fronts, loads = pods(shop, "front"), pods(shop, "load")
    await shop.api.patch("ConfigMap", "front", "shop", {"data": {"UPSTREAM": "nowhere"}})
    await shop.restore()
    assert not fronts & pods(shop, "front")
    assert pods(shop, "load") == loads


@pytest.mark.parametrize("mark", ["label", "helper"])
async def test_a_pod_that_carries_a_mark_of_the_round_is_renewed(shop: Restored, mark: str) -> None:
    marked, *others = sorted(pods(shop, "front"))
    if mark == "label":
        body: Object = {"metadata": {"labels": {"debug": "yes"}}}
        await shop.api.patch("Pod", marked, "shop", body)
    else:
        body = {"spec": {"ephemeralContainers": [{"name": "debugger"}]}}
        await shop.api.patch(
            "Pod", marked, "shop", body, "strategic", subresource="ephemeralcontainers"
        )
    await shop.restore()
    assert marked not in pods(shop, "front")
    assert set(others) <= pods(shop, "front")


async def test_a_pod_that_lost_its_labels_is_renewed(shop: Restored) -> None:
    marked = min(pods(shop, "front"))
    await shop.api.patch("Pod", marked, "shop", {"metadata": {"labels": {"app": None}}})
    await shop.restore()
    assert marked not in pods(shop, "front")


async def test_untouched_pods_live_on(shop: Restored) -> None:
    before = pods(shop, "")
    await shop.api.create(item("ConfigMap", "new"))
    await shop.restore()
    assert pods(shop, "") == before


async def test_the_templates_of_a_round_are_forgotten(shop: Restored) -> None:
    """Or `kubectl rollout history` would tell the next learner of them."""
    before = {s["metadata"]["name"] for s in shop.fake.all("ReplicaSet")}
    body = {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}
    await shop.api.patch("Deployment", "front", "shop", body)
    assert len(shop.fake.all("ReplicaSet")) == len(before) + 1
    assert await shop.restore() == []
    assert {s["metadata"]["name"] for s in shop.fake.all("ReplicaSet")} == before


# -- limits -----------------------------------------------------------------------------


async def test_nothing_in_breakfixs_own_namespace_is_touched(shop: Restored) -> None:
    await shop.api.create(item("ConfigMap", "consent", SYSTEM, data={"made": "true"}))
    await shop.api.create(item("Pod", "helper", SYSTEM, spec={"containers": [{"name": "a"}]}))
    await shop.api.create(item("ConfigMap", "new"))
    shop.fake.asked.clear()
    assert await shop.restore() == []
    assert [request for request in shop.fake.writes if SYSTEM in request] == []
    assert shop.fake.get("ConfigMap", "consent", SYSTEM) is not None


async def test_what_will_not_go_away_is_named_with_what_to_do(shop: Restored) -> None:
    stuck = item("ConfigMap", "stuck")
    stuck["metadata"]["finalizers"] = ["example.com/never"]
    await shop.api.create(stuck)
    with pytest.raises(ClusterError, match="ConfigMap stuck is still there 90 s") as caught:
        await shop.restore()
    assert "kubectl get configmap stuck -o yaml" in caught.value.hint
    assert shop.world.clock.monotonic() >= 90


async def test_a_cut_off_restore_is_finished_by_the_next(shop: Restored) -> None:
    await shop.api.create(item("ConfigMap", "new"))
    await shop.api.patch("ConfigMap", "front", "shop", {"data": {"UPSTREAM": "x"}})
    await shop.api.delete("Service", "front", "shop")

    def die(method: str, path: str) -> None:
        shop.fake.down = method == "PUT"

    shop.fake.on_request = die
    with pytest.raises(ClusterError, match="does not answer"):
        await shop.restore()
    shop.fake.on_request, shop.fake.down = lambda method, path: None, False
    assert await shop.restore() == []


async def test_what_could_not_be_put_back_comes_back(shop: Restored) -> None:
    """An admission webhook that adds a label of its own, say."""
    await shop.api.patch("ConfigMap", "front", "shop", {"data": {"UPSTREAM": "x"}})

    def meddle(method: str, path: str) -> None:
        if path == "/apis/apps/v1/replicasets" and "PUT" in " ".join(shop.fake.writes):
            shop.fake.objects["ConfigMap", "shop", "front"]["metadata"]["labels"] = {"a": "b"}

    shop.fake.on_request = meddle
    (left,) = await shop.restore()
    assert (left.key.name, left.what) == ("front", "changed")


async def test_a_volume_of_the_round_goes_with_the_claim_and_the_pod_that_hold_it(
    shop: Restored,
) -> None:
    """As Kubernetes protects them: the claim goes after its pods, the volume after its claim."""
    claim, volume = ("PersistentVolumeClaim", "shop", "data"), ("PersistentVolume", "", "by-hand")
    reference = {"namespace": "shop", "name": "data"}
    await shop.api.create(item("PersistentVolume", "by-hand", "", spec={"claimRef": reference}))
    shop.fake.objects[claim]["spec"]["volumeName"] = "by-hand"
    shop.fake.objects[claim]["metadata"]["finalizers"] = ["kubernetes.io/pvc-protection"]
    shop.fake.objects[volume]["metadata"]["finalizers"] = ["kubernetes.io/pv-protection"]
    user = {"volumes": [{"persistentVolumeClaim": {"claimName": "data"}}], "containers": []}
    owner = shop.fake.has("Service", "front", "shop")["metadata"]["uid"]
    pod = item("Pod", "user", spec=user)
    pod["metadata"]["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "Service", "name": "front", "uid": owner, "controller": True}
    ]
    await shop.api.create(pod)

    def protect(method: str, path: str) -> None:
        found = shop.fake.objects
        if claim in found and ("Pod", "shop", "user") not in found:
            if "finalizers" in found[claim]["metadata"]:
                shop.fake.finish(claim)
        elif claim not in found and "finalizers" in found.get(volume, {}).get("metadata", {}):
            shop.fake.finish(volume)

    shop.fake.on_request = protect
    assert await shop.restore() == []
    assert volume not in shop.fake.objects
    assert shop.fake.has("PersistentVolumeClaim", "data", "shop")["status"]["phase"] == "Bound"


def test_a_claim_that_is_bound_elsewhere_now_is_put_back_with_that_volume() -> None:
    noted = {"pv.kubernetes.io/bind-completed": "yes", "team": "shop"}
    before = item(
        "PersistentVolumeClaim", "data", spec={"volumeName": "old", "storageClassName": "a"}
    )
    before["metadata"]["annotations"] = noted
    now = item("PersistentVolumeClaim", "data", spec={"storageClassName": "a"})
    unbound = storage.bound_as(now, before)
    assert unbound["spec"] == {"storageClassName": "a"}
    assert unbound["metadata"]["annotations"] == {"team": "shop"}
    now["spec"]["volumeName"] = "new"
    now["metadata"]["annotations"] = {"pv.kubernetes.io/bind-completed": "yes"}
    bound = storage.bound_as(now, before)
    assert bound["spec"] == {"storageClassName": "a", "volumeName": "new"}
    assert bound["metadata"]["annotations"] == noted


def test_a_volume_that_its_claim_has_keeps_knowing_it() -> None:
    claim = {"namespace": "shop", "name": "books"}
    before = item("PersistentVolume", "v", "", spec={"claimRef": claim | {"uid": "1"}})
    now = item("PersistentVolume", "v", "", spec={"claimRef": claim | {"uid": "2"}})
    assert storage.held_as(now, before)["spec"]["claimRef"] == claim | {"uid": "2"}
    other = item("PersistentVolume", "v", "", spec={"claimRef": {"namespace": "shop", "name": "x"}})
    assert storage.held_as(other, before)["spec"]["claimRef"] == claim
