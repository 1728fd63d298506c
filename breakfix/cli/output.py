"""What commands print: results on stdout (text or JSON), progress on stderr."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click

F = Callable[..., Any]
SHOW_AFTER = 1.0
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def emit(data: Any, as_json: bool, text: Callable[[], str]) -> None:
    """Print the data as JSON, or the text that is made of it."""
    click.echo(json.dumps(data, indent=2, default=_plain) if as_json else text())


def _plain(value: object) -> str:
    """Times in RFC 3339, anything else as it is printed."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as kubectl prints them: capitals, two spaces, no lines."""
    cells = [[h.upper() for h in head], *([str(c) for c in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ("   ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


@contextmanager
def progress(text: str) -> Iterator[None]:
    """A step on stderr: its name, the seconds while it runs, and how it ended."""
    began = time.monotonic()
    live = sys.stderr.isatty()
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(text, began, done), name="progress", daemon=True)
    if live:
        ticker.start()
    mark = "x"
    try:
        yield
        mark = "ok"
    finally:
        done.set()
        if live:
            ticker.join()
        seconds = time.monotonic() - began
        end = "\r\x1b[K" if live else ""
        click.echo(f"{end}{mark:>3} {text} ({seconds:.1f} s)", err=True)


def _tick(text: str, began: float, done: threading.Event) -> None:
    while not done.wait(0.1):
        seconds = time.monotonic() - began
        shown = f" {seconds:.0f} s" if seconds >= SHOW_AFTER else ""
        click.echo(f"\r\x1b[K... {text}{shown}", err=True, nl=False)


def dots(difficulty: int) -> str:
    """Difficulty 1 to 5 in a shape that needs no colour."""
    return "●" * difficulty + "○" * (5 - difficulty)
