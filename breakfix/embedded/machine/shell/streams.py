"""Standard streams of a command that a shell runs: the library's, as processes know them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from breakfix.embedded.machine.types import Input

if TYPE_CHECKING:
    from breakfix.embedded.machine.shell.turns import Turns


class CommandInput:
    """The library's reader as an Input; `other` is read where that one has nothing at all.
    `told` turns the words of errors that come from the library."""

    def __init__(self, turns: Turns, stdin: Any, other: Input | None,
                 told: Callable[[bytes], bytes]) -> None:  # fmt: skip
        self._turns, self._stdin, self._other, self._told = turns, stdin, other, told
        self._rest, self._ended = b"", False

    @property
    def cooked(self) -> bool:
        """Do a shell's lines follow that a terminal has edited?"""
        return bool(getattr(self._other, "cooked", False))

    async def read(self, limit: int = 65536) -> bytes:
        if not self._rest and not self._ended:
            self._rest = await self._next()
            self._ended = not self._rest
            if self._rest:
                self._other = None
        if not self._rest and self._other is not None:
            return await self._other.read(limit)
        chunk, self._rest = self._rest[:limit], self._rest[limit:]
        return chunk

    async def _next(self) -> bytes:
        with self._turns.crossing():
            return self._told(bytes(await self._stdin.read_chunk() or b""))


class CommandOutput:
    """The library's writer as an Output; the shell works until it has taken the bytes."""

    def __init__(self, turns: Turns, below: Any, errors: bool = False) -> None:
        self._turns, self._below, self._errors = turns, below, errors

    @property
    def settles(self) -> bool:
        """Does it go where errors go too? A shell below keeps the order then."""
        return self._turns.settles

    async def write(self, data: bytes) -> None:
        await self._turns.turn_to(self._errors)
        with self._turns.crossing():
            await self._below.write(data)
