"""The audit log: who asked the API server for what.

Lines of audit.k8s.io/v1 JSON, read by parts: at first back to the time asked for, then
only what was added. Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
"""

from __future__ import annotations

import json
from bisect import bisect_left
from datetime import UTC, datetime
from typing import Any

from breakfix.clusters.base import AuditEvent
from breakfix.clusters.node_log import LogPart, ReadPart

FIRST_PART = 1 << 20  # bytes from the end that the first reading asks for
GROWTH = 8
_STAGES = ("ResponseStarted", "ResponseComplete")  # the first is when a watch or exec begins
_EPOCH = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


class AuditLog:
    """The events of one log. Remembers what it has read, so asking again is cheap."""

    def __init__(self, read: ReadPart) -> None:
        self._read = read
        self._events: list[AuditEvent] = []
        self._seen: set[str] = set()
        self._reaches = _END
        self._offset = 0

    async def since(self, since: datetime) -> list[AuditEvent] | None:
        """Events at or after that time, oldest first; None where there is no log."""
        there = await (self._go_on() if self._reaches <= since else self._go_back(since))
        if not there:
            return None
        first = bisect_left(self._events, since, key=lambda event: event.at)
        return self._events[first:]

    async def _go_on(self) -> bool:
        """Read what was added. After a rotation the file is shorter: read it from its start."""
        part = await self._read(f"bytes={self._offset}-")
        if part is not None and part.size < self._offset:
            part, self._offset = await self._read("bytes=0-"), 0
        if part is None:
            return False
        self._take(part)
        return True

    async def _go_back(self, since: datetime) -> bool:
        """Read from the end backwards, in growing parts, until one begins before `since`."""
        wanted = FIRST_PART
        while True:
            part = await self._read(f"bytes=-{wanted}")
            if part is None:
                return False
            self._events, self._seen = [], set()
            self._take(part)
            self._reaches = self._reached(part)
            if self._reaches <= since:
                return True
            wanted *= GROWTH

    def _reached(self, part: LogPart) -> datetime:
        if part.start == 0:
            return _EPOCH
        return self._events[0].at if self._events else _END

    def _take(self, part: LogPart) -> None:
        """Add the events of all whole lines; a line still being written is read next time."""
        whole = part.data.rfind(b"\n") + 1
        self._offset = part.start + whole
        for line in part.data[:whole].splitlines():
            found = _loaded(line)
            event = event_of(found)
            if event is not None and found["auditID"] not in self._seen:
                self._seen.add(found["auditID"])
                self._events.append(event)
        self._events.sort(key=lambda event: event.at)


def parse_line(line: bytes | str) -> AuditEvent | None:
    """One line as an event; None for a damaged line, or a stage that says nothing new."""
    return event_of(_loaded(line))


def is_learners(event: AuditEvent) -> bool:
    """True for what a person did: not breakfix itself, no component, no pod."""
    return not event.agent.startswith("breakfix/") and not event.user.startswith("system:")


def _loaded(line: bytes | str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def event_of(found: dict[str, Any]) -> AuditEvent | None:
    """An audit.k8s.io/v1 Event; None for a damaged one, or a stage that says nothing new."""
    try:
        if found["stage"] not in _STAGES or not isinstance(found["auditID"], str):
            return None
        target = found.get("objectRef") or {}
        return AuditEvent(
            at=_time(found["requestReceivedTimestamp"]),
            user=found["user"]["username"],
            agent=found.get("userAgent") or "",
            verb=found["verb"],
            resource=target.get("resource") or "",
            namespace=target.get("namespace") or "",
            name=target.get("name") or "",
            subresource=target.get("subresource") or "",
            group=target.get("apiGroup") or "",
            code=(found.get("responseStatus") or {}).get("code") or 0,
            uri=found["requestURI"],
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _time(text: str) -> datetime:
    """A MicroTime, always in UTC: `2026-01-01T12:00:00.123456Z`."""
    return datetime.fromisoformat(text).astimezone(UTC)
