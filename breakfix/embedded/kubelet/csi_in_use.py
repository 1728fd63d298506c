"""Which volumes of CSI drivers a node uses: told in its status, and let go after their pods."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from breakfix.embedded.client import Client
from breakfix.embedded.csi.types import RpcError
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.csi_plugins import CsiPlugins
from breakfix.embedded.kubelet.payloads import MountError
from breakfix.embedded.objects import Object

DRIVERS = "csidrivers.storage.k8s.io"
TEAR_DOWN = 2.0  # s between attempts


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


class VolumesInUse:
    """Of one node. `say`: an event on a pod or a claim."""

    def __init__(
        self, client: Client, node: str, plugins: CsiPlugins,
        say: Callable[[Object, str, str, str], None],
    ) -> None:  # fmt: skip
        self._client, self._node, self._plugins, self._say = client, node, plugins, say
        self._used: dict[tuple[str, str], Used] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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
            self._start(self._tear_down(uid, mine))

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
