"""Giving a pod its node, after its volumes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, annotations_of, name_of
from breakfix.embedded.scheduling.cycle import Cycle
from breakfix.embedded.scheduling.queue import Waiting
from breakfix.embedded.scheduling.reports import Reports
from breakfix.embedded.scheduling.state import PodInfo
from breakfix.embedded.scheduling.volumes import BY_CONTROLLER, CLAIMS, SELECTED, VOLUMES, is_bound

if TYPE_CHECKING:
    from breakfix.embedded.scheduling.scheduler import Scheduler

Claims = dict[str, bool]  # by name: is it to be provisioned?
_PREBIND = 'running PreBind plugin "VolumeBinding": '


class Binder:
    """Counts a pod on its node at once, and binds it in a task of its own."""

    def __init__(self, scheduler: Scheduler, reports: Reports) -> None:
        self._scheduler, self._reports = scheduler, reports
        self._client = scheduler.client
        self._claims = asyncio.Event()

    def claims_changed(self) -> None:
        """Claims or pods are not as they were: look again whether volumes are bound."""
        self._claims.set()

    async def bind(self, waiting: Waiting, cycle: Cycle, node: str) -> None:
        """The pod is on this node from now on; the API hears of it soon."""
        scheduler = self._scheduler
        scheduler.queue.remove(waiting.uid)
        scheduler.cluster.place(cycle.info, node)
        scheduler.nominated.pop(waiting.uid, None)
        try:
            names = await self._choose_volumes(cycle, node)
        except StatusError as error:
            await self._give_up(waiting, cycle.info, f"{_PREBIND}{error}")
            return
        scheduler.spawn(asyncio.create_task(self._finish(waiting, cycle.info, node, names)))

    async def _choose_volumes(self, cycle: Cycle, node: str) -> Claims:
        """Tell the volume controller where; the claims to wait for."""
        if cycle.volumes is None or not cycle.volumes.waiting:
            return {}
        chosen = cycle.volumes.choose(cycle.nodes[node]) or []
        for claim, volume in chosen:
            if volume is None:
                await self._select(claim, node)
            else:
                await self._claim(volume, claim)
        return {name_of(claim): volume is None for claim, volume in chosen}

    async def _select(self, claim: Object, node: str) -> None:
        body = {"metadata": {"annotations": {SELECTED: node}}}
        await self._client.patch(CLAIMS, name_of(claim), claim["metadata"]["namespace"], body)

    async def _claim(self, volume: Object, claim: Object) -> None:
        meta = claim["metadata"]
        ref = {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": meta["name"],
            "namespace": meta["namespace"], "uid": meta["uid"],
            "resourceVersion": meta.get("resourceVersion", ""),
        }  # fmt: skip
        notes = annotations_of(volume) | {BY_CONTROLLER: "yes"}
        item = {
            **volume,
            "metadata": {**volume["metadata"], "annotations": notes},
            "spec": {**volume["spec"], "claimRef": ref},
        }
        await self._client.update(VOLUMES, item)

    async def _finish(self, waiting: Waiting, info: PodInfo, node: str, names: Claims) -> None:
        try:
            if problem := await self._wait_for(info, names, node):
                await self._give_up(waiting, info, problem)
                return
            await self._client.create_sub("pods", info.name, info.namespace, "binding", {
                "apiVersion": "v1", "kind": "Binding",
                "metadata": {"name": info.name, "namespace": info.namespace, "uid": info.uid},
                "target": {"kind": "Node", "name": node},
            })  # fmt: skip
        except StatusError as error:
            await self._give_up(waiting, info, f"binding rejected: {error}")
            return
        self._reports.scheduled(info.pod, node)

    async def _wait_for(self, info: PodInfo, names: Claims, node: str) -> str:
        """Until the claims are bound; what went wrong otherwise."""
        while names:
            claims = [self._client.get(CLAIMS, name, info.namespace) for name in names]
            pod = self._client.get("pods", info.name, info.namespace)
            if pod is None or None in claims:
                return f"{_PREBIND}binding volumes: pod or claim does not exist any more"
            open_ = [c for c in claims if c and not is_bound(c)]
            names = {name_of(c): names[name_of(c)] for c in open_}
            for claim in open_:
                if names[name_of(claim)] and annotations_of(claim).get(SELECTED) != node:
                    return (
                        f'{_PREBIND}binding volumes: provisioning failed for PVC "{name_of(claim)}"'
                    )
            if names:
                self._claims.clear()
                await self._claims.wait()
        return ""

    async def _give_up(self, waiting: Waiting, info: PodInfo, message: str) -> None:
        """Take the pod off the node again, and try it later."""
        scheduler = self._scheduler
        scheduler.cluster.drop_pod(info.uid)
        pod = self._client.get("pods", info.name, info.namespace)
        if pod is None or pod["metadata"]["uid"] != info.uid or pod["spec"].get("nodeName"):
            return
        waiting.gone = False
        scheduler.queue.erred(waiting, scheduler.clock.monotonic())
        scheduler.changed("freed")
        scheduler.wake()
        await self._reports.failed(pod, message, "", "SchedulerError")
