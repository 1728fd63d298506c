"""Tells the API how a node's pods are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from breakfix.embedded.client import Client
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kubelet.status import status_of
from breakfix.embedded.kubelet.worker import PodWorker
from breakfix.embedded.objects import Object, is_going

log = logging.getLogger("breakfix.embedded")
RETRY = 1.0  # s until a status that could not be written is tried again


class StatusWriter:
    """Writes the statuses of `workers`, by uid, as they change."""

    def __init__(self, client: Client, workers: Mapping[str, PodWorker]) -> None:
        self._client, self._workers = client, workers
        self._dirty: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._retries: set[asyncio.Task[None]] = set()

    def mark(self, uid: str) -> None:
        """A pod's status may have changed."""
        self._dirty[uid] = None
        self._wake.set()

    def forget(self, uid: str) -> None:
        """There is nothing to be told of a pod any more."""
        self._dirty.pop(uid, None)

    async def run(self) -> None:
        """Until cancelled; one write for several changes at once."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(0)
            for uid in list(self._dirty):
                self._dirty.pop(uid, None)
                await self._try(uid)

    async def _try(self, uid: str) -> None:
        try:
            await self._tell(uid)
        except StatusError as error:
            log.debug("status of %s: %s", uid, error)
            task = asyncio.create_task(self._later(uid))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)
        except Exception:
            log.exception("status of %s", uid)

    async def _later(self, uid: str) -> None:
        await self._client.clock.sleep(RETRY)
        if uid in self._workers:
            self.mark(uid)

    async def _tell(self, uid: str) -> None:
        worker = self._workers.get(uid)
        if worker is None:
            return
        namespace, name = worker.key
        pod = self._client.get("pods", name, namespace)
        if pod is None or pod["metadata"]["uid"] != uid:
            return
        status = status_of(pod, worker.state, worker.node.now())
        if not worker.is_old and _plain(status) != _plain(pod.get("status") or {}):
            pod = await self._client.update_status("pods", {**pod, "status": status})
        if is_going(pod) and worker.finished:
            await self._client.delete("pods", name, namespace, uid=uid, grace=0)


def _plain(status: Object) -> Object:
    """A status to compare: a condition's empty fields may be left out."""
    known = status.get("conditions") or []
    conditions = [{k: v for k, v in c.items() if v is not None} for c in known]
    return {**status, "conditions": conditions}
