"""The diagnosis, from the round screen: asked for once, its result said and told again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from breakfix.errors import BreakfixError, ClusterError
from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.screens.diagnose import DiagnoseScreen, result_of
from breakfix.tui.screens.round_base import RoundBase

if TYPE_CHECKING:
    from breakfix.game.model import DiagnosisView

LONGEST = 20.0  # seconds for the look at the whole cluster
TOO_LONG = ClusterError(
    f"The cluster did not answer in {LONGEST:.0f} s. The diagnosis was not taken down.",
    "Give it again when the cluster answers.",
)
READ = (Answer("read", "enter", "Back to the round"),)


class Diagnosing(RoundBase):
    """Lets component and fault be chosen, and says what came of it."""

    @work(name="round-diagnose")
    async def action_diagnose(self) -> None:
        """Name component and fault; what was named already is told again."""
        view = self._playable.view()
        if view.diagnosis is not None:
            await self.ask(_told(view.diagnosis))
            return
        answer = await self.ask(DiagnoseScreen(view))
        found = await self._answered(*answer) if answer else None
        if found is not None:
            await self.app.push_screen_wait(_told(found))

    async def _answered(self, component: str, fault: str) -> DiagnosisView | None:
        """What the game says to it, which takes a look at the whole cluster."""
        if self._refused():
            return None
        self.notify("Looking whether anything was changed…", timeout=1.5)
        try:
            async with asyncio.timeout(LONGEST):
                found = await self._playable.diagnose(component, fault)
        except TimeoutError:
            self._say(TOO_LONG)
            return None
        except BreakfixError as error:
            self._say(error)
            return None
        self._show(self._playable.view())
        return found


def _told(found: DiagnosisView) -> AskScreen:
    return AskScreen("Diagnosis", result_of(found), READ)
