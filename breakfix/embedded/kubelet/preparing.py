"""What a pod needs before its containers: volumes, then a sandbox."""

from __future__ import annotations

from breakfix.embedded.kubelet.delays import MOUNT_PATIENCE
from breakfix.embedded.kubelet.downward import Facts
from breakfix.embedded.kubelet.node import Node
from breakfix.embedded.kubelet.sandbox import Sandbox
from breakfix.embedded.kubelet.small_limits import sandbox_error
from breakfix.embedded.kubelet.volumes import PodVolumes
from breakfix.embedded.kubelet.words import go_list
from breakfix.embedded.objects import Object

_POPULATING = ("error processing PVC", "failed to fetch PV")


class Preparing:
    """Of one pod. `step` until it gives None."""

    def __init__(self, pod: Object, node: Node) -> None:
        self.node = node
        facts = Facts(node.address, (), node.allocatable())
        self.volumes = PodVolumes(pod, node.client, node.storage, node.name, facts, node.csi)
        self.sandbox: Sandbox | None = None
        self._pause = node.delays.mount_first
        self._since = node.now()

    async def step(self, pod: Object, address: str = "") -> float | None:
        """Go on; the seconds until the next try, None when all is there."""
        self.volumes.pod = pod
        if self.sandbox is not None:
            return None
        if failed := await self.volumes.set_up():
            return self._failed(pod, failed)
        if refused := sandbox_error(pod):
            self.node.say(pod, "Warning", "FailedCreatePodSandBox", refused)
            return self.node.delays.resync
        await self.node.client.clock.sleep(self.node.delays.sandbox)
        address = address or self.node.take_address(pod)
        if not address:
            return self.node.delays.mount_first
        self.sandbox = Sandbox(pod, address, self.node.network)
        self.volumes.facts = Facts(self.node.address, (address,), self.node.allocatable())
        await self.volumes.refresh()
        return None

    def _failed(self, pod: Object, failed: list[tuple[str, str]]) -> float:
        populating = [f for f in failed if f[1].startswith(_POPULATING)]
        for name, why in failed:
            if why and (name, why) not in populating:
                text = f'MountVolume.SetUp failed for volume "{name}" : {why}'
                text = why if why.startswith("MountVolume.") else text
                self.node.say(pod, "Warning", "FailedMount", text)
        if populating or self.node.now() - self._since >= MOUNT_PATIENCE:
            self._say_waiting(pod, populating, [name for name, why in failed if not why])
        pause, self._pause = self._pause, min(self._pause * 2, self.node.delays.mount_last)
        return pause

    def _say_waiting(
        self, pod: Object, populating: list[tuple[str, str]], unattached: list[str]
    ) -> None:
        """What the sync of the pod says while it waits for its volumes."""
        self._since = self.node.now()
        missing = go_list(self.volumes.missing)
        names = go_list([name for name, _ in populating])
        why = populating[0][1] if populating else "context deadline exceeded"
        text = (
            f"Unable to attach or mount volumes: unmounted volumes={missing}, unattached "
            f"volumes={go_list(sorted(unattached))}, failed to process volumes={names}: {why}"
        )
        self.node.say(pod, "Warning", "FailedMount", text)

    def close(self) -> None:
        """Off the network, and nothing mounted."""
        self.volumes.release()
        if self.sandbox is not None:
            self.sandbox.close()
            self.sandbox = None
