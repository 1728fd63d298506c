"""The objects of a cluster, one resourceVersion for all of them, and what happened to them.

In memory; a `Journal` (see `sqlite`) may keep every write as well. An object that was put
here is everybody's and is never changed again: a new version replaces it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Protocol

import orjson

from breakfix.embedded.client import Change
from breakfix.embedded.errors import StatusError, gone
from breakfix.embedded.objects import Object, name_of, namespace_of

LARGEST_OBJECT, LARGEST_MESSAGE = 1536 * 1024, 2 * 1024 * 1024  # bytes, as etcd has them
LOG_LENGTH = 50_000  # changes that are remembered for each resource
Seen = Callable[[Change], None]
Objects = list[Object]
Changes = list[Change]
Names = list[str]


def too_large(size: int) -> StatusError:
    """What etcd, or the way to it, says to so many bytes."""
    if size <= LARGEST_MESSAGE:
        return StatusError(500, "", "etcdserver: request is too large")
    return StatusError(
        500, "", "rpc error: code = ResourceExhausted desc = trying to send message larger than "
        f"max ({size} vs. {LARGEST_MESSAGE})",
    )  # fmt: skip


class Journal(Protocol):
    """Keeps writes beyond the life of the process."""

    def put(self, resource: str, namespace: str, name: str, version: int, body: bytes) -> None:
        """An object was written."""

    def remove(self, resource: str, namespace: str, name: str, version: int) -> None:
        """An object was deleted."""


class Store:
    """What etcd and the watch cache are to a real API server."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.version = 1
        self._journal = journal
        self._items: dict[str, dict[str, dict[str, Object]]] = {}
        self._bytes: dict[tuple[str, str, str], tuple[Object, bytes]] = {}
        self._log: dict[str, deque[Change]] = defaultdict(lambda: deque(maxlen=LOG_LENGTH))
        self._forgotten: dict[str, int] = {}  # the log of a resource begins after this version
        self._compacted = 0
        self._seen: dict[str, list[Seen]] = defaultdict(list)

    # -- reading ----------------------------------------------------------------------

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        """One object, or None."""
        return self._items.get(resource, {}).get(namespace, {}).get(name)

    def list(self, resource: str, namespace: str = "") -> list[Object]:
        """All of a resource, in one namespace or in all (""), in no order."""
        spaces = self._items.get(resource)
        if not spaces:
            return []
        if namespace:
            space = spaces.get(namespace)
            return list(space.values()) if space else []
        return [item for space in spaces.values() for item in space.values()]

    def count(self, resource: str) -> int:
        """How many there are."""
        return sum(map(len, self._items.get(resource, {}).values()))

    def resources(self) -> Names:
        """The group resources of which there are objects."""
        return [r for r, spaces in self._items.items() if any(spaces.values())]

    def encoded(self, resource: str, item: Object) -> bytes:
        """The JSON of a stored object, made once for each version."""
        key = (resource, namespace_of(item), name_of(item))
        known = self._bytes.get(key)
        if known and known[0] is item:
            return known[1]
        body = orjson.dumps(item)
        if self.get(*(resource, key[2], key[1])) is item:
            self._bytes[key] = item, body
        return body

    # -- the past ---------------------------------------------------------------------

    def since(self, resource: str, version: int) -> Changes:
        """What happened after a version, in order. Raises StatusError 410."""
        log = self._log[resource]
        if version < self._oldest(resource):
            raise gone(f"too old resource version: {version} ({self._oldest(resource)})")
        found = []
        for change in reversed(log):
            if change.version <= version:
                break
            found.append(change)
        return found[::-1]

    def at(self, resource: str, version: int, namespace: str = "") -> Objects:
        """The objects as they were at a version. Raises StatusError 410."""
        state = {(namespace_of(i), name_of(i)): i for i in self.list(resource, namespace)}
        for change in reversed(self.since(resource, version)):
            key = namespace_of(change.new), name_of(change.new)
            if namespace and key[0] != namespace:
                continue
            if change.type == "ADDED":
                state.pop(key, None)
            else:
                state[key] = change.old if change.old is not None else change.new
        return list(state.values())

    def _oldest(self, resource: str) -> int:
        return max(self._forgotten.get(resource, 0), self._compacted)

    def compact(self, version: int) -> None:
        """Forget what happened up to a version, as etcd does every five minutes."""
        self._compacted = max(self._compacted, version)
        for log in self._log.values():
            while log and log[0].version <= version:
                log.popleft()

    # -- writing ----------------------------------------------------------------------

    def put(self, resource: str, item: Object) -> Object:
        """Write an object that from now on belongs to the store; its resourceVersion is set.

        What the journal refuses (it raises) has not happened: nothing here has changed.
        """
        meta = item["metadata"]
        namespace, name = meta.get("namespace", ""), meta["name"]
        version = self.version + 1
        meta["resourceVersion"] = str(version)
        body = orjson.dumps(item)
        if len(body) > LARGEST_OBJECT:
            raise too_large(len(body))
        if self._journal:
            self._journal.put(resource, namespace, name, version, body)
        self._bytes[resource, namespace, name] = item, body
        self.version = version
        space = self._items.setdefault(resource, {}).setdefault(namespace, {})
        old = space.get(name)
        space[name] = item
        self._tell(Change("MODIFIED" if old else "ADDED", resource, item, old, version))
        return item

    def remove(self, resource: str, name: str, namespace: str = "") -> Object:
        """Take an object away; returns its last state, with the version of its removal.

        As with `put`, what the journal refuses has not happened.
        """
        old = self._items[resource][namespace][name]
        version = self.version + 1
        if self._journal:
            self._journal.remove(resource, namespace, name, version)
        self.version = version
        del self._items[resource][namespace][name]
        self._bytes.pop((resource, namespace, name), None)
        last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(version)}}
        self._tell(Change("DELETED", resource, last, old, version))
        return last

    def load(self, version: int, items: Iterable[tuple[str, Object]]) -> None:
        """Take over what a journal kept, before anybody watches."""
        for resource, item in items:
            space = self._items.setdefault(resource, {}).setdefault(namespace_of(item), {})
            space[name_of(item)] = item
        self.version = self._compacted = version

    # -- telling ----------------------------------------------------------------------

    def subscribe(self, resource: str, seen: Seen) -> Callable[[], None]:
        """Call `seen` for every write of a resource ("" for all); returns how to end it."""
        listeners = self._seen[resource]
        listeners.append(seen)

        def end() -> None:
            if seen in listeners:
                listeners.remove(seen)

        return end

    def _tell(self, change: Change) -> None:
        log = self._log[change.resource]
        if len(log) == LOG_LENGTH:
            self._forgotten[change.resource] = log[0].version
        log.append(change)
        for seen in (*self._seen[change.resource], *self._seen[""]):
            seen(change)
