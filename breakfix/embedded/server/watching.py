"""Watches: every change once and in order, to everyone who asked.

What waits for a client is bounded: one that reads too slowly is dropped, as the real server
does; it lists and watches again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

import orjson

from breakfix.embedded.client import Change
from breakfix.embedded.clock import Clock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.registry.reading import Query, bad_version, selects
from breakfix.embedded.registry.served import Served
from breakfix.embedded.server.forms import Forms, Include
from breakfix.embedded.server.negotiation import Form
from breakfix.embedded.storage.store import Store

LARGEST_QUEUE = 16 * 1024 * 1024  # bytes of changes that wait for a client that reads nothing
LONGEST_QUEUE = 20_000  # changes that wait to be converted
LARGEST_BLOCK = 256 * 1024  # bytes that are written at once
GATHERED = 0.005  # s after a block in which further lines are gathered
BOOKMARK_EVERY = 60.0
ALIVE_EVERY = 5.0  # s between looks whether the client is still there
END_OF_INITIAL = {"k8s.io/initial-events-end": "true"}


class Watch:
    """One watch; iterate over it for blocks of lines.

    `drop` is called when the client is too slow, `alive` says whether it is still there.
    """

    def __init__(
        self, store: Store, forms: Forms, clock: Clock, served: Served, namespace: str,
        query: Query, form: Form, include: Include,
    ) -> None:  # fmt: skip
        self._store, self._forms, self._clock = store, forms, clock
        self._served, self._namespace, self._query = served, namespace, query
        self._form, self._include = form, include
        self._matches = selects(served, query, namespace)
        self._later: list[Change] = []  # they wait to be converted
        self._parts: deque[bytes] = deque()  # of lines; bodies are shared with other watches
        self._waiting = 0  # bytes of them
        self._bound = LARGEST_QUEUE
        self.drop: Callable[[], None] = lambda: None
        self.alive: Callable[[], bool] = lambda: True
        self._wake = asyncio.Event()
        self._version = store.version
        self._lost = self._failed = False
        self._headed = False
        self._stop: Callable[[], None] = _nothing

    # -- beginning --------------------------------------------------------------------

    async def begin(self, initial: bool | None) -> None:
        """Subscribe, and queue what came before. Raises StatusError 400 and 410.

        `initial` is sendInitialEvents: None is the old behaviour, by resourceVersion.
        """
        version = self._query.version
        if version and not version.isdigit():
            raise StatusError(500, "", bad_version(version))
        key, items, changes = self._served.key, list[Object](), list[Change]()
        present = initial or (initial is None and version in ("", "0"))
        if present:
            items = self._store.list(key, self._namespace)
        elif version and version != "0":
            changes = list(self._store.since(key, int(version)))
        stop = self._store.subscribe(key, self._arrived)
        try:
            await self._served.ready([*items, *_objects(changes)])
        except BaseException:  # refused, or the client went away meanwhile
            stop()
            raise
        if present:
            self._queue_present(items, bool(initial))
        for change in changes:
            self._see(change)
        self._bound += self._waiting  # what was there before may be as large as it is
        self._stop = stop

    def fail(self, error: StatusError) -> None:
        """Tell nothing but this error."""
        self._parts.append(error_line(error))
        self._failed = True

    def _queue_present(self, items: Sequence[Object], marked: bool) -> None:
        for item in sorted(items, key=lambda i: (namespace_of(i), name_of(i))):
            if self._matches(item):
                self._push(*self._line("ADDED", item))
        if marked:
            self.bookmark(END_OF_INITIAL)

    # -- seeing -----------------------------------------------------------------------

    def _arrived(self, change: Change) -> None:
        """Seen at once, but for what a webhook must convert first."""
        if self._served.conversions is None:
            self._see(change)
            return
        self._later.append(change)
        if len(self._later) > LONGEST_QUEUE:
            self._lose()
        self._wake.set()

    async def _catch_up(self) -> None:
        changes, self._later = self._later, []
        await self._served.ready(_objects(changes))
        for change in changes:
            self._see(change)

    def _see(self, change: Change) -> None:
        self._version = change.version
        before = change.old is not None and self._matches(change.old)
        after = change.type != "DELETED" and self._matches(change.new)
        if after:
            self._push(*self._line("MODIFIED" if before else "ADDED", change.new))
        elif before:
            self._push(*self._line("DELETED", self._left(change)))

    def _left(self, change: Change) -> Object:
        """The object as this watcher last saw it, with the version of its leaving."""
        if change.type == "DELETED":
            return change.new
        assert change.old is not None  # noqa: S101 - it matched
        old = self._served.out(change.old)
        return {**old, "metadata": old["metadata"] | {"resourceVersion": str(change.version)}}

    def _line(self, type: str, item: Object) -> tuple[bytes, bytes, bytes]:
        body = self._forms.one_bytes(
            self._served, self._served.out(item), self._form, self._now(), self._include,
            headers=not self._headed,
        )  # fmt: skip
        self._headed = True
        return _HEADS[type], body, b"}\n"

    def _now(self) -> datetime:
        return self._clock.now()

    def _push(self, *line: bytes) -> None:
        if self._lost:
            return
        self._parts.extend(line)
        self._waiting += sum(map(len, line))
        if self._waiting > self._bound and self._stop is not _nothing:
            self._lose()
        self._wake.set()

    def _lose(self) -> None:
        self._lost = True
        self.close()
        self.drop()

    def close(self) -> None:
        """Nobody listens any more."""
        self._parts.clear()
        self._stop()

    def bookmark(self, annotations: Object | None = None) -> None:
        """Tell the version up to which everything was told."""
        r = self._served.resource
        meta: Object = {"resourceVersion": str(max(self._version, 1)), "creationTimestamp": None}
        meta |= {"annotations": annotations} if annotations else {}
        item: Object = {"kind": r.kind, "apiVersion": r.api_version, "metadata": meta}
        if self._form.kind == "Table":
            body = {"kind": "Table", "apiVersion": f"meta.k8s.io/{self._form.version}",
                    "metadata": {"resourceVersion": meta["resourceVersion"]},
                    "columnDefinitions": None, "rows": [{"cells": [], "object": {
                        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                        "metadata": meta}}]}  # fmt: skip
            item = body
        elif self._form.kind:
            item = {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": meta,
            }
        self._push(_HEADS["BOOKMARK"], orjson.dumps(item), b"}\n")

    # -- telling ----------------------------------------------------------------------

    async def blocks(self, timeout: float, bookmarks: bool) -> AsyncIterator[bytes]:
        """What to write, until the time (s) is over or the client is lost."""
        deadline = self._clock.monotonic() + timeout
        marks = self._clock.monotonic() + BOOKMARK_EVERY
        while not self._lost and self.alive():
            now = self._clock.monotonic()
            if self._later:
                await self._catch_up()
            if self._parts:
                yield self._block()
                if not self._parts:
                    await asyncio.sleep(GATHERED)
            elif now >= deadline or self._failed:
                return
            elif bookmarks and now >= marks:
                marks = now + BOOKMARK_EVERY
                self._version = max(self._version, self._store.version)
                self.bookmark()
            else:
                await self._more(min(deadline, marks if bookmarks else deadline) - now)

    def _block(self) -> bytes:
        """Some of what waits."""
        found: list[bytes] = []
        size = 0
        while self._parts and size < LARGEST_BLOCK:
            found.append(self._parts.popleft())
            size += len(found[-1])
        self._waiting -= size
        self._bound = max(LARGEST_QUEUE, self._bound - size)
        return b"".join(found)

    async def _more(self, seconds: float) -> None:
        """Wait for lines, for so long."""
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, ALIVE_EVERY)):
                await self._wake.wait()


def _objects(changes: Sequence[Change]) -> list[Object]:
    return [item for c in changes for item in (c.old, c.new) if item is not None]


def _nothing() -> None:
    """Before there is anything to end."""


_HEADS = {
    type: b'{"type":"' + type.encode() + b'","object":'
    for type in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK")
}


def error_line(error: StatusError) -> bytes:
    """An error in a stream that has begun."""
    return b'{"type":"ERROR","object":' + orjson.dumps(error.status()) + b"}\n"
