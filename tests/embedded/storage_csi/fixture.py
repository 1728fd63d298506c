"""A cluster with zones and a block storage driver, on simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import yaml

from breakfix.embedded.cluster import EmbeddedCluster, Options
from breakfix.embedded.machine.streams import Memory
from breakfix.embedded.nodes.access import LogOptions, Session
from breakfix.embedded.objects import Object
from breakfix.embedded.simulated_time import SimulatedClock, SimulatedTimeLoop

HERE = Path(__file__).resolve().parent
CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
ATTACHMENTS, CSI_NODES = "volumeattachments.storage.k8s.io", "csinodes.storage.k8s.io"
SNAPSHOTS = "volumesnapshots.snapshot.storage.k8s.io"
CONTENTS = "volumesnapshotcontents.snapshot.storage.k8s.io"
ZONES = ("us-east-1a", "us-east-1b")


class Lab:
    """What tests do with a cluster: worker and worker3 are in the first zone, worker2 is not."""

    def __init__(self, cluster: EmbeddedCluster) -> None:
        self.cluster, self.client = cluster, cluster.client

    async def apply(
        self, *files: str, without: str = "", change: tuple[str, str] = ("", "")
    ) -> None:
        """Create what manifests say, but for one object's name or kind, or with another word."""
        for file in files:
            for item in yaml.safe_load_all((HERE / file).read_text().replace(*change)):
                if without in (item["kind"], item["metadata"]["name"]):
                    continue
                await self.create(item)
                if item["kind"] == "CustomResourceDefinition":
                    await asyncio.sleep(0.1)

    async def create(self, item: Object) -> Object:
        """One object."""
        key = self.cluster.registry.catalogue.key_of_kind(item["apiVersion"], item["kind"])
        assert key is not None, item["kind"]
        return await self.client.create(key, item)

    async def claim(self, name: str = "data", size: str = "1Gi", **spec: Any) -> None:
        """A claim of the class gp3."""
        asked = {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3",
                 "resources": {"requests": {"storage": size}}}  # fmt: skip
        await self.create({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": asked | spec,
            "metadata": {"name": name, "namespace": "default"},
        })  # fmt: skip

    async def pod(
        self, name: str, *claims: str, node: str = "", zone: str = "", wait: float = 20, **spec: Any
    ) -> None:
        """A pod that mounts claims at /their names, and so many seconds."""
        chosen = {"kubernetes.io/hostname": node} if node else {}
        chosen |= {"topology.kubernetes.io/zone": zone} if zone else {}
        volumes = [{"name": c, "persistentVolumeClaim": {"claimName": c}} for c in claims]
        container = {
            "name": "app", "image": "busybox", "command": ["sleep", "100000"],
            "volumeMounts": [{"name": c, "mountPath": f"/{c}"} for c in claims],
        }  # fmt: skip
        await self.create({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {"containers": [container], "volumes": volumes, "nodeSelector": chosen,
                     "terminationGracePeriodSeconds": 1} | spec,
        })  # fmt: skip
        await asyncio.sleep(wait)

    def phase(self, name: str) -> str:
        """Of a pod."""
        found = self.client.get("pods", name, "default")
        assert found is not None
        return str(found["status"]["phase"])

    def the(self, resource: str, name: str, namespace: str = "") -> Object:
        """An object that is there."""
        found = self.client.get(resource, name, namespace)
        assert found is not None, name
        return found

    def data(self, name: str = "data") -> Object:
        """A claim."""
        return self.the(CLAIMS, name, "default")

    def said(self, name: str, reason: str) -> list[str]:
        """Messages of events about an object."""
        return [
            str(e["message"]) for e in self.client.list("events")
            if e["involvedObject"]["name"] == name and e["reason"] == reason
        ]  # fmt: skip

    async def run(self, pod: str, script: str) -> str:
        """What a script prints in a pod."""
        output = Memory()
        found = self.the("pods", pod, "default")
        argv = ["sh", "-c", script]
        access = self.cluster.pods.access
        await access.exec(found, "app", argv, Session(None, output, output))
        return output.text

    async def logs(self, app: str, container: str, previous: bool = False) -> str:
        """Of a container of the first pod of an app of the driver."""
        found = next(p for p in self.client.list("pods", "kube-system")
                     if (p["metadata"].get("labels") or {}).get("app") == app)  # fmt: skip
        options = LogOptions(previous=previous)
        blocks = self.cluster.pods.access.logs(found, container, options)
        return b"".join([block async for block in blocks]).decode()


Work = Callable[[Lab], Awaitable[None]]


def live(
    work: Work, zones: tuple[str, ...] = ZONES, *, directory: Path | None = None,
    later: Work | None = None,
) -> None:  # fmt: skip
    """Do it on a new cluster; and `later` when it was stopped and goes on."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedTimeLoop)
        options = Options(nodes=4, zones=zones, directory=directory)
        for each in filter(None, (work, later)):
            async with EmbeddedCluster(options, SimulatedClock(loop)) as cluster:
                await asyncio.sleep(1)
                await each(Lab(cluster))

    with asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner:
        runner.run(main())
