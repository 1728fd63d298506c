"""Snapshots: taken, restored, refused; and claims of ephemeral volumes."""

from __future__ import annotations

import asyncio

from breakfix.embedded.objects import Object
from tests.embedded.storage_csi.fixture import CLAIMS, CONTENTS, SNAPSHOTS, Lab, live

API = "snapshot.storage.k8s.io"


def snapshot(name: str, claim: str, **spec: str) -> Object:
    return {
        "apiVersion": f"{API}/v1", "kind": "VolumeSnapshot",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"source": {"persistentVolumeClaimName": claim}} | spec,
    }  # fmt: skip


def from_snapshot(name: str) -> Object:
    return {"apiGroup": API, "kind": "VolumeSnapshot", "name": name}


def test_content_is_restored_from_a_snapshot() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("snapshot_kinds.yaml", "snapshots.yaml", "ebs.yaml")
        await asyncio.sleep(20)
        await lab.claim(size="2Gi")
        await lab.pod("one", "data")
        await lab.run("one", "echo before > /data/file")
        await lab.create(snapshot("snap", "data"))
        await asyncio.sleep(10)
        await lab.run("one", "echo after > /data/file")
        status = lab.the(SNAPSHOTS, "snap", "default")["status"]
        assert (status["readyToUse"], status["restoreSize"]) == (True, "2Gi")
        assert lab.said("snap", "SnapshotReady") == ["Snapshot default/snap is ready to use."]

        await lab.claim("small", dataSource=from_snapshot("snap"))
        await lab.pod("little", "small")
        assert lab.said("small", "ProvisioningFailed")[0].endswith(
            "error getting handle for DataSource Type VolumeSnapshot by Name snap: requested "
            "volume size 1073741824 is less than the size 2147483648 for the source snapshot snap"
        )
        await lab.claim("restored", "2Gi", dataSource=from_snapshot("snap"))
        await lab.pod("two", "restored")
        assert await lab.run("two", "cat /restored/file") == "before\n"

        await lab.client.delete("pods", "little", "default")
        await lab.client.delete(CLAIMS, "small", "default")
        await asyncio.sleep(5)
        await lab.client.delete(SNAPSHOTS, "snap", "default")
        await asyncio.sleep(10)
        assert lab.client.list(SNAPSHOTS) == lab.client.list(CONTENTS) == []

        await lab.create(snapshot("none", "nothing"))
        await lab.create(snapshot("strange", "data", volumeSnapshotClassName="gone"))
        await asyncio.sleep(5)
        error = lab.the(SNAPSHOTS, "none", "default")["status"]["error"]["message"]
        assert error.endswith("on API server: cannot get claim from snapshot")
        assert lab.said("strange", "GetSnapshotClassFailed") == [
            f'Failed to get snapshot class with error volumesnapshotclass.{API} "gone" not found'
        ]

    live(work)


def test_without_its_kinds_the_controller_of_snapshots_ends() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("snapshots.yaml", without="VolumeSnapshotClass")
        await asyncio.sleep(40)
        log = await lab.logs("snapshot-controller", "snapshot-controller", previous=True)
        assert "Exiting due to failure to ensure CRDs exist during startup" in log
        assert "the server could not find the requested resource" in log

    live(work)


def test_a_claim_for_each_ephemeral_volume() -> None:
    async def work(lab: Lab) -> None:
        template = {"spec": {"accessModes": ["ReadWriteOnce"],
                             "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
        volume = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}
        await lab.claim("other-scratch", storageClassName="")
        await lab.pod("one", volumes=[volume])
        await lab.pod("other", volumes=[volume])
        assert lab.phase("one") == "Running"
        assert lab.data("one-scratch")["status"]["phase"] == "Bound"
        assert lab.said("other", "FailedBinding") == [
            "ephemeral volume scratch: PVC default/other-scratch was not created for pod "
            "default/other (pod is not owner)"
        ]
        await lab.client.delete("pods", "one", "default")
        await asyncio.sleep(20)
        assert lab.client.get(CLAIMS, "one-scratch", "default") is None

    live(work)
