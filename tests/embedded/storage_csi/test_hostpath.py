"""A driver of directories: on kind as it is, without zones."""

from __future__ import annotations

import asyncio

from breakfix.embedded.machine.streams import Memory
from breakfix.embedded.nodes.access import Session
from tests.embedded.storage_csi.fixture import Lab, live

CLASS = "csi-hostpath-sc"
DRIVER = "hostpath.csi.k8s.io"


def test_volumes_clones_and_a_pods_own() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("hostpath.yaml")
        await asyncio.sleep(20)
        await lab.claim(storageClassName=CLASS)
        await asyncio.sleep(5)
        assert lab.data()["status"]["phase"] == "Bound"
        await lab.pod("one", "data")
        await lab.run("one", "echo first > /data/file")
        source = {"kind": "PersistentVolumeClaim", "name": "data"}
        await lab.claim("copy", storageClassName=CLASS, dataSource=source)
        own = {"name": "own", "csi": {"driver": DRIVER}}
        claimed = {"name": "copy", "persistentVolumeClaim": {"claimName": "copy"}}
        container = {
            "name": "app", "image": "busybox", "command": ["sleep", "100000"],
            "volumeMounts": [{"name": n, "mountPath": f"/{n}"} for n in ("own", "copy")],
        }  # fmt: skip
        await lab.pod("two", volumes=[own, claimed], containers=[container])
        script = "touch /own/x; ls /own; ls /copy; cat /copy/file"
        assert await lab.run("two", script) == "x\nfile\nfirst\n"
        where = lab.the("pods", "two", "default")["spec"]["nodeName"]
        other = next(n for n in ("worker", "worker2") if n != where)
        await lab.pod("three", volumes=[own], node=other, wait=0.3)
        assert lab.said("three", "FailedMount") == [
            'MountVolume.SetUp failed for volume "own" : kubernetes.io/csi: mounter.SetUpAt '
            f"failed to get CSI client: driver name {DRIVER} not found in the list of registered "
            "CSI drivers"
        ]

    live(work, zones=())


def test_sidecars_that_lose_their_driver_begin_again() -> None:
    async def work(lab: Lab) -> None:
        await lab.apply("hostpath.yaml")
        await asyncio.sleep(20)
        found = lab.the("pods", "csi-hostpathplugin-0", "kube-system")
        argv = ["sh", "-c", "kill 1"]
        nowhere = Session(None, Memory(), Memory())
        await lab.cluster.pods.access.exec(found, "hostpath", argv, nowhere)
        await asyncio.sleep(5)
        log = await lab.logs("csi-hostpathplugin", "csi-provisioner", previous=True)
        assert "Lost connection to CSI driver, exiting" in log
        await asyncio.sleep(30)
        await lab.claim(storageClassName=CLASS)
        await asyncio.sleep(5)
        assert lab.data()["status"]["phase"] == "Bound"

    live(work, zones=())
