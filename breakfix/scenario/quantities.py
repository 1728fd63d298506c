"""Durations as Kubernetes writes them: `500ms`, `90s`, `6m`, `1h30m`."""

from __future__ import annotations

import re

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str | float) -> float:
    """The duration in seconds; a bare number is seconds. Raises ValueError."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    if not isinstance(text, str) or not re.fullmatch(rf"(?:{_PART.pattern})+", text):
        raise ValueError(f"{text!r} is not a duration such as 500ms, 90s, 6m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def clock_text(duration: float) -> str:
    """Seconds as a clock shows them: `04:12`, `1:02:03`; negative with a minus."""
    sign, whole = ("-", -int(duration)) if duration < 0 else ("", int(duration))
    minutes, secs = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02}:{secs:02}" if hours else f"{sign}{minutes:02}:{secs:02}"


def past_par(elapsed: float, par: float) -> int:
    """Seconds over par, negative under it, so that they add up with two clocks that are shown:
    each in whole seconds."""
    return int(elapsed) - int(par)
