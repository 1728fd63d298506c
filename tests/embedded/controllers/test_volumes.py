from __future__ import annotations

from typing import Any

from breakfix.embedded.controllers.persistent_volume import PersistentVolumeController
from breakfix.embedded.controllers.provisioner import VolumeProvisioner
from breakfix.embedded.controllers.pvc_protection import PVCProtectionController
from breakfix.embedded.objects import clone
from tests.embedded.controllers.conftest import running
from tests.embedded.controllers.fake_client import FakeClient

CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"


async def claim(client: FakeClient, size: str = "1Gi", **spec: Any) -> None:
    await client.create(CLAIMS, {
        "metadata": {"name": "data", "namespace": "default"},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}},
        } | spec,
    })  # fmt: skip
    await client.clock.advance(1)


async def volume(client: FakeClient, name: str, size: str, **spec: Any) -> None:
    await client.create(VOLUMES, {
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "capacity": {"storage": size},
            "storageClassName": "", "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": "/x"},
        } | spec,
    })  # fmt: skip
    await client.clock.advance(1)


async def storage_class(client: FakeClient, **fields: Any) -> None:
    await client.create("storageclasses.storage.k8s.io", {
        "metadata": {"name": "standard"}, "provisioner": "rancher.io/local-path",
        "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer",
    } | fields)  # fmt: skip


def phases(client: FakeClient) -> tuple[str | None, list[str]]:
    data = client.get(CLAIMS, "data", "default")
    volumes = [v["status"]["phase"] for v in client.list(VOLUMES)]
    return (data["status"]["phase"] if data else None), volumes


def binder(client: FakeClient) -> Any:
    return running(client, PersistentVolumeController(client), VolumeProvisioner(client))


async def test_smallest_that_fits_and_release(client: FakeClient) -> None:
    async with binder(client):
        await claim(client, storageClassName="")
        assert client.messages("FailedBinding") == [
            "no persistent volumes available for this claim and no storage class is set"
        ]
        await volume(client, "small", "500Mi")
        await volume(client, "big", "5Gi")
        await volume(client, "other", "2Gi", storageClassName="fast")
        assert phases(client) == ("Bound", ["Available", "Bound", "Available"])
        data = client.the(CLAIMS, "data")
        assert data["spec"]["volumeName"] == "big"
        assert data["status"]["capacity"] == {"storage": "5Gi"}
        await client.delete(CLAIMS, "data", "default")
        await client.clock.advance(1)
        assert phases(client)[1] == ["Available", "Released", "Available"]
        await claim(client, storageClassName="")  # a released volume is not free
        assert phases(client)[0] == "Pending"


async def test_words(client: FakeClient) -> None:
    async with binder(client):
        await claim(client, storageClassName="gone")
        assert client.messages("ProvisioningFailed") == [
            'storageclass.storage.k8s.io "gone" not found'
        ]
        await client.delete(CLAIMS, "data", "default")
        await volume(client, "small", "500Mi")
        await claim(client, storageClassName="", volumeName="small")
        assert client.messages("VolumeMismatch") == [
            'Cannot bind to requested volume "small": requested PV is too small'
        ]
        await client.delete(CLAIMS, "data", "default")
        await volume(client, "mine", "1Gi", claimRef={"namespace": "default", "name": "data"})
        await claim(client, storageClassName="")
        assert phases(client)[0] == "Bound"
        await client.delete(VOLUMES, "mine")
        await client.clock.advance(1)
        assert phases(client)[0] == "Lost"


async def test_provisioned_when_a_node_is_chosen(client: FakeClient) -> None:
    await storage_class(client)
    await client.create("nodes", {
        "metadata": {"name": "worker", "labels": {"kubernetes.io/hostname": "worker"}}, "spec": {}
    })  # fmt: skip
    async with binder(client):
        await claim(client, storageClassName="standard")
        assert client.messages("WaitForFirstConsumer") == [
            "waiting for first consumer to be created before binding"
        ]
        data = clone(client.the(CLAIMS, "data"))
        data["metadata"]["annotations"] = {"volume.kubernetes.io/selected-node": "worker"}
        await client.update(CLAIMS, data)
        await client.clock.advance(1)
        assert phases(client) == ("Bound", ["Bound"])
        made = client.list(VOLUMES)[0]
        assert client.messages("ProvisioningSucceeded") == [
            f"Successfully provisioned volume {made['metadata']['name']}"
        ]
        assert made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"] == [
            {"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": ["worker"]}
            ]}
        ]  # fmt: skip
        await client.delete(CLAIMS, "data", "default")
        await client.clock.advance(1)
        assert client.list(VOLUMES) == []


async def test_claims_in_use_stay(client: FakeClient) -> None:
    async with running(client, PVCProtectionController(client)):
        await claim(client)
        volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
        await client.create("pods", {
            "metadata": {"name": "p", "namespace": "default"},
            "spec": {"nodeName": "n", "volumes": volumes, "containers": []},
        })  # fmt: skip
        await client.delete(CLAIMS, "data", "default")
        await client.clock.advance(1)
        assert client.the(CLAIMS, "data")["metadata"]["deletionTimestamp"]
        await client.delete("pods", "p", "default", grace=0)
        await client.clock.advance(1)
        assert client.get(CLAIMS, "data", "default") is None


async def _chosen(client: FakeClient, node: str, **spec: Any) -> None:
    await claim(client, storageClassName="standard", **spec)
    data = clone(client.the(CLAIMS, "data"))
    data["metadata"]["annotations"] = {"volume.kubernetes.io/selected-node": node}
    await client.update(CLAIMS, data)
    await client.clock.advance(1)


async def test_what_is_not_provisioned(client: FakeClient) -> None:
    await storage_class(client)
    await client.create("nodes", {"metadata": {"name": "worker"}, "spec": {}})
    async with binder(client):
        await _chosen(client, "gone")
        assert set(client.messages("ProvisioningFailed")) == {'nodes "gone" not found'}
        await client.delete(CLAIMS, "data", "default")
        await _chosen(client, "worker", volumeMode="Block")
        found = client.messages("ProvisioningFailed")[-1]
        assert found == "rancher.io/local-path does not support block volume provisioning"
        assert not client.list(VOLUMES)
        assert client.messages("Provisioning") == []
