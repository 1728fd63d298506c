"""A controller: keys in a queue, one reconciliation at a time for each.

Subclass it, say in `watch` which changes touch which keys, and in `sync` what to do for a
key. A key that is added while it is worked on is worked on again; a sync that raises is
tried again later, with growing pauses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from breakfix.embedded.client import Change, Client
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, controller_of, name_of, namespace_of

Key = tuple[str, str]  # namespace, name
log = logging.getLogger("breakfix.embedded")

FIRST_RETRY, LAST_RETRY = 0.005, 30.0


def key_of(item: Object) -> Key:
    """The key of an object."""
    return namespace_of(item), name_of(item)


class Controller:
    """The queue and its worker; `name` is the one of the real controller."""

    name = ""
    component = ""  # the source of its events; the name where empty
    account = ""  # its ServiceAccount in kube-system; the name where empty
    workers = 1
    first_retry, last_retry = FIRST_RETRY, LAST_RETRY  # s of pause after a sync that raised

    def __init__(self, client: Client) -> None:
        self.client = client
        self.clock = client.clock
        self._queue: dict[Key, None] = {}
        self._working: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._later: dict[Key, tuple[float, asyncio.Task[None]]] = {}
        self._wake = asyncio.Event()

    # -- to be written by each controller ----------------------------------------------

    def watch(self) -> None:
        """Subscribe: `self.on("pods", keys)` where keys(change) gives what to sync."""

    async def sync(self, key: Key) -> None:
        """Bring one object nearer to its spec. May raise StatusError: it is tried again."""

    # -- the machine -------------------------------------------------------------------

    def on(self, resource: str, keys: Callable[[Change], Iterable[Key]]) -> None:
        """Add keys(change) to the queue for every change, and for what is already there."""

        def seen(change: Change) -> None:
            if found := keys(change):
                self.add(*found)

        self.client.subscribe(resource, seen)
        for item in list(self.client.list(resource)):
            self.add(*keys(Change("ADDED", resource, item, None, 0)))

    def add(self, *keys: Key) -> None:
        """Work on these soon; once, however often they are added."""
        for key in keys:
            self._queue[key] = None
        if keys:
            self._wake.set()

    def add_after(self, key: Key, seconds: float) -> None:
        """Work on it again then; the earliest of several wins."""
        if seconds <= 0:
            self.add(key)
            return
        due = self.clock.monotonic() + seconds
        waiting = self._later.get(key)
        if waiting and waiting[0] <= due:
            return
        if waiting:
            waiting[1].cancel()
        self._later[key] = due, asyncio.create_task(self._wait(key, seconds))

    async def _wait(self, key: Key, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self._later.pop(key, None)
        self.add(key)

    async def run(self) -> None:
        """Work until cancelled."""
        self.watch()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.workers):
                    group.create_task(self._worker())
        finally:
            for _, task in self._later.values():
                task.cancel()

    async def _worker(self) -> None:
        while True:
            key = next((k for k in self._queue if k not in self._working), None)
            if key is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            del self._queue[key]
            self._working.add(key)
            try:
                await self._try(key)
            finally:
                self._working.discard(key)
                self._wake.set()

    async def _try(self, key: Key) -> None:
        try:
            await self.sync(key)
        except StatusError as error:
            self._again(key, error)
        except Exception as error:  # one broken object must not stop the controller
            log.exception("%s: %s", self.name, key)
            self._again(key, error)
        else:
            self._failures.pop(key, None)

    def _again(self, key: Key, error: Exception) -> None:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        log.debug("%s: %s: %s", self.name, key, error)
        self.add_after(key, min(self.first_retry * 2 ** min(failures, 30), self.last_retry))

    @property
    def idle(self) -> bool:
        """Nothing queued or being worked on (delayed keys do not count)."""
        return not self._queue and not self._working

    # -- help --------------------------------------------------------------------------

    def event(self, about: Object, type: str, reason: str, message: str) -> None:
        """An Event of this controller."""
        self.client.event(about, type, reason, message, component=self.component or self.name)

    def owned(self, resource: str, owner: Object) -> list[Object]:
        """The objects in its namespace that the owner controls."""
        uid = owner["metadata"]["uid"]
        return [
            item
            for item in self.client.list(resource, namespace_of(owner))
            if (ref := controller_of(item)) and ref["uid"] == uid
        ]


def owner_keys(kind: str) -> Callable[[Change], list[Key]]:
    """For `on`: the controller of the changed object, if it is of this kind (both when its
    owner changed)."""

    def keys(change: Change) -> list[Key]:
        found = []
        for item in (change.new, change.old):
            ref = controller_of(item) if item else None
            if item and ref and ref["kind"] == kind:
                found.append((namespace_of(item), ref["name"]))
        return list(dict.fromkeys(found))

    return keys


def itself(change: Change) -> list[Key]:
    """For `on`: the changed object's own key."""
    return [key_of(change.new)]


def itself_alive(change: Change) -> list[Key]:
    """Likewise, unless it is gone."""
    return [] if change.type == "DELETED" else itself(change)
