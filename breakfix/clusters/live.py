"""The live picture of a cluster: one watch for each kind, a heartbeat, and back-off.

`LivePicture.run` owns every task that it starts. A cluster that no longer answers is
reported within HEARTBEAT + ANSWER seconds; when it answers again, all watches are
opened anew, because a watch on a dead connection does not always notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from breakfix.clock import Clock
from breakfix.clusters.base import Object
from breakfix.clusters.client_import import import_client
from breakfix.clusters.customers import Customers, LogApi, follow
from breakfix.clusters.live_picture import Link, Picture
from breakfix.clusters.live_reading import happenings, nodes, places
from breakfix.errors import ClusterError

KINDS = (
    ("Pod", "v1"),
    ("Service", "v1"),
    ("PersistentVolumeClaim", "v1"),
    ("Event", "v1"),
    ("Deployment", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("DaemonSet", "apps/v1"),
    ("EndpointSlice", "discovery.k8s.io/v1"),
    ("NetworkPolicy", "networking.k8s.io/v1"),
    ("Ingress", "networking.k8s.io/v1"),
    ("Job", "batch/v1"),
    ("CronJob", "batch/v1"),
    ("Node", "v1"),
)
ESSENTIAL = ("Pod", "Service", "EndpointSlice")  # before these are known, all would look broken
HEARTBEAT, ANSWER = 0.8, 1.8  # seconds between questions, and for an answer
FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 5.0
GATHER, LONGEST_GATHER = 0.25, 1.0  # changes within so many seconds are told as one
KEYS_REST = 0.05  # s between looks whether somebody still types
SHARE = 20  # of the time one in so many parts may go into telling
SWAP_AFTER = 1.0  # a list without objects says nothing; after so long it counts as empty
MAX_EVENTS, KEPT_EVENTS = 500, 2000  # shown at most, and remembered
Changed = Callable[[Picture], None]


class Api(LogApi, Protocol):
    """What is needed of KubeApi."""

    async def resources(self) -> object:
        """What is served; asked once, before the watches ask for it all at once."""

    async def request(self, method: str, path: str, *, timeout: float = 30.0) -> Any:
        """One request; raises ClusterError where nothing answers."""

    def watch(
        self, kind: str, namespace: str | None = None, api_version: str = ""
    ) -> AsyncIterator[tuple[str, Object]]:
        """(type, object), ADDED for each there is, then every change."""


Connect = Callable[[], AbstractAsyncContextManager[Api]]


def connection(kubeconfig: Path) -> Connect:
    """How to connect to the cluster of a kubeconfig; the client's slow import is done in
    a thread, so that whatever shows the picture stays quick."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[Api]:
        from breakfix.clusters.api import KubeApi

        await asyncio.to_thread(import_client)
        async with KubeApi(kubeconfig) as api:
            yield api

    return connect


class LivePicture:
    """Keeps `picture` true while `run` runs; `namespace` is the round's own. While `typing`
    says so, pictures wait a little: keys go first."""

    def __init__(
        self, connect: Connect, namespace: str, clock: Clock,
        typing: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.typing = typing
        self.picture = Picture()
        self.customers = Customers(clock)
        self._connect = connect
        self._namespace = namespace
        self._clock = clock
        self._store: dict[str, dict[str, Object]] = {}
        self._changed: Changed = lambda _: None
        self._dirty = asyncio.Event()
        self._backoff = FIRST_BACKOFF

    async def run(self, changed: Changed) -> None:
        """Watch until cancelled; `changed` is called with every new picture."""
        self._changed = changed
        async with asyncio.TaskGroup() as group:
            group.create_task(self._publish(), name="live-publish")
            group.create_task(self._stay_connected(), name="live-connection")

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._one_connection()
            except* Exception as errors:  # whatever it was is shown, and tried again
                self._tell(Link.LOST, _message(errors))
            await self._clock.sleep(self._backoff)
            self._backoff = min(self._backoff * 2, LONGEST_BACKOFF)

    async def _one_connection(self) -> None:
        async with self._connect() as api, asyncio.TaskGroup() as group:
            group.create_task(self._heartbeat(api), name="live-heartbeat")
            await api.resources()
            for kind, version in KINDS:
                group.create_task(self._follow(api, kind, version), name=f"live-{kind}")
            await follow(api, self._pods, self.customers, self._clock)

    def _pods(self) -> list[Object]:
        return list(self._store.get("Pod", {}).values())

    async def _heartbeat(self, api: Api) -> None:
        while True:
            try:
                await _ask(api)
            except ClusterError as error:  # told now: closing what hangs can take its time
                self._tell(Link.LOST, str(error))
                raise
            self._backoff = FIRST_BACKOFF
            self._tell(Link.LIVE, "")
            await self._clock.sleep(HEARTBEAT)

    async def _follow(self, api: Api, kind: str, version: str) -> None:
        """Watch one kind; where all namespaces are refused, the round's own."""
        namespace: str | None = None
        while True:
            try:
                await self._one_watch(api, kind, version, namespace)
            except ClusterError as error:
                if not getattr(error, "code", 0):
                    raise
                self._store.setdefault(kind, {})
                namespace = self._namespace
                await self._clock.sleep(LONGEST_BACKOFF)
            await self._clock.sleep(FIRST_BACKOFF)

    async def _one_watch(self, api: Api, kind: str, version: str, namespace: str | None) -> None:
        """One watch to its end. What it lists replaces what was known before."""
        fresh: dict[str, Object] = {}
        swap = asyncio.create_task(self._swap_later(kind, fresh), name=f"live-swap-{kind}")
        try:
            async for what, item in api.watch(kind, namespace, version):
                _take(fresh, what, {"kind": kind} | item)
                self._store[kind] = fresh
                self._dirty.set()
        finally:
            swap.cancel()
            with suppress(asyncio.CancelledError):
                await swap

    async def _swap_later(self, kind: str, fresh: dict[str, Object]) -> None:
        await self._clock.sleep(SWAP_AFTER)
        self._store[kind] = fresh
        self._dirty.set()

    async def _publish(self) -> None:
        """Tell what has changed; the more it costs, the more rarely."""
        pause = GATHER
        while True:
            await self._dirty.wait()
            await self._clock.sleep(pause)
            await self._keys_first()
            self._dirty.clear()
            began = self._clock.monotonic()
            found = self._read()
            await asyncio.sleep(0)  # a key may wait
            self.picture = replace(self.picture, **found)
            self._changed(self.picture)
            cost = self._clock.monotonic() - began
            pause = max(GATHER, min(cost * SHARE, LONGEST_GATHER))

    async def _keys_first(self) -> None:
        end = self._clock.monotonic() + LONGEST_GATHER
        while self.typing() and self._clock.monotonic() < end:
            await self._clock.sleep(KEYS_REST)

    def _read(self) -> dict[str, Any]:
        """What is to be seen now, as fields of a picture."""
        if any(kind not in self._store for kind in ESSENTIAL):
            return {}
        return {
            "places": places(self._store, self._namespace),
            "events": happenings(self._store, MAX_EVENTS),
            "nodes": nodes(self._store),
        }

    def _tell(self, link: Link, trouble: str) -> None:
        """A change of the link is told at once, not gathered."""
        if (link, trouble) != (self.picture.link, self.picture.trouble):
            self.picture = replace(self.picture, link=link, trouble=trouble)
            self._changed(self.picture)


async def _ask(api: Api) -> None:
    try:
        await api.request("GET", "/version", timeout=ANSWER)
    except ClusterError as error:
        if not getattr(error, "code", 0):  # a refusal is an answer too
            raise


def _take(store: dict[str, Object], what: str, item: Object) -> None:
    meta = item["metadata"]
    key = f"{meta.get('namespace', '')}/{meta.get('name', '')}"
    if what in ("ADDED", "MODIFIED", "DELETED"):
        store.pop(key, None)
    if what in ("ADDED", "MODIFIED"):
        store[key] = item
        if item.get("kind") == "Event" and len(store) > KEPT_EVENTS:
            del store[next(iter(store))]


def _message(errors: BaseExceptionGroup[BaseException]) -> str:
    """The first failure of a group, in its own words."""
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return str(found) or type(found).__name__
