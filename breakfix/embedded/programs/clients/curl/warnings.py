"""curl's warnings, broken into lines."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.options import Options

_WIDTH = 70  # columns after "Warning: ", the line's end among them


async def warn(process: Process, options: Options, words: str) -> None:
    """Say it, unless -s is given; a line ends with the blank it is broken at."""
    if "s" in options:
        return
    text = ""
    while len(words) >= _WIDTH:
        cut = words.rfind(" ", 0, _WIDTH)
        cut = _WIDTH if cut <= 0 else cut + 1
        text += f"Warning: {words[:cut]}\n"
        words = words[cut:]
    await process.err(f"{text}Warning: {words}\n")
