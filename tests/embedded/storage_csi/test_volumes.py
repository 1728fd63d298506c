"""A driver of block storage: volumes made, attached, grown and deleted, and all that goes wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

from breakfix.embedded.objects import Object
from tests.embedded.storage_csi.fixture import (
    ATTACHMENTS,
    CLAIMS,
    CSI_NODES,
    VOLUMES,
    Lab,
    live,
)

LEASES = "leases.coordination.k8s.io"
DRIVER = "ebs.csi.aws.com"


def volume(name: str, driver: str) -> Object:
    """A PersistentVolume that somebody wrote."""
    return {
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
                 "storageClassName": "", "csi": {"driver": driver, "volumeHandle": "d-1"}},
    }  # fmt: skip


def test_a_volume_moves_between_nodes_grows_and_goes() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml")
        await asyncio.sleep(20)
        driver = lab.the(CSI_NODES, "worker")["spec"]["drivers"][0]
        assert (driver["name"], driver["allocatable"]) == (DRIVER, {"count": 25})
        assert driver["topologyKeys"][1:] == [
            f"topology.{DRIVER}/zone",
            "topology.kubernetes.io/zone",
        ]
        await lab.claim(size="1500Mi")
        await lab.pod("one", "data", node="worker")
        assert lab.phase("one") == "Running"
        await lab.run("one", "echo kept > /data/file")
        name = lab.data()["spec"]["volumeName"]
        volume = lab.the(VOLUMES, name)
        assert volume["spec"]["capacity"] == {"storage": "2Gi"}
        terms = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
        assert terms[0]["matchExpressions"][0]["values"] == ["us-east-1a"]
        assert lab.said("one", "SuccessfulAttachVolume") == [
            f'AttachVolume.Attach succeeded for volume "{name}" '
        ]
        unique = f"kubernetes.io/csi/{DRIVER}^{volume['spec']['csi']['volumeHandle']}"
        status = lab.the("nodes", "worker")["status"]
        assert status["volumesInUse"] == [unique]
        assert status["volumesAttached"] == [{"name": unique, "devicePath": ""}]

        await lab.pod("two", "data", node="worker3", wait=150)
        assert lab.said("two", "FailedAttachVolume") == [
            f'Multi-Attach error for volume "{name}" Volume is already used by pod(s) one'
        ]
        assert lab.said("two", "FailedMount") == [
            "Unable to attach or mount volumes: unmounted volumes=[data], unattached "
            "volumes=[data], failed to process volumes=[]: context deadline exceeded"
        ]
        await lab.client.delete("pods", "one", "default")
        await asyncio.sleep(20)
        assert lab.phase("two") == "Running"
        assert await lab.run("two", "cat /data/file") == "kept\n"

        bigger = {"spec": {"resources": {"requests": {"storage": "5Gi"}}}}
        await lab.client.patch(CLAIMS, "data", "default", bigger)
        await asyncio.sleep(5)
        assert lab.data()["status"]["capacity"] == {"storage": "5Gi"}
        assert "conditions" not in lab.data()["status"]
        assert lab.said("data", "FileSystemResizeSuccessful") == [
            f'MountVolume.NodeExpandVolume succeeded for volume "{name}" worker3'
        ]
        assert "5242880" in await lab.run("two", "df -k /data")

        await lab.client.delete("pods", "two", "default")
        await lab.client.delete(CLAIMS, "data", "default")
        await asyncio.sleep(20)
        assert lab.client.list(VOLUMES) == lab.client.list(ATTACHMENTS) == []

    live(work)


def test_growth_of_a_volume_that_no_pod_has_waits_for_one() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml")
        await asyncio.sleep(20)
        await lab.claim()
        await lab.pod("one", "data")
        await lab.client.delete("pods", "one", "default")
        await asyncio.sleep(10)
        bigger = {"spec": {"resources": {"requests": {"storage": "3Gi"}}}}
        await lab.client.patch(CLAIMS, "data", "default", bigger)
        await asyncio.sleep(10)
        status = lab.data()["status"]
        assert status["capacity"] == {"storage": "1Gi"}
        assert [(c["type"], c["message"]) for c in status["conditions"]] == [
            ("FileSystemResizePending",
             "Waiting for user to (re-)start a pod to finish file system resize of volume on "
             "node.")
        ]  # fmt: skip
        assert status["allocatedResourceStatuses"] == {"storage": "NodeResizePending"}
        await lab.pod("two", "data")
        assert lab.data()["status"]["capacity"] == {"storage": "3Gi"}

    live(work)


def test_without_rights_nothing_is_made_and_the_log_says_why() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml", without="ClusterRoleBinding")
        await lab.claim()
        await lab.pod("one", "data", wait=60)
        assert lab.phase("one") == "Pending"
        assert lab.said("data", "Provisioning") == []
        assert lab.said("data", "ExternalProvisioning")
        user = "system:serviceaccount:kube-system:ebs-csi-controller-sa"
        log = await lab.logs("ebs-csi-controller", "csi-provisioner")
        assert f'User "{user}" cannot get resource "leases"' in log
        log = await lab.logs("ebs-csi-node", "ebs-plugin", previous=True)
        assert "error getting Node" in log
        assert 'cannot get resource "nodes"' in log

    live(work)


def test_a_node_without_the_plugin() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml")
        await asyncio.sleep(20)
        await lab.claim()
        await lab.pod("one", "data", node="worker")
        name = lab.data()["spec"]["volumeName"]
        await lab.client.delete("daemonsets.apps", "ebs-csi-node", "kube-system")
        await asyncio.sleep(40)
        assert not lab.the(CSI_NODES, "worker")["spec"].get("drivers")
        await lab.pod("two", "data", node="worker", wait=0.3)
        assert lab.said("two", "FailedMount") == [
            f'MountVolume.SetUp failed for volume "{name}" : kubernetes.io/csi: mounter.SetUpAt '
            f"failed to get CSI client: driver name {DRIVER} not found in the list of registered "
            "CSI drivers"
        ]
        await lab.create(volume("old", DRIVER))
        await lab.claim("given", storageClassName="", volumeName="old")
        await lab.pod("four", "given", node="worker3", wait=2)
        assert lab.said("four", "FailedAttachVolume")[0] == (
            'AttachVolume.Attach failed for volume "old" : CSINode worker3 does not contain '
            f"driver {DRIVER}"
        )
        await lab.claim("other")
        await lab.pod("three", "other", node="worker3")
        assert lab.said("other", "ProvisioningFailed") == [
            'failed to provision volume with StorageClass "gp3": error generating accessibility '
            "requirements: no topology key found on CSINode worker3"
        ]

    live(work)


def test_no_attacher_answers() -> None:
    async def work(lab: Lab) -> None:
        await lab.create(volume("old", "disk.example.com"))
        await lab.claim(storageClassName="", volumeName="old")
        await lab.pod("one", "data", wait=140)
        assert lab.said("one", "FailedAttachVolume") == [
            'AttachVolume.Attach failed for volume "old" : timed out waiting for '
            "external-attacher of disk.example.com CSI driver to attach volume d-1"
        ]

    live(work)


def test_zones_limits_modes_and_parameters() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml", change=("[node,", "[node, --volume-attach-limit=1,"))
        await asyncio.sleep(20)
        await lab.claim()
        await lab.pod("one", "data", zone="us-east-1a")
        await lab.pod("far", "data", zone="us-east-1b")
        told = lab.said("far", "FailedScheduling")[0]
        assert "1 node(s) didn't match PersistentVolume's node affinity" in told
        await lab.claim("more")
        await lab.pod("many", "more", node=lab.the("pods", "one", "default")["spec"]["nodeName"])
        assert "1 node(s) exceed max volume count" in lab.said("many", "FailedScheduling")[0]
        await lab.claim("shared", accessModes=["ReadWriteMany"])
        await lab.pod("both", "shared", node="worker")
        assert lab.said("shared", "ProvisioningFailed") == [
            'failed to provision volume with StorageClass "gp3": rpc error: code = '
            "InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported. "
            "Only AccessModes[ReadWriteOnce] supported."
        ]

    live(work)


def test_a_node_that_does_not_answer_keeps_its_volume_for_six_minutes() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml")
        await asyncio.sleep(20)
        await lab.claim()
        await lab.pod("one", "data", node="worker")
        name = lab.data()["spec"]["volumeName"]
        await lab.cluster.pods.cut_off("worker")
        await asyncio.sleep(60)
        await lab.client.delete("pods", "one", "default", grace=0)
        await lab.pod("two", "data", node="worker3", wait=300)
        text = "Volume is already exclusively attached to one node and can't be attached to another"
        assert lab.said("two", "FailedAttachVolume") == [
            f'Multi-Attach error for volume "{name}" {text}'
        ]
        await asyncio.sleep(120)
        assert lab.phase("two") == "Running"

    live(work)


def test_the_controller_works_while_it_runs_and_one_of_two_leads() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml", change=("replicas: 1", "replicas: 0"))
        await asyncio.sleep(20)
        await lab.claim()
        await lab.pod("one", "data", wait=60)
        assert lab.phase("one") == "Pending"
        two = {"spec": {"replicas": 2}}
        await lab.client.patch("deployments.apps", "ebs-csi-controller", "kube-system", two)
        await asyncio.sleep(60)
        assert lab.phase("one") == "Running"
        assert len(lab.said("data", "Provisioning")) == 1
        leases = [n["metadata"]["name"] for n in lab.client.list(LEASES, "kube-system")]
        assert {"ebs-csi-aws-com", "external-attacher-leader-ebs-csi-aws-com"} <= set(leases)

    live(work)


def test_one_pod_alone_and_a_volume_that_is_kept() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml", change=("parameters:", "reclaimPolicy: Retain\nparameters:"))
        await asyncio.sleep(20)
        await lab.claim(accessModes=["ReadWriteOncePod"])
        await lab.pod("one", "data", node="worker")
        await lab.pod("two", "data", node="worker")
        assert "already in-use by another pod" in lab.said("two", "FailedScheduling")[0]
        name = lab.data()["spec"]["volumeName"]
        for pod in ("two", "one"):
            await lab.client.delete("pods", pod, "default")
        await lab.client.delete(CLAIMS, "data", "default")
        await asyncio.sleep(20)
        assert lab.the(VOLUMES, name)["status"]["phase"] == "Released"

    live(work)


def test_a_cluster_that_goes_on_has_its_volumes_still(tmp_path: Path) -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("ebs.yaml")
        await asyncio.sleep(20)
        await lab.claim()
        await lab.pod("one", "data", node="worker")

    async def later(lab: Lab) -> None:
        await asyncio.sleep(30)
        assert lab.phase("one") == "Running"
        await lab.client.delete("pods", "one", "default")
        await asyncio.sleep(5)
        await lab.pod("two", "data", node="worker3")
        assert lab.phase("two") == "Running"
        assert len(lab.client.list(ATTACHMENTS)) == 1

    live(work, directory=tmp_path, later=later)
