"""The round: page, shell, map, events, checks, notes, and everything the game offers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from breakfix.errors import BreakfixError
from breakfix.scenario.quantities import clock_text
from breakfix.tui.keys import LEAVE_SHELL, round_bindings
from breakfix.tui.screens.ask import AskScreen
from breakfix.tui.screens.diagnose import DiagnoseScreen
from breakfix.tui.screens.pause import PauseScreen
from breakfix.tui.screens.questions import (
    END,
    GIVE_UP_ANSWERS,
    GIVE_UP_TEXT,
    LEAVE_ANSWERS,
    LEAVE_TEXT,
    OPEN,
    SHOW,
    bought_question,
    hint_question,
)
from breakfix.tui.screens.verify import VerifyScreen
from breakfix.tui.widgets.board import RoundBoard
from breakfix.tui.widgets.key_line import KeyLine
from breakfix.tui.widgets.round_header import RoundHeader
from breakfix.tui.words import diagnosis_words

if TYPE_CHECKING:
    from breakfix.clusters.live_picture import Picture
    from breakfix.game.model import Playable, RoundView, VerifyUpdate

REFRESH_SECONDS = 1.0
CLOCK_SECONDS = 0.5


class Watcher(Protocol):
    """Something that keeps a picture of the cluster."""

    async def run(self, changed: Callable[[Picture], None]) -> None:
        """Watch until cancelled; every new picture is told."""


class After(Enum):
    """What comes after the round screen."""

    DEBRIEF = "debrief"
    LEFT_OPEN = "left open"
    END = "end"


class RoundScreen(Screen[After]):
    """One round in play. The round lives in the game; this shows it and passes on keys."""

    HELP_TITLE = "Round"
    BINDINGS = [
        *round_bindings(),
        Binding(LEAVE_SHELL, "switch", "leave shell", priority=True, id="round.switch",
                tooltip="Into the shell and out of it: letters are the shell's, or the game's"),
        Binding("ctrl+q", "leave", "quit", priority=True, show=False, id="round.leave"),
        Binding("escape", "game", "game keys", show=False, id="round.game"),
    ]  # fmt: skip

    def __init__(
        self, playable: Playable, watcher: Watcher, command: list[str],
        env: Mapping[str, str], notes: Path,
    ) -> None:  # fmt: skip
        super().__init__(classes="round")
        self._playable, self._watcher = playable, watcher
        self._command, self._env, self._notes = command, env, notes
        self._verifying = False
        self._verify_screen: VerifyScreen | None = None
        self._last: VerifyUpdate | None = None
        self._over = False

    def compose(self) -> ComposeResult:
        yield RoundHeader(id="round-header")
        yield RoundBoard(self._command, self._env, self._notes)
        yield KeyLine(id="key-line")

    def on_mount(self) -> None:
        """Into the shell, and everything runs."""
        self._board = self.query_one(RoundBoard)
        self._show(self._playable.view())
        self.set_interval(CLOCK_SECONDS, self._tick)
        self._poll()
        self._watch_cluster()
        self.call_after_refresh(self._first_focus)

    def _first_focus(self) -> None:
        if self._playable.view().state.value == "paused":
            self.action_pause()
        self._board.enter_shell()

    def on_descendant_focus(self) -> None:
        """The key line says who listens."""
        self.query_one(KeyLine).in_shell = self._board.in_shell

    def on_descendant_blur(self) -> None:
        """The key line says who listens."""
        self.query_one(KeyLine).in_shell = self._board.in_shell

    def on_text_selected(self) -> None:
        """What was selected by mouse is on the clipboard, as in any terminal."""
        text = self.get_selected_text()
        if text:
            self.app.copy_to_clipboard(text)
            self.notify("Copied", timeout=1.5)

    # -- keeping up -------------------------------------------------------------------

    def _show(self, view: RoundView) -> None:
        self.query_one(RoundHeader).view = view
        self._board.show_view(view)

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
                if view.state.is_over and not self._verifying and self._verify_screen is None:
                    self._finish(view)
            await asyncio.sleep(REFRESH_SECONDS)

    @work(name="round-live")
    async def _watch_cluster(self) -> None:
        await self._watcher.run(self._board.show_picture)

    def _finish(self, view: RoundView) -> None:
        """The outcome stands: on to the debrief, whatever is open on top."""
        if self._over:
            return
        self._over = True
        if view.state.value == "timed out":
            self.app.notify("Time is up.", severity="warning")
        self._close(After.DEBRIEF)

    def _close(self, after: After) -> None:
        while self.app.screen is not self:
            self.app.pop_screen()
        self.dismiss(after)

    # -- verify -----------------------------------------------------------------------

    def action_verify(self) -> None:
        """Ask whether it is solved; a verify under way is shown again."""
        if self._verify_screen is not None:
            return
        if not self._verifying:
            self._verifying, self._last = True, None
            self._verify()
        self._verify_screen = VerifyScreen(self._last)
        self.app.push_screen(self._verify_screen, self._verify_closed)

    @work(name="round-verify", exit_on_error=False)
    async def _verify(self) -> None:
        try:
            self._told(await self._playable.verify(self._told))
        except BreakfixError as error:
            self._say(error)
            if self._verify_screen is not None:
                self._verify_screen.dismiss()
        finally:
            self._verifying = False

    def _told(self, update: VerifyUpdate) -> None:
        self._last = update
        self._board.show_verify(update)
        if self._verify_screen is not None:
            self._verify_screen.show(update)
        if update.done:
            self._verifying = False
            self._verify_done(update)

    def _verify_done(self, update: VerifyUpdate) -> None:
        """Seen on its own screen it stays there to be read; hidden, it is told."""
        view = self._playable.view()
        self._show(view)
        if self._verify_screen is None and update.passed:
            self._finish(view)
        elif self._verify_screen is None:
            self.notify("Not solved; Checks has what was seen.", severity="warning")

    def _verify_closed(self, _: None) -> None:
        """A running verify goes on; after one that ended the round comes the debrief."""
        self._verify_screen = None
        view = self._playable.view()
        if not self._verifying and view.state.is_over:
            self._finish(view)

    # -- hints and diagnosis ----------------------------------------------------------

    @work(name="round-hint")
    async def action_hint(self) -> None:
        """The next hint's price first, then the hint."""
        view = self._playable.view()
        if view.next_hint is None:
            self.notify("There are no more hints.")
            return
        if await self.app.push_screen_wait(hint_question(view)) is None:
            return
        if not self._did(self._playable.buy_hint):
            return
        bought = self._playable.view()
        self._show(bought)
        hint = bought.hints[view.next_hint.index]
        if await self.app.push_screen_wait(bought_question(hint)) == SHOW:
            self._paste(hint.run)

    def action_show_me(self) -> None:
        """The command of the hint bought last, on the shell's line."""
        commands = [h.run for h in self._playable.view().hints if h.bought and h.run]
        if commands:
            self._paste(commands[-1])
        else:
            self.notify("No hint with a command has been bought yet.")

    def _paste(self, command: str) -> None:
        self._board.go_to("shell")
        self._board.paste_command(command.strip())

    @work(name="round-diagnose")
    async def action_diagnose(self) -> None:
        """Name component and fault."""
        view = self._playable.view()
        if view.diagnosis is not None:
            self.notify(f"Your diagnosis: {diagnosis_words(view.diagnosis)}")
            return
        answer = await self.app.push_screen_wait(DiagnoseScreen(view.scenario.spec.diagnosis))
        if answer is None:
            return
        try:
            found = await self._playable.diagnose(*answer)
        except BreakfixError as error:
            self._say(error)
            return
        self._show(self._playable.view())
        right = found.component_right and found.fault_right
        self.notify(
            diagnosis_words(found), title="Diagnosis",
            severity="information" if right else "warning",
        )  # fmt: skip

    # -- the clock and the end --------------------------------------------------------

    @work(name="round-pause")
    async def action_pause(self) -> None:
        """Stop the clock until the learner goes on."""
        paused = self._playable.view().state.value == "paused"
        if not paused and not self._did(self._playable.pause):
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
        if await self.app.push_screen_wait(asked) is None:
            return
        if self._did(self._playable.give_up):
            self._finish(self._playable.view())

    @work(name="round-leave")
    async def action_leave(self) -> None:
        """Leave the round open, or end it and restore the cluster."""
        answer = await self.app.push_screen_wait(
            AskScreen("Leave the round?", LEAVE_TEXT, LEAVE_ANSWERS)
        )
        if answer == OPEN:
            self._over = True
            self.dismiss(After.LEFT_OPEN)
        elif answer == END:
            self._over = True
            self.dismiss(After.END)

    # -- panes ------------------------------------------------------------------------

    def action_tab(self, name: str) -> None:
        """Bring a pane up."""
        self._board.go_to(name)

    def action_zoom(self) -> None:
        """One pane over the whole screen, and back."""
        self._board.zoom()

    def action_switch(self) -> None:
        """Into the shell, or out of it."""
        if self._board.in_shell:
            self._board.leave_shell()
        else:
            self._board.enter_shell()

    def action_game(self) -> None:
        """Escape, where nothing else wants it: letters are the game's."""
        self._board.unzoom()
        self._board.leave_shell()

    async def action_help(self) -> None:
        """All keys."""
        await self.app.run_action("app.help")

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
