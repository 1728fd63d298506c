"""Which of the events that happen are written, and how: as client-go's event correlator does.

Equal events are counted in one, many that differ only in their message are combined, and a
source that says too much about an object is not heard for a while.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from breakfix.embedded.clock import Clock
from breakfix.embedded.objects import Object

SIMILAR_LIMIT, SIMILAR_WINDOW = 10, 600.0  # from when similar messages are combined
BURST, REFILL = 25, 300.0  # of one source about one object; s until it may say one more
REMEMBERED = 4096
Key = tuple[str, ...]
T = TypeVar("T")
_IDENTITY = ("kind", "namespace", "name", "uid", "apiVersion")


class Recent(OrderedDict[Key, T], Generic[T]):
    """The newest of many."""

    def keep(self, key: Key, value: T) -> None:
        """Remember it, and forget the oldest."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > REMEMBERED:
            self.popitem(last=False)


@dataclass
class _Similar:
    messages: set[str] = field(default_factory=set)
    last: float = 0.0


@dataclass
class _Bucket:
    tokens: float = BURST
    last: float = 0.0


class Correlator:
    """Remembers what was said, and answers what to do with a new core/v1 Event."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._similar: Recent[_Similar] = Recent()
        self._known: Recent[Object] = Recent()
        self._buckets: Recent[_Bucket] = Recent()

    def observe(self, event: Object) -> tuple[Object, bool] | None:
        """The event to write and whether it counts on one that was written; None: not at all."""
        about, source = event["involvedObject"], event["source"]
        who = (source["component"], source.get("host", ""))
        whom = (*who, *(about.get(name, "") for name in _IDENTITY))
        key, message = self._combined(whom, about.get("fieldPath", ""), event)
        known = self._known.get(key)
        if known is not None:
            event = known | {
                "count": known["count"] + 1, "lastTimestamp": event["lastTimestamp"],
                "message": message,
            }  # fmt: skip
        else:
            event = event | {"message": message}
        self._known.keep(key, event)
        return (event, known is not None) if self._allowed((*whom, event["type"])) else None

    def _combined(self, whom: Key, path: str, event: Object) -> tuple[Key, str]:
        """What the event is counted by, and its message."""
        message: str = event["message"]
        alike = (*whom, event["type"], event["reason"])
        own = (*alike, path, message)
        now = self._clock.monotonic()
        similar = self._similar.get(alike)
        if similar is None or now - similar.last > SIMILAR_WINDOW:
            similar = _Similar()
        similar.messages.add(message)
        similar.last = now
        self._similar.keep(alike, similar)
        if len(similar.messages) < SIMILAR_LIMIT:
            return own, message
        similar.messages.pop()
        return alike, f"(combined from similar events): {message}"

    def _allowed(self, key: Key) -> bool:
        now = self._clock.monotonic()
        bucket = self._buckets.get(key) or _Bucket(last=now)
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.last) / REFILL)
        bucket.last = now
        self._buckets.keep(key, bucket)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
