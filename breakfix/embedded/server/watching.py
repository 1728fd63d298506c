"""Watches: every change once and in order, to everyone who asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import orjson

from breakfix.embedded.client import Change
from breakfix.embedded.clock import Clock
from breakfix.embedded.errors import StatusError, bad_request
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.registry.reading import Query, selects
from breakfix.embedded.registry.served import Served
from breakfix.embedded.server.forms import Forms, Include
from breakfix.embedded.server.negotiation import Form
from breakfix.embedded.storage.store import Store

LONGEST_QUEUE = 20_000  # lines that wait for a client before it is given up
BOOKMARK_EVERY = 60.0
END_OF_INITIAL = {"k8s.io/initial-events-end": "true"}


class Watch:
    """One watch; iterate over it for blocks of lines. It ends when the client is too slow."""

    def __init__(
        self, store: Store, forms: Forms, clock: Clock, served: Served, namespace: str,
        query: Query, form: Form, include: Include,
    ) -> None:  # fmt: skip
        self._store, self._forms, self._clock = store, forms, clock
        self._served, self._namespace, self._query = served, namespace, query
        self._form, self._include = form, include
        self._matches = selects(served, query, namespace)
        self._lines: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._version = store.version
        self._lost = False
        self._headed = False
        self._stop: Callable[[], None] = lambda: None

    # -- beginning --------------------------------------------------------------------

    def begin(self, initial: bool | None) -> None:
        """Subscribe, and queue what came before. Raises StatusError 400 and 410.

        `initial` is sendInitialEvents: None is the old behaviour, by resourceVersion.
        """
        version = self._query.version
        if version and not version.isdigit():
            raise bad_request(f'resourceVersion: Invalid value: "{version}": invalid')
        if initial or (initial is None and version in ("", "0")):
            self._queue_present(bool(initial))
        elif version and version != "0":
            for change in self._store.since(self._served.key, int(version)):
                self._see(change)
        self._stop = self._store.subscribe(self._served.key, self._see)

    def _queue_present(self, marked: bool) -> None:
        items = self._store.list(self._served.key, self._namespace)
        for item in sorted(items, key=lambda i: (namespace_of(i), name_of(i))):
            if self._matches(item):
                self._push(self._line("ADDED", item))
        if marked:
            self.bookmark(END_OF_INITIAL)

    # -- seeing -----------------------------------------------------------------------

    def _see(self, change: Change) -> None:
        self._version = change.version
        before = change.old is not None and self._matches(change.old)
        after = change.type != "DELETED" and self._matches(change.new)
        if after:
            self._push(self._line("MODIFIED" if before else "ADDED", change.new))
        elif before:
            self._push(self._line("DELETED", self._left(change)))

    @staticmethod
    def _left(change: Change) -> Object:
        """The object as this watcher last saw it, with the version of its leaving."""
        if change.type == "DELETED":
            return change.new
        assert change.old is not None  # noqa: S101 - it matched
        meta = change.old["metadata"] | {"resourceVersion": str(change.version)}
        return {**change.old, "metadata": meta}

    def _line(self, type: str, item: Object) -> bytes:
        body = self._forms.one_bytes(
            self._served, self._served.out(item), self._form, self._now(), self._include,
            headers=not self._headed,
        )  # fmt: skip
        self._headed = True
        return b'{"type":"' + type.encode() + b'","object":' + body + b"}\n"

    def _now(self) -> datetime:
        return self._clock.now()

    def _push(self, line: bytes) -> None:
        if len(self._lines) >= LONGEST_QUEUE:
            self._lost = True
            self._lines.clear()
        self._lines.append(line)
        self._wake.set()

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
        self._push(b'{"type":"BOOKMARK","object":' + orjson.dumps(item) + b"}\n")

    # -- telling ----------------------------------------------------------------------

    async def blocks(self, timeout: float, bookmarks: bool) -> AsyncIterator[bytes]:
        """What to write, until the time (s) is over or the client is lost."""
        deadline = self._clock.monotonic() + timeout
        try:
            while not self._lost:
                if self._lines:
                    block = b"".join(self._lines)
                    self._lines.clear()
                    yield block
                    continue
                if not await self._more(deadline, bookmarks):
                    return
        finally:
            self._stop()

    async def _more(self, deadline: float, bookmarks: bool) -> bool:
        """Wait for lines; False when the time is over."""
        left = deadline - self._clock.monotonic()
        if left <= 0:
            return False
        self._wake.clear()
        try:
            async with asyncio.timeout(min(left, BOOKMARK_EVERY)):
                await self._wake.wait()
        except TimeoutError:
            if bookmarks:
                self._version = max(self._version, self._store.version)
                self.bookmark()
        return True


def error_line(error: StatusError) -> bytes:
    """An error in a stream that has begun."""
    return b'{"type":"ERROR","object":' + orjson.dumps(error.status()) + b"}\n"
