"""Screens that lie on each other.

Textual takes the uppermost screen away, whichever is dismissed, and gives a key to what has the
focus when it is read: keys typed in a hurry come to a screen on which another lies by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

T = TypeVar("T")
R = TypeVar("R")
_OF_BEING_THERE = (events.Mount, events.ScreenResume, events.Resize, events.Show)


class Layer(Screen[T], Generic[T]):
    """A screen that is dismissed, and has others put on it, only while it is the uppermost."""

    async def on_event(self, event: events.Event) -> None:
        """What is taken away before it has come up has not all on it that belongs there: it is
        not told that it is there."""
        if not isinstance(event, _OF_BEING_THERE) or self._stays():
            await super().on_event(event)

    def _stays(self) -> bool:
        """Neither it nor the whole app is on the way out."""
        return self.is_attached and self in self.app.screen_stack

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Go, with a result, as soon as it has come up; under another screen, stay."""
        if self.is_active and self.is_mounted:
            return super().dismiss(result)
        if self.is_active:
            self.call_later(self._dismiss_now, result)
        return AwaitComplete()

    def _dismiss_now(self, result: T | None) -> None:
        self.dismiss(result)

    def cover(self, screen: Screen[R], done: Callable[[R | None], None] | None = None) -> None:
        """Put a screen on this one, unless another lies there already."""
        if self.is_active:
            self.app.push_screen(screen, done)

    async def ask(self, screen: Screen[R]) -> R | None:
        """What a screen put on this one is dismissed with; None where another lies there
        already. Only in a worker."""
        if not self.is_active:
            return None
        return await asyncio.shield(self.app.push_screen(screen, wait_for_dismiss=True))


class Dialog(ModalScreen[T], Layer[T], Generic[T]):
    """A layer through which the one below is seen. (Styles come from the first base.)"""


def to_front(screen: Screen[Any]) -> None:
    """Close what lies on a screen: before a dismiss that no key asked for."""
    while screen in screen.app.screen_stack and screen.app.screen is not screen:
        screen.app.pop_screen()
