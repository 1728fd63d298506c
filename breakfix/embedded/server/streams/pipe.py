"""Bytes from one task to another, bounded."""

from __future__ import annotations

import asyncio

ROOM = 256 * 1024  # bytes that wait at most (and the last chunk)


class Pipe:
    """Who feeds it waits while it is full; who reads it waits while it is empty."""

    def __init__(self, room: int = ROOM) -> None:
        self._data = bytearray()
        self._room = room
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, data: bytes) -> None:
        """Add without waiting; see `has_room`."""
        if not self._ended:
            self._data += data
            self._changed.set()

    async def feed(self, data: bytes) -> None:
        """Add; returns when there is room for more."""
        self.put(data)
        await self.has_room()

    async def has_room(self) -> None:
        """Wait for it. Somebody who has ended takes everything, and loses it."""
        while len(self._data) > self._room and not self._ended:
            self._changed.clear()
            await self._changed.wait()

    def end(self) -> None:
        """Nothing follows; what is in it can still be read."""
        self._ended = True
        self._changed.set()

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end."""
        while not self._data and not self._ended:
            self._changed.clear()
            await self._changed.wait()
        found = bytes(self._data[:limit])
        del self._data[:limit]
        self._changed.set()
        return found
