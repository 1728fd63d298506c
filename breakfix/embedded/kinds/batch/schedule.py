"""The form of a cron schedule, in the words of the parser that Kubernetes uses."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from breakfix.embedded.fields import FieldError, invalid, required

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: at + 1 for at, name in enumerate(_MONTHS)}),
    (0, 6, {name: at for at, name in enumerate(_DAYS)}),
)
_DESCRIPTORS = (
    "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
)  # fmt: skip
_ZONE_PART = re.compile(r"[A-Za-z._0-9+-]{1,14}")
_NO_ZONE = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
_BOTH_ZONES = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
_DURATION = re.compile(r"(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+")
_LEAST_FIELDS = 5


def problem(schedule: str) -> str:
    """Why this is no schedule; nothing where it is one."""
    try:
        _parse(schedule)
    except ValueError as error:
        return str(error)
    return ""


def _parse(schedule: str) -> None:
    if not schedule:
        raise ValueError("empty spec string")
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        zone, _, schedule = schedule.partition(" ")
        zone = zone.partition("=")[2]
        if not _known_zone(zone):
            raise ValueError(f"provided bad location {zone}: unknown time zone {zone}")
        schedule = schedule.strip()
    if schedule.startswith("@"):
        _parse_descriptor(schedule)
        return
    fields = schedule.split()
    if len(fields) != _LEAST_FIELDS:
        shown = "[" + " ".join(fields) + "]"
        raise ValueError(f"expected exactly 5 fields, found {len(fields)}: {shown}")
    for text, (low, high, words) in zip(fields, _FIELDS, strict=True):
        for part in filter(None, text.split(",")):
            _parse_range(part, low, high, words)


def _parse_descriptor(text: str) -> None:
    if text in _DESCRIPTORS:
        return
    if not text.startswith("@every "):
        raise ValueError(f"unrecognized descriptor: {text}")
    duration = text.removeprefix("@every ")
    if not _DURATION.fullmatch(duration):
        raise ValueError(f'failed to parse duration {text}: time: invalid duration "{duration}"')


def _parse_range(text: str, low: int, high: int, words: dict[str, int]) -> None:
    """One of `*`, `3`, `1-5`, each perhaps with a `/step`."""
    span, *steps = text.split("/")
    first, *rest = span.split("-")
    if first in ("*", "?"):
        start, end = low, high
    else:
        start = _number(first, words)
        if len(rest) > 1:
            raise ValueError(f"too many hyphens: {text}")
        end = _number(rest[0], words) if rest else start
    if len(steps) > 1:
        raise ValueError(f"too many slashes: {text}")
    step = _integer(steps[0]) if steps else 1
    if steps and not rest:
        end = high
    _check(text, start, end, step, low, high)


def _check(text: str, start: int, end: int, step: int, low: int, high: int) -> None:
    if start < low:
        raise ValueError(f"beginning of range ({start}) below minimum ({low}): {text}")
    if end > high:
        raise ValueError(f"end of range ({end}) above maximum ({high}): {text}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {text}")


def _number(text: str, words: dict[str, int]) -> int:
    named = words.get(text.lower())
    return _integer(text) if named is None else named


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise ValueError(
            f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax'
        )
    number = int(text)
    if number < 0:
        raise ValueError(f"negative number ({number}) not allowed: {text}")
    return number


def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def validate_schedule(
    field: str, schedule: str, zone: str | None, old: str | None
) -> list[FieldError]:
    """What is wrong with spec.schedule; `old` is the one before an update."""
    if not schedule:
        return [required(field)]
    why = problem(schedule)
    found = [invalid(field, schedule, why)] if why else []
    if "TZ" not in schedule:
        return found
    if old is None or "TZ" not in old:
        found.append(invalid(field, schedule, _NO_ZONE))
    elif zone is not None:
        found.append(invalid(field, schedule, _BOTH_ZONES))
    return found


def validate_zone(field: str, zone: str | None) -> list[FieldError]:
    """What is wrong with spec.timeZone."""
    if zone is None:
        return []
    if not zone:
        return [invalid(field, zone, "timeZone must be nil or non-empty string")]
    unknown = invalid(field, zone, f"unknown time zone {zone}")
    if any(_odd(part) for part in zone.split("/")):
        return [unknown]
    found = []
    if zone.lower() == "local":
        why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        found.append(invalid(field, zone, why))
    if zone != "Local" and not _known_zone(zone):
        found.append(unknown)
    return found


def _odd(part: str) -> bool:
    return part in (".", "..") or part.startswith("-") or not _ZONE_PART.fullmatch(part)
