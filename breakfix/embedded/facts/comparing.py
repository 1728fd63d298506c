"""Where what is stored and what a server says differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from breakfix.embedded.facts.recording import stored

_MISSING = object()
_SHOWN = 80


def differences(folder: Path, found: dict[str, Any]) -> list[str]:
    """A line for each place: file, path, stored and found."""
    lines = []
    for name, part in found.items():
        lines += [f"{name}: {line}" for line in _compare("", stored(folder, name), part)]
    return lines


def _compare(path: str, ours: Any, found: Any) -> Iterator[str]:
    if ours == found:
        return
    if isinstance(ours, dict) and isinstance(found, dict):
        for key in sorted(ours.keys() | found.keys()):
            yield from _compare(f"{path}/{key}", ours.get(key, _MISSING), found.get(key, _MISSING))
    elif isinstance(ours, list) and isinstance(found, list) and len(ours) == len(found):
        for at, (one, other) in enumerate(zip(ours, found, strict=True)):
            yield from _compare(f"{path}/{at}", one, other)
    else:
        yield f"{path}: stored {_shown(ours)}, server {_shown(found)}"


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "nothing"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
