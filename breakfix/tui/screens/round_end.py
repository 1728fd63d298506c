"""The clock and the end, from the round screen: pause, give up, leave."""

from __future__ import annotations

from textual import work

from breakfix.scenario.quantities import clock_text
from breakfix.tui.screens.ask import AskScreen
from breakfix.tui.screens.pause import PauseScreen
from breakfix.tui.screens.questions import (
    END,
    GIVE_UP,
    GIVE_UP_ANSWERS,
    GIVE_UP_TEXT,
    LEAVE_ANSWERS,
    LEAVE_TEXT,
    OPEN,
)
from breakfix.tui.screens.round_base import After, RoundBase


class Ending(RoundBase):
    """Stops the clock for a while, or for good."""

    @work(name="round-pause")
    async def action_pause(self) -> None:
        """Stop the clock until the learner goes on."""
        paused = self._playable.view().state.value == "paused"
        if not paused and not (self.is_active and self._did(self._playable.pause)):
            return
        view = self._playable.view()
        self._show(view)
        await self.app.push_screen_wait(PauseScreen(clock_text(view.elapsed)))
        if self._did(self._playable.resume):
            self._show(self._playable.view())

    @work(name="round-give-up")
    async def action_give_up(self) -> None:
        """End the round unsolved, after a question."""
        asked = AskScreen("Give up?", GIVE_UP_TEXT, GIVE_UP_ANSWERS)
        if await self.ask(asked) != GIVE_UP:
            return
        if self._did(self._playable.give_up):
            self._finish(self._playable.view())

    @work(name="round-leave")
    async def action_leave(self) -> None:
        """Leave the round open, or end it and restore the cluster."""
        answer = await self.ask(AskScreen("Quit breakfix?", LEAVE_TEXT, LEAVE_ANSWERS))
        if answer in (OPEN, END):
            self._over = True
            self._close(After.LEFT_OPEN if answer == OPEN else After.END)
