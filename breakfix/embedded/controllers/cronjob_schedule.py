"""When a CronJob is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from breakfix.embedded.objects import Object, parse_time

MANY = 100
_NAMED = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}  # fmt: skip
_UNITS = {"h": 3600, "m": 60, "s": 1}


def zone_of(cron: Object) -> tzinfo:
    """Its time zone. Raises KeyError or ValueError for one that is not known."""
    name = cron["spec"].get("timeZone")
    return ZoneInfo(name) if name else UTC


class Schedule:
    """A crontab line in a time zone, or `@every 1h30m`. Raises ValueError if it is neither."""

    def __init__(self, text: str, zone: tzinfo) -> None:
        self._zone = zone
        self._every = _duration(text.removeprefix("@every ")) if "@every" in text else 0
        self._line = _NAMED.get(text, text).replace("?", "*")
        if not self._every:
            self.next(datetime.now(UTC))  # an unknown schedule shows at once

    def next(self, after: datetime) -> datetime:
        """The first moment after this one, in UTC."""
        if self._every:
            return after.replace(microsecond=0) + timedelta(seconds=self._every)
        from cronsim import CronSim, CronSimError

        try:
            found: datetime = next(CronSim(self._line, after.astimezone(self._zone)))
        except (CronSimError, StopIteration) as error:
            raise ValueError(str(error)) from error
        return found.astimezone(UTC)

    def last_due(self, since: datetime, now: datetime) -> tuple[datetime | None, int]:
        """(the latest moment after `since` and not after now, about how many there were)."""
        first = self.next(since)
        if now < first:
            return None, 0
        second = self.next(first)
        if now < second:
            return first, 1
        gap = second - first
        count = int((now - first) / gap) + 1
        at, due = first + gap * max(0, count - 3), first
        while at <= now:
            due, at = at if at == first else due, self.next(at)
            due = at if at <= now else due
        return due, count


def _duration(text: str) -> int:
    seconds, number = 0, ""
    for char in text.strip():
        if char.isdigit():
            number += char
        elif char in _UNITS and number:
            seconds, number = seconds + int(number) * _UNITS[char], ""
        else:
            raise ValueError(f"failed to parse duration @every {text}")
    return max(1, seconds)


def earliest(cron: Object, now: datetime) -> datetime:
    """From when on missed runs count."""
    status = cron.get("status") or {}
    since = parse_time(status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"])
    deadline = cron["spec"].get("startingDeadlineSeconds")
    return since if deadline is None else max(since, now - timedelta(seconds=deadline))
