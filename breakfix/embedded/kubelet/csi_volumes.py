"""Volumes of CSI drivers on a node: waited for, staged, given to pods, grown, and let go."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from breakfix.embedded.client import Change, Client
from breakfix.embedded.csi.types import NODE_EXPAND, STAGE, Driver, RpcError, Target
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.csi_plugins import CsiPlugins
from breakfix.embedded.kubelet.payloads import MountError
from breakfix.embedded.machine.volumes import Volume
from breakfix.embedded.objects import Object, condition, name_of, namespace_of
from breakfix.embedded.quantities import value
from breakfix.embedded.scheduling.affinity import selector_matches

CLAIMS, VOLUMES, DRIVERS = (
    "persistentvolumeclaims", "persistentvolumes", "csidrivers.storage.k8s.io",
)  # fmt: skip
PENDING = "FileSystemResizePending"
TEAR_DOWN = 2.0  # s between attempts
PREFIX = "kubernetes.io/csi: "


@dataclass
class Used:
    """A volume on this node. `unique`: its name in the node's status, where it is attached."""

    driver: str
    handle: str
    unique: str
    volume: str  # the PersistentVolume's name
    pods: dict[str, Object]  # by uid
    staged: bool = False


def unique_name(driver: str, handle: str) -> str:
    """As in a node's volumesAttached and volumesInUse."""
    return f"kubernetes.io/csi/{driver}^{handle}"


def is_attachable(client: Client, driver: str) -> bool:
    """Does somebody have to attach the driver's volumes? Yes, unless its CSIDriver says no."""
    found = client.get(DRIVERS, driver)
    return found is None or bool(found["spec"].get("attachRequired", True))


class CsiVolumes:
    """Of one node. `say`: an event on a pod or a claim."""

    def __init__(
        self, client: Client, node: str, plugins: CsiPlugins,
        say: Callable[[Object, str, str, str], None],
    ) -> None:  # fmt: skip
        self._client, self._node, self._plugins, self._say = client, node, plugins, say
        self._used: dict[tuple[str, str], Used] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched = False

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

    # -- what is in use ----------------------------------------------------------------

    async def _use(
        self, pod: Object, driver: str, handle: str, name: str, *, attachable: bool = True
    ) -> Used:
        used = self._used.get((driver, handle))
        if used is None:
            attachable = attachable and is_attachable(self._client, driver)
            unique = unique_name(driver, handle) if attachable else ""
            used = self._used[driver, handle] = Used(driver, handle, unique, name, {})
        new = pod["metadata"]["uid"] not in used.pods
        used.pods[pod["metadata"]["uid"]] = pod
        if new and used.unique:
            await self._report()
        return used

    def _is_attached(self, unique: str) -> bool:
        node = self._client.get("nodes", self._node)
        found = ((node or {}).get("status") or {}).get("volumesAttached") or []
        return any(v["name"] == unique for v in found)

    def in_use(self) -> list[str]:
        """For the node's status."""
        return sorted(u.unique for u in self._used.values() if u.unique)

    async def _report(self) -> None:
        body = {"status": {"volumesInUse": self.in_use() or None}}
        node = self._client.get("nodes", self._node)
        known = ((node or {}).get("status") or {}).get("volumesInUse") or []
        if node is None or known == self.in_use():
            return
        try:
            await self._client.patch("nodes", self._node, "", body, "status")
        except StatusError:  # the next status of the node says it
            return

    # -- letting go --------------------------------------------------------------------

    def release(self, pod: Object) -> None:
        """A pod has ended: nothing of it is mounted any more."""
        uid = pod["metadata"]["uid"]
        mine = [key for key, used in self._used.items() if uid in used.pods]
        if mine:
            task = asyncio.create_task(self._tear_down(uid, mine))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tear_down(self, uid: str, keys: list[tuple[str, str]]) -> None:
        while keys:
            keys = [key for key in keys if not await self._let_go(uid, key)]
            await self._report()
            if keys:
                await self._client.clock.sleep(TEAR_DOWN)

    async def _let_go(self, uid: str, key: tuple[str, str]) -> bool:
        """Was the driver there to do it?"""
        used = self._used.get(key)
        if used is None or uid not in used.pods:
            return True
        try:
            driver = self._plugins.driver(used.driver)
            await driver.node_unpublish(used.handle, uid)
            if len(used.pods) == 1 and used.staged:
                await driver.unstage(used.handle)
        except (MountError, RpcError):
            if used.staged:
                return False
        used.pods.pop(uid, None)
        if not used.pods:
            self._used.pop(key, None)
        return True

    # -- growing -----------------------------------------------------------------------

    def _watch(self) -> None:
        if not self._watched:
            self._watched = True
            self._client.subscribe(CLAIMS, self._claim_changed)

    def _claim_changed(self, change: Change) -> None:
        claim = change.new
        if change.type == "DELETED" or condition(claim, PENDING) is None:
            return
        name = claim["spec"].get("volumeName")
        for used in self._used.values():
            volume = self._client.get(VOLUMES, name) if used.volume == name else None
            if used.staged and volume is not None:
                task = asyncio.create_task(self._grow(used, volume, claim))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _grow_late(self, used: Used, volume: Object) -> None:
        """A volume that grew while no pod had it."""
        ref = volume["spec"].get("claimRef") or {}
        claim = self._client.get(CLAIMS, ref.get("name", ""), ref.get("namespace", ""))
        if claim is not None and condition(claim, PENDING) is not None:
            await self._grow(used, volume, claim)

    async def _grow(self, used: Used, volume: Object, claim: Object) -> None:
        name, capacity = name_of(volume), volume["spec"]["capacity"]["storage"]
        try:
            driver: Driver = self._plugins.driver(used.driver)
            if NODE_EXPAND in driver.can:
                await driver.node_expand(used.handle, value(capacity))
        except (MountError, RpcError) as error:
            head = f'NodeExpandVolume.NodeExpandVolume failed for volume "{name}" :'
            text = f"{head} Expander.NodeExpand failed to expand the volume : {error}"
            for pod in used.pods.values():
                self._say(pod, "Warning", "VolumeResizeFailed", text)
            return
        if await self._grown(claim, capacity):
            head = "MountVolume.NodeExpandVolume succeeded for volume"
            for about in (*used.pods.values(), claim):
                self._say(about, "Normal", "FileSystemResizeSuccessful",
                          f'{head} "{name}" {self._node}')  # fmt: skip

    async def _grown(self, claim: Object, capacity: str) -> bool:
        """Say it in the claim's status; was it this call that did?"""
        fresh = self._client.get(CLAIMS, name_of(claim), namespace_of(claim))
        if fresh is None or condition(fresh, PENDING) is None:
            return False
        known = (fresh.get("status") or {}).get("conditions") or []
        left = [c for c in known if c["type"] not in (PENDING, "Resizing")]
        body = {"status": {"capacity": {"storage": capacity}, "conditions": left or None,
                           "allocatedResourceStatuses": None}}  # fmt: skip
        try:
            await self._client.patch(CLAIMS, name_of(claim), namespace_of(claim), body, "status")
        except StatusError:
            return False
        return True


def _ephemeral_handle(pod: Object, name: str) -> str:
    text = f"{namespace_of(pod)}{name_of(pod)}{pod['metadata']['uid']}{name}"
    return "csi-" + hashlib.sha256(text.encode()).hexdigest()
