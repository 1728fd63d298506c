"""The round: page, shell, map, events, checks, notes, and everything the game offers.

Each part is in a module of its own (`round_verify.py`, `round_hints.py` and so on); here
they are put together and kept up to date.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding

from breakfix.errors import BreakfixError
from breakfix.game.service_level import service_level
from breakfix.tui.collector import settle
from breakfix.tui.keys import LEAVE_SHELL, round_bindings
from breakfix.tui.pane_keys import round_pane_bindings
from breakfix.tui.screens.round_base import After
from breakfix.tui.screens.round_diagnosis import Diagnosing
from breakfix.tui.screens.round_end import Ending
from breakfix.tui.screens.round_evidence import EVIDENCE_BINDINGS, Looking
from breakfix.tui.screens.round_hints import Hinting
from breakfix.tui.screens.round_link import Linked
from breakfix.tui.screens.round_panes import Panes
from breakfix.tui.screens.round_verify import Verifying
from breakfix.tui.widgets.banner import Banner
from breakfix.tui.widgets.board import RoundBoard
from breakfix.tui.widgets.key_line import KeyLine
from breakfix.tui.widgets.round_header import RoundHeader

if TYPE_CHECKING:
    from breakfix.clusters.customers import Customers
    from breakfix.clusters.live_picture import Picture
    from breakfix.game.model import Playable, RoundView

__all__ = ["After", "RoundScreen", "Watcher"]

REFRESH_SECONDS = 1.0
CLOCK_SECONDS = 0.5


class Watcher(Protocol):
    """Something that keeps a picture of the cluster, and of how its customers fare."""

    @property
    def customers(self) -> Customers:
        """What the customers have met so far."""

    async def run(self, changed: Callable[[Picture], None]) -> None:
        """Watch until cancelled; every new picture is told."""


class RoundScreen(Linked, Verifying, Hinting, Diagnosing, Ending, Looking, Panes):
    """One round in play. The round lives in the game; this shows it and passes on keys."""

    HELP_TITLE = "Round"
    HELP = (
        "An incident is open and the clock runs. Look around in the shell, the map and the "
        "events, say what is broken, repair it, and ask for a verify. Letters belong to the "
        "shell while it listens; the function keys work everywhere."
    )
    BINDINGS = [
        *round_bindings(),
        *round_pane_bindings(),
        *EVIDENCE_BINDINGS,
        Binding(LEAVE_SHELL, "switch", "leave shell", priority=True, id="round.switch",
                tooltip="Into the shell and out of it: letters are the shell's, or the game's"),
        Binding("ctrl+q", "leave", "quit", priority=True, show=False, id="round.leave",
                tooltip="Leave breakfix: the round stays open, or is ended"),
        Binding("tab", "on(1)", "next pane", show=False, id="round.next",
                tooltip="The next pane; on a small screen the next tab"),
        Binding("shift+tab", "on(-1)", "pane before", show=False, id="round.before",
                tooltip="The pane before; on a small screen the tab before"),
        Binding("right", "turn(1)", "next tab", show=False, id="round.turn",
                tooltip="The next tab of a small screen"),
        Binding("left", "turn(-1)", "tab before", show=False, id="round.turn-back",
                tooltip="The tab before, of a small screen"),
        Binding("escape", "game", "game keys", show=False, id="round.game",
                tooltip="Out of a zoomed pane and out of the shell"),
    ]  # fmt: skip

    def __init__(
        self, playable: Playable, watcher: Watcher, command: list[str],
        env: Mapping[str, str], notes: Path,
    ) -> None:  # fmt: skip
        super().__init__(playable)
        self._settled = False
        self._watcher = watcher
        self._shell_command, self._env, self._notes = command, env, notes

    def compose(self) -> ComposeResult:
        yield RoundHeader(id="round-header")
        yield Banner(self._playable.view().cluster)
        yield RoundBoard(self._shell_command, self._env, self._notes, self._kept_layout())
        yield KeyLine(id="key-line")

    def on_mount(self) -> None:
        """Into the shell, and everything runs."""
        self._show(self._playable.view())
        self.set_interval(CLOCK_SECONDS, self._tick)
        self._poll()
        self._watch_cluster()
        self.call_after_refresh(self._first_focus)

    def _first_focus(self) -> None:
        if self._playable.view().state.value == "paused":
            self.action_pause()
        self._board.enter_shell()

    # -- keeping up -------------------------------------------------------------------

    def _tick(self) -> None:
        """The clock moves on its own, also while a refresh is slow."""
        self.query_one(RoundHeader).view = self._playable.view()

    @work(name="round-refresh", exit_on_error=False)
    async def _poll(self) -> None:
        """Read the audit trail and notice a time-out about every second."""
        while not self._over:
            try:
                view = await self._playable.refresh()
            except BreakfixError as error:
                self.notify(error.message, severity="warning", timeout=REFRESH_SECONDS * 3)
            else:
                self._show(view)
                self._show_customers(view)
                if view.state.is_over and not self._verifying and self._verify_screen is None:
                    self._finish(view)
            await asyncio.sleep(REFRESH_SECONDS)

    def _show_customers(self, view: RoundView) -> None:
        found = self._watcher.customers
        self._board.show_customers(service_level(found.met, view, found.now))

    @work(name="round-live")
    async def _watch_cluster(self) -> None:
        await self._watcher.run(self._picture)

    def _picture(self, picture: Picture) -> None:
        self._link(picture)
        self._board.show_picture(picture)
        if picture.places and not self._settled:
            self._settled = True
            self.call_after_refresh(settle)
