"""Events, counted and aggregated as client-go's recorder does."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from breakfix.embedded.clock import Clock
from breakfix.embedded.objects import Object, micro_timestamp, timestamp

SIMILAR_LIMIT, SIMILAR_WINDOW = 10, 600.0  # from when similar messages are combined
BURST, REFILL = 25, 300.0  # of one source about one object
REMEMBERED = 4096
Write = Callable[[str, Object], Awaitable[Object]]


@dataclass
class _Similar:
    messages: set[str] = field(default_factory=set)
    last: float = 0.0


@dataclass
class _Bucket:
    tokens: float = BURST
    last: float = 0.0


class _Recent(OrderedDict[tuple[str, ...], object]):
    """The newest of many."""

    def keep(self, key: tuple[str, ...], value: object) -> None:
        self[key] = value
        self.move_to_end(key)
        if len(self) > REMEMBERED:
            self.popitem(last=False)


class Recorder:
    """Turns "this happened to that" into Event objects, in order, a moment later."""

    def __init__(self, create: Write, update: Write, clock: Clock) -> None:
        self._create, self._update, self._clock = create, update, clock
        self._similar, self._known, self._buckets = _Recent(), _Recent(), _Recent()
        self._queue: asyncio.Queue[tuple[tuple[str, ...], Object]] = asyncio.Queue()
        self._count = 0

    def record(
        self, about: Object, type: str, reason: str, message: str, *,
        component: str, host: str = "", field_path: str = "", related: Object | None = None,
        action: str = "",
    ) -> None:  # fmt: skip
        """Note an Event on an object."""
        reference = _reference(about, field_path)
        source = (component, host, *map(str, reference.values()))
        if not self._allowed(source):
            return
        message = self._combined((*source, type, reason), message)
        event = self._event(reference, type, reason, message, component, host)
        if action:
            event |= {
                "action": action,
                "reportingInstance": f"{component}-{host}" if host else component,
            }
        if related is not None:
            event["related"] = _reference(related, "")
        self._queue.put_nowait(((*source, type, reason, message), event))

    def _allowed(self, source: tuple[str, ...]) -> bool:
        bucket = self._buckets.get(source) or _Bucket(last=self._clock.monotonic())
        assert isinstance(bucket, _Bucket)  # noqa: S101
        now = self._clock.monotonic()
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.last) / REFILL)
        bucket.last = now
        self._buckets.keep(source, bucket)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def _combined(self, key: tuple[str, ...], message: str) -> str:
        now = self._clock.monotonic()
        similar = self._similar.get(key)
        if not isinstance(similar, _Similar) or now - similar.last > SIMILAR_WINDOW:
            similar = _Similar()
        similar.messages.add(message)
        similar.last = now
        self._similar.keep(key, similar)
        if len(similar.messages) < SIMILAR_LIMIT:
            return message
        return f"(combined from similar events): {message}"

    def _event(
        self, reference: Object, type: str, reason: str, message: str, component: str, host: str
    ) -> Object:
        now = timestamp(self._clock.now())
        self._count += 1
        suffix = f"{time.time_ns() + self._count:x}"
        namespace = reference.get("namespace") or "default"
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{reference['name']}.{suffix}", "namespace": namespace},
            "involvedObject": reference,
            "reason": reason,
            "message": message,
            "source": {"component": component} | ({"host": host} if host else {}),
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": type,
            "eventTime": None,
            "reportingComponent": component,
            "reportingInstance": host,
        }

    async def run(self) -> None:
        """Write what was recorded, until cancelled."""
        while True:
            key, event = await self._queue.get()
            with contextlib.suppress(Exception):  # it is lost, as a real one would be
                await self._write(key, event)

    async def _write(self, key: tuple[str, ...], event: Object) -> None:
        known = self._known.get(key)
        if isinstance(known, dict):
            again = known | {"count": known["count"] + 1, "lastTimestamp": event["lastTimestamp"]}
            try:
                self._known.keep(key, await self._update("events", again))
                return
            except Exception:  # noqa: S110 - it was deleted meanwhile: a new one
                pass
        self._known.keep(key, await self._create("events", event))


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


__all__ = ["Recorder", "micro_timestamp"]
