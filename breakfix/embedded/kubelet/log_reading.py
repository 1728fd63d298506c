"""A log as somebody has asked for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime

from breakfix.embedded.kubelet.logs import Entry, Log
from breakfix.embedded.nodes.access import LogOptions

BLOCK = 64 * 1024  # bytes that are given at once


def _stamp(at: datetime) -> bytes:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z ").encode()


def _text(entry: Entry, options: LogOptions) -> bytes:
    stamp = _stamp(entry.at) if options.timestamps else b""
    return stamp + entry.data + (b"\n" if entry.whole else b"")


def _wanted(entries: Sequence[Entry], options: LogOptions) -> Iterator[Entry]:
    for entry in entries:
        if options.since is not None and entry.at < options.since:
            continue
        if options.stream in ("All", entry.stream.capitalize()):
            yield entry


def _tail(entries: list[Entry], lines: int | None) -> list[Entry]:
    """The last so many whole lines, with all their parts."""
    if lines is None:
        return entries
    if lines == 0:
        return []
    found = 0
    for at in range(len(entries) - 1, -1, -1):
        if at == len(entries) - 1 or entries[at].whole:
            found += 1
            if found > lines:
                return entries[at + 1 :]
    return entries


async def read(log: Log, options: LogOptions) -> AsyncIterator[bytes]:
    """Blocks of whole entries; with follow until the container has ended."""
    left = options.limit_bytes
    entries = log.after(0)
    last = entries[-1].number if entries else 0
    found = _tail(list(_wanted(entries, options)), options.tail_lines)
    while True:
        for block in _blocks(found, options):
            yield block if left is None else block[:left]
            if left is not None:
                left -= len(block)
                if left <= 0:
                    return
        if not options.follow or (log.closed and not log.after(last)):
            return
        if not log.after(last):
            await log.more()
        entries = log.after(last)
        last = entries[-1].number if entries else last
        found = list(_wanted(entries, options))


def _blocks(entries: Sequence[Entry], options: LogOptions) -> Iterator[bytes]:
    block = bytearray()
    for entry in entries:
        block += _text(entry, options)
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
