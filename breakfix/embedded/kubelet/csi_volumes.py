"""Volumes of CSI drivers on a node: waited for, staged, and given to pods."""

from __future__ import annotations

import hashlib

from breakfix.embedded.csi.types import STAGE, RpcError, Target
from breakfix.embedded.kubelet.csi_growing import GrowingVolumes
from breakfix.embedded.kubelet.csi_in_use import DRIVERS, Used
from breakfix.embedded.kubelet.payloads import MountError
from breakfix.embedded.machine.volumes import Volume
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.scheduling.affinity import selector_matches

PREFIX = "kubernetes.io/csi: "


class CsiVolumes(GrowingVolumes):
    """Of one node."""

    # -- for pods ----------------------------------------------------------------------

    async def mount(self, pod: Object, volume: Object, read_only: bool) -> tuple[Volume, bool]:
        """A PersistentVolume's files; may an fsGroup own them?

        Raises MountError: with no words while it is only waited for.
        """
        self._watch()
        source, name = volume["spec"]["csi"], name_of(volume)
        used = await self._use(pod, source["driver"], source["volumeHandle"], name)
        if used.unique and not self._is_attached(used.unique):
            raise MountError("")
        node = self._client.get("nodes", self._node) or {"metadata": {}}
        affinity = (volume["spec"].get("nodeAffinity") or {}).get("required")
        if not selector_matches(affinity, node):
            text = "no matching NodeSelectorTerms"
            raise MountError(f'MountVolume.NodeAffinity check failed for volume "{name}" : {text}')
        target = Target(
            source["volumeHandle"], pod["metadata"]["uid"], source.get("fsType") or "",
            read_only or bool(source.get("readOnly")),
            context=source.get("volumeAttributes") or {},
        )  # fmt: skip
        files = await self._publish(used, target, name)
        await self._grow_late(used, volume)
        return files, self._owned(source["driver"], volume)

    async def _publish(self, used: Used, target: Target, name: str) -> Volume:
        step, words = "MountDevice", "attacher.MountDevice failed to create newCsiDriverClient"
        if used.staged:
            step, words = "SetUp", "mounter.SetUpAt failed to get CSI client"
        try:
            driver = self._plugins.driver(used.driver)
            if STAGE in driver.can and not used.staged:
                await driver.stage(target)
                used.staged = True
            step = "SetUp"
            return await driver.node_publish(target)
        except MountError as error:
            text = f'MountVolume.{step} failed for volume "{name}" : {PREFIX}{words}: {error}'
            raise MountError(text) from error
        except RpcError as error:
            text = f'MountVolume.{step} failed for volume "{name}" : {error}'
            raise MountError(text) from error

    async def inline(self, pod: Object, name: str, source: Object) -> tuple[Volume, bool]:
        """The files of a pod's own CSI volume. Raises MountError."""
        uid, driver_name = pod["metadata"]["uid"], source["driver"]
        handle = _ephemeral_handle(pod, name)
        try:
            driver = self._plugins.driver(driver_name)
        except MountError as error:
            text = f"{PREFIX}mounter.SetUpAt failed to get CSI client: {error}"
            raise MountError(text) from error
        except RpcError as error:
            raise MountError(str(error)) from error
        self._check_inline(driver_name)
        await self._use(pod, driver_name, handle, name, attachable=False)
        target = Target(
            handle, uid, source.get("fsType") or "", bool(source.get("readOnly")), True,
            source.get("volumeAttributes") or {},
        )  # fmt: skip
        try:
            return await driver.node_publish(target), True
        except RpcError as error:
            raise MountError(str(error)) from error

    def _check_inline(self, driver: str) -> None:
        found = self._client.get(DRIVERS, driver)
        head = f"{PREFIX}mounter.SetUpAt failed to check volume lifecycle mode: volume mode"
        if found is None:
            raise MountError(
                f'{head} "Ephemeral" not supported by driver {driver} (no CSIDriver object)'
            )
        modes = found["spec"].get("volumeLifecycleModes") or ["Persistent"]
        if "Ephemeral" not in modes:
            only = " ".join(f'"{m}"' for m in modes)
            raise MountError(
                f'{head} "Ephemeral" not supported by driver {driver} (only supports [{only}])'
            )

    def _owned(self, driver: str, volume: Object) -> bool:
        """May an fsGroup own its files?"""
        found = self._client.get(DRIVERS, driver)
        policy = (found or {"spec": {}})["spec"].get("fsGroupPolicy", "ReadWriteOnceWithFSType")
        if policy != "ReadWriteOnceWithFSType":
            return bool(policy == "File")
        modes = volume["spec"].get("accessModes") or []
        alone = set(modes) & {"ReadWriteOnce", "ReadWriteOncePod"}
        return bool(alone and volume["spec"]["csi"].get("fsType"))


def _ephemeral_handle(pod: Object, name: str) -> str:
    text = f"{namespace_of(pod)}{name_of(pod)}{pod['metadata']['uid']}{name}"
    return "csi-" + hashlib.sha256(text.encode()).hexdigest()
