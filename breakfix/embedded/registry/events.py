"""Events: "this happened to that", written a moment later by the one who says it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable
from typing import Any, Protocol

from breakfix.embedded.clock import Clock
from breakfix.embedded.objects import Object, micro_timestamp, name_of, namespace_of, timestamp
from breakfix.embedded.registry.correlating import Correlator
from breakfix.embedded.registry.event_series import Series

OLD, NEW = "events", "events.events.k8s.io"


class EventWriter(Protocol):
    """The client of who says it."""

    def create(self, resource: str, item: Object) -> Awaitable[Object]:
        """Create an Event."""

    def patch(
        self, resource: str, name: str, namespace: str, body: Any
    ) -> Awaitable[Object]:  # fmt: skip
        """Count an Event on."""


class Recorder:
    """Those with an action are of events.k8s.io/v1, the others of the core group."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._correlator, self._series = Correlator(clock), Series(clock)
        self._queue: asyncio.Queue[tuple[EventWriter, str, Object]] = asyncio.Queue()
        self._count = 0

    def record(
        self, by: EventWriter, about: Object, type: str, reason: str, message: str, *,
        component: str, host: str = "", field_path: str = "", related: Object | None = None,
        action: str = "",
    ) -> None:  # fmt: skip
        """Note an Event on an object."""
        reference = _reference(about, field_path)
        said = {"metadata": self._metadata(reference), "type": type, "reason": reason}
        if not action:
            event = said | self._old(reference, message, component, host)
            self._queue.put_nowait((by, OLD, event))
            return
        event = said | self._new(reference, message, component, host) | {"action": action}
        if related is not None:
            event["related"] = _reference(related, "")
        self._queue.put_nowait((by, NEW, event))

    def _metadata(self, reference: Object) -> Object:
        self._count += 1
        suffix = f"{time.time_ns() + self._count:x}"
        namespace = reference.get("namespace") or "default"
        return {"name": f"{reference['name']}.{suffix}", "namespace": namespace}

    def _old(self, reference: Object, message: str, component: str, host: str) -> Object:
        now = timestamp(self._clock.now())
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "involvedObject": reference,
            "message": message,
            "source": {"component": component} | ({"host": host} if host else {}),
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "eventTime": None,
            "reportingComponent": component,
            "reportingInstance": host,
        }

    def _new(self, reference: Object, note: str, component: str, host: str) -> Object:
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "regarding": reference,
            "note": note,
            "eventTime": micro_timestamp(self._clock.now()),
            "reportingController": component,
            "reportingInstance": f"{component}-{host}" if host else component,
        }

    async def run(self) -> None:
        """Write what was recorded, until cancelled."""
        while True:
            by, resource, event = await self._queue.get()
            found = (self._series if resource == NEW else self._correlator).observe(event)
            if found is not None:
                with contextlib.suppress(Exception):  # it is lost, as a real one would be
                    await _write(by, resource, *found)


async def _write(by: EventWriter, resource: str, event: Object, again: bool) -> None:
    if not again:
        await by.create(resource, event)
        return
    more = ("series",) if resource == NEW else ("count", "lastTimestamp", "message")
    body = {field: event[field] for field in more}
    try:
        await by.patch(resource, name_of(event), namespace_of(event), body)
    except Exception:  # it was deleted meanwhile: a new one
        await by.create(resource, event)


def _reference(about: Object, field_path: str) -> Object:
    """core/v1 ObjectReference."""
    meta = about["metadata"]
    found = {
        "kind": about.get("kind", ""),
        "namespace": meta.get("namespace", ""),
        "name": meta.get("name", ""),
        "uid": meta.get("uid", ""),
        "apiVersion": about.get("apiVersion", ""),
        "resourceVersion": meta.get("resourceVersion", ""),
        "fieldPath": field_path,
    }
    return {k: v for k, v in found.items() if v}
