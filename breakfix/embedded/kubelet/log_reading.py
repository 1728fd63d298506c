"""A log as somebody has asked for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime

from breakfix.embedded.kubelet.logs import Block, Log
from breakfix.embedded.nodes.access import LogOptions

GIVEN = 64 * 1024  # bytes that are given at once


def _stamp(at: datetime) -> bytes:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z ").encode()


def _wanted(blocks: Sequence[Block], options: LogOptions) -> list[Block]:
    return [
        block
        for block in blocks
        if (options.since is None or block.at >= options.since)
        and options.stream in ("All", block.stream.capitalize())
    ]


def _tail(blocks: list[Block], lines: int | None) -> list[Block]:
    """The last so many whole lines, with all their parts."""
    if lines is None or not blocks:
        return blocks
    left = lines - (not blocks[-1].whole)
    if left < 0:
        return []
    found: list[Block] = []
    for block in reversed(blocks):
        count = block.data.count(b"\n") if block.whole else 0
        if block.whole and left <= 0:
            break
        if count > left:
            found.append(block.last(left))
            break
        found.append(block)
        left -= count
    return found[::-1]


async def read(log: Log, options: LogOptions) -> AsyncIterator[bytes]:
    """In pieces; with follow until the container has ended."""
    left = options.limit_bytes
    blocks = log.after(0)
    last = blocks[-1].number if blocks else 0
    found = _tail(_wanted(blocks, options), options.tail_lines)
    while True:
        for piece in _pieces(found, options):
            yield piece if left is None else piece[:left]
            if left is not None:
                left -= len(piece)
                if left <= 0:
                    return
        if not options.follow or (log.closed and not log.after(last)):
            return
        if not log.after(last):
            await log.more()
        blocks = log.after(last)
        last = blocks[-1].number if blocks else last
        found = _wanted(blocks, options)


def _pieces(blocks: Sequence[Block], options: LogOptions) -> Iterator[bytes]:
    piece = bytearray()
    for block in blocks:
        piece += block.text(_stamp(block.at) if options.timestamps else b"")
        if len(piece) >= GIVEN:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
