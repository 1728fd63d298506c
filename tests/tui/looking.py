"""Looking at an app under test: press keys, and wait until what they cause stands there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.app import App
from textual.pilot import Pilot

from tests.tui.frames import frame

TRIES, PAUSE = 400, 0.02
A = TypeVar("A", bound=App[int])


@dataclass
class Looking(Generic[A]):
    """An app and its pilot."""

    app: A
    pilot: Pilot[int]

    @property
    def frame(self) -> str:
        """What stands on the screen."""
        return frame(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys, and let what they cause happen."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, so: Callable[[], object]) -> None:
        """Wait until it is so; fail with the screen when it never is."""
        for _ in range(TRIES):
            if so():
                return
            await self.pilot.pause(PAUSE)
        raise AssertionError(f"never came to be; the screen is\n{self.frame}")

    async def see(self, text: str) -> None:
        """Wait until this text stands on the screen."""
        await self.until(lambda: text in self.frame)
