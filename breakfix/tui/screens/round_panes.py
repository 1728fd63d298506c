"""The panes, from the round screen: which is up, which is zoomed, who has the keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from breakfix.tui.screens.panes import PaneActions, PaneScreen
from breakfix.tui.screens.round_base import RoundBase
from breakfix.tui.widgets.board import RoundBoard
from breakfix.tui.widgets.key_line import TYPED_IN, KeyLine

WRITE_AFTER = 0.5
if TYPE_CHECKING:
    from breakfix.tui.comfort import ComfortApp


class Panes(PaneActions, RoundBase):
    """Passes keys on to the board, tells the key line who listens, and has the layout kept."""

    _unwritten: Mapping[str, Any] | None = None
    _layout_timer: Timer | None = None

    def on_descendant_focus(self) -> None:
        """The key line says who listens."""
        self._tell_who_listens()
        if self._board.focused == "events":
            self._looked_at_events()

    def on_descendant_blur(self) -> None:
        """The key line says who listens."""
        self._tell_who_listens()

    def _tell_who_listens(self) -> None:
        line = self.query_one(KeyLine)
        line.pane = self._board.focused
        line.typed_in = line.pane in TYPED_IN or isinstance(self.focused, Input)
        self._board.fold()

    def on_screen_suspend(self) -> None:
        """A dialog lies on top and has keys of its own."""
        for line in self.query(KeyLine):
            line.refresh()

    on_screen_resume = on_screen_suspend

    def on_text_selected(self) -> None:
        """What was selected by mouse is on the clipboard, as in any terminal."""
        text = self.get_selected_text()
        if text:
            self.app.copy_to_clipboard(text)
            self.notify("Copied", timeout=1.5)

    @property
    def focus_chain(self) -> list[Widget]:
        """Tab goes through all panes but the shell: there the key is the shell's."""
        chain = super().focus_chain
        return [widget for widget in chain if widget.id != "terminal"] or chain

    # -- the layout is remembered -----------------------------------------------------

    @property
    def _comfort(self) -> ComfortApp:
        return cast("ComfortApp", self.app)

    def _kept_layout(self) -> Mapping[str, Any]:
        return self._comfort.preferences.layout

    @on(RoundBoard.Rearranged)
    def _rearranged(self, message: RoundBoard.Rearranged) -> None:
        """The next round begins with these panes; written once nothing moves any more."""
        self._unwritten = message.layout
        if self._layout_timer is not None:
            self._layout_timer.stop()
        self._layout_timer = self.set_timer(WRITE_AFTER, self._write_layout)

    def _write_layout(self) -> None:
        if self._unwritten is not None:
            layout, self._unwritten = self._unwritten, None
            self._comfort.keep(layout=dict(layout))

    def on_unmount(self) -> None:
        """What was changed a moment ago is kept too."""
        self._write_layout()

    def layout_kept(self, layout: Mapping[str, Any]) -> None:
        """Somebody else has set the layout: the palette, or the settings."""
        for board in self.query(RoundBoard):  # none any more, where the round is being left
            board.recall(layout)

    # -- what keys do -----------------------------------------------------------------

    @property
    def panes_of(self) -> RoundBoard:
        """The round's own board."""
        return self._board

    def action_panes(self) -> None:
        """Into the mode for panes. The shell does not get the keys by it."""
        nobody = not self._board.focused
        self._board.go_to(self._board.current)

        def done(_: None) -> None:
            if nobody and self._board.in_shell:
                self._board.leave_shell()

        self.cover(PaneScreen(self._board), done)

    def action_tab(self, name: str) -> None:
        """Bring a pane up."""
        self._board.go_to(name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tabs are turned where the panes are tabs of one place."""
        if action == "turn":
            return self._board.small and not self._board.in_shell
        return super().check_action(action, parameters)

    def action_on(self, step: int) -> None:
        """The next pane, or the one before; on a small screen they are tabs."""
        if self._board.small:
            self._board.turn(step)
        elif step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_turn(self, step: int) -> None:
        """The next tab, or the one before."""
        self._board.turn(step)

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
