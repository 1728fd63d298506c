"""Verify, from the round screen: one at a time, shown on its own screen or hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from breakfix.errors import BreakfixError
from breakfix.game.worth import no_costs
from breakfix.tui.layer import to_front
from breakfix.tui.screens.round_base import RoundBase
from breakfix.tui.screens.verify import AGAIN, CHECKS, VerifyScreen

if TYPE_CHECKING:
    from textual.worker import Worker

    from breakfix.game.model import Playable, VerifyUpdate


class Verifying(RoundBase):
    """Asks the game whether it is solved and shows what it tells on the way."""

    def __init__(self, playable: Playable) -> None:
        super().__init__(playable)
        self._verifying = False
        self._verify_screen: VerifyScreen | None = None
        self._last: VerifyUpdate | None = None
        self._asking: Worker[None] | None = None

    def action_verify(self) -> None:
        """Ask whether it is solved; a verify under way is shown again."""
        if self._verify_screen is not None or not self.is_active or self._refused():
            return
        if not self._verifying:
            self._verifying, self._last = True, None
            self._asking = self._verify()
        costs = no_costs(self._playable.view())
        self._verify_screen = VerifyScreen(self._last, costs)
        self.cover(self._verify_screen, self._verify_closed)

    @work(name="round-verify", exit_on_error=False)
    async def _verify(self) -> None:
        try:
            update = await self._playable.verify(self._told)
        except BreakfixError as error:
            self._say(error)
            self._put_away()
        else:
            self._verifying = False
            self._told(update)
            self._verify_done(update)
        finally:
            self._verifying = False

    def _give_up(self) -> bool:
        waiting = self._verifying and self._asking is not None
        if waiting and self._asking is not None:
            self._asking.cancel()
            self._put_away()
        return waiting

    def _put_away(self) -> None:
        """The screen of a verify that ended by itself, whatever lies on it."""
        if self._verify_screen is not None:
            to_front(self._verify_screen)
            self._verify_screen.dismiss()

    def _told(self, update: VerifyUpdate) -> None:
        self._last = update
        self._board.show_verify(update)
        if self._verify_screen is not None:
            self._verify_screen.show(update)

    def _verify_done(self, update: VerifyUpdate) -> None:
        """Seen on its own screen it stays there to be read; hidden, it is told."""
        view = self._playable.view()
        self._show(view)
        if self._verify_screen is not None:
            self._verify_screen.settle(view)
        elif update.passed:
            self._finish(view)
        else:
            self.notify("Not solved; Checks has what was seen.", severity="warning")

    def _verify_closed(self, wanted: str | None) -> None:
        """A running verify goes on; after one that ended the round comes the debrief."""
        self._verify_screen = None
        view = self._playable.view()
        if not self._verifying and view.state.is_over:
            self._finish(view)
        elif wanted == AGAIN:
            self.action_verify()
        elif wanted == CHECKS:
            self._board.go_to(CHECKS)
        elif wanted:
            self.call_later(self.run_action, wanted)
