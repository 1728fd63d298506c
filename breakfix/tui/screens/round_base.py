"""What every part of the round screen stands on: the game, the board, and how a refusal
of the game is shown. Each part is a module `round_*.py` of its own; round.py puts them together.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from textual.reactive import Reactive
from textual.widget import Widget

from breakfix.errors import BreakfixError
from breakfix.tui.layer import Layer, to_front
from breakfix.tui.widgets.board import RoundBoard
from breakfix.tui.widgets.round_header import RoundHeader

if TYPE_CHECKING:
    from breakfix.game.model import Playable, RoundView


class After(Enum):
    """What comes after the round screen."""

    DEBRIEF = "debrief"
    LEFT_OPEN = "left open"
    END = "end"


class RoundBase(Layer[After]):
    """The round in the game, the board on the screen, and the way out."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in any screen, but that the screen is not painted anew when the focus moves."""

    def __init__(self, playable: Playable) -> None:
        super().__init__(classes="round")
        self._playable = playable
        self._over = False

    @property
    def _board(self) -> RoundBoard:
        return self.query_one(RoundBoard)

    def _show(self, view: RoundView) -> None:
        self.query_one(RoundHeader).view = view
        self._board.show_view(view)

    def _paste(self, command: str) -> None:
        self._board.go_to("shell")
        self._board.paste_command(command.strip())

    def _run(self, command: str) -> None:
        self._board.go_to("shell")
        self._board.run_command(command.strip())

    def _finish(self, view: RoundView) -> None:
        """The outcome stands: on to the debrief, whatever is open on top."""
        if self._over:
            return
        self._over = True
        if view.state.value == "timed out":
            self.app.notify("Time is up.", severity="warning")
        self._close(After.DEBRIEF)

    def _close(self, after: After) -> None:
        to_front(self)
        self.dismiss(after)

    def _looked_at_events(self) -> None:
        """The learner has brought the Events pane up."""

    def _refused(self) -> bool:
        """True, and said so, where the cluster would have to answer and does not."""
        return False

    def _give_up(self) -> bool:
        """Let go of what waits for the cluster; True where there was something."""
        return False

    def _did(self, call: Callable[[], object]) -> bool:
        """Call the game; a refusal is shown."""
        try:
            call()
        except BreakfixError as error:
            self._say(error)
            return False
        return True

    def _say(self, error: BreakfixError) -> None:
        text = f"{error.message}\n{error.hint}".strip()
        self.notify(text, title="That did not work", severity="error", timeout=10)
