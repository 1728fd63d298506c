"""Times as people read them in a table: "5d3h", "2m10s", "<unknown>"."""

from __future__ import annotations

from datetime import datetime

from breakfix.embedded.objects import parse_time

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400


def human(seconds: float) -> str:
    """A duration in seconds, with two or three significant figures."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    whole = max(whole, 0)
    if whole < 3 * HOUR:
        return _minutes(whole)
    if whole < 8 * DAY:
        return _hours(whole)
    if whole < 2 * YEAR:
        return f"{whole // DAY}d"
    return _pair(whole, YEAR, "y", DAY, "d") if whole < 8 * YEAR else f"{whole // YEAR}y"


def _minutes(whole: int) -> str:
    if whole < 2 * MINUTE:
        return f"{whole}s"
    return _pair(whole, MINUTE, "m", 1, "s") if whole < 10 * MINUTE else f"{whole // MINUTE}m"


def _hours(whole: int) -> str:
    if whole < 8 * HOUR:
        return _pair(whole, HOUR, "h", MINUTE, "m")
    return _pair(whole, DAY, "d", HOUR, "h") if whole >= 2 * DAY else f"{whole // HOUR}h"


def _pair(whole: int, large: int, unit: str, small: int, sub: str) -> str:
    rest = whole % large // small
    return f"{whole // large}{unit}{rest}{sub}" if rest else f"{whole // large}{unit}"


def since(text: str | None, now: datetime) -> str:
    """How long ago a metav1.Time or MicroTime is."""
    return human((now - parse_time(text)).total_seconds()) if text else "<unknown>"


def age(item: dict[str, dict[str, str]], now: datetime) -> str:
    """How long an object exists."""
    return since(item["metadata"].get("creationTimestamp"), now)
