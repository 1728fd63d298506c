"""The terminal of the shell pane: with the mouse and a copy mode, as tmux and editors have.

Dragging marks and copies, a double click takes the word, a triple click the line. Alt+C goes
into copy mode: a cursor moves over page and scrollback, `v` marks, `y` copies. Alt+C twice
sends the next key as it is, also one that the game has for itself.
"""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.strip import Strip
from textual.widgets import Static

from breakfix.tui.layer import Dialog
from breakfix.tui.widgets.marking import Marking
from breakfix.tui.widgets.rewrapping import Row
from breakfix.tui.widgets.terminal import PtyTerminal

WHEEL_LINES = 3
WORD = 2  # clicks; one more marks a line
COPY_KEYS = "copy mode: v marks  y copies  esc leaves  Alt+C next key to the program"
LEAVE = frozenset({"escape", "q", "ctrl+c"})
COPY = frozenset({"y", "enter"})
MARK = frozenset({"v", "space", "ctrl+space"})


class NextKey(Dialog[tuple[str, str | None]]):
    """Waits for one key, whatever it is; the keys of the game mean nothing here."""

    HELP_TITLE = "The next key"

    def compose(self) -> ComposeResult:
        yield Static("The next key goes to the program in the shell.", classes="next-key")

    def on_key(self, event: events.Key) -> None:
        """That was it."""
        event.stop()
        event.prevent_default()
        self.dismiss((event.key, event.character))


class CopyTerminal(PtyTerminal):
    """A terminal whose text can be marked and copied."""

    BINDINGS = [
        Binding("alt+c", "copy_mode", "copy mode", show=False, priority=True, id="shell.copy",
                tooltip="Move over the shell's text, mark and copy it; twice: the next key is "
                "sent to the program as it is")
    ]  # fmt: skip

    _marking: Marking | None = None
    _by_mouse = False

    # -- the lines, as a marking sees them ----------------------------------------------

    @property
    def first(self) -> int:
        """The number of the oldest line that can be marked."""
        return self.history.scrolled if self.in_full_screen_program else self.history.first

    @property
    def last(self) -> int:
        """The number of the last line of the page."""
        return self.history.scrolled + self.page - 1

    @property
    def width(self) -> int:
        """Cells of a line."""
        found: int = self.board.width
        return found

    @property
    def page(self) -> int:
        """Lines in view."""
        found: int = self.board.height
        return found

    def row(self, number: int) -> Row:
        """The cells of a line."""
        if number >= self.history.scrolled:
            return self.page_row(number - self.history.scrolled)
        return self.history.line(number)

    def wraps(self, number: int) -> bool:
        """Whether a line goes on in the next."""
        return not self.in_full_screen_program and self.history.wraps(number)

    # -- copy mode --------------------------------------------------------------------

    @property
    def copying(self) -> bool:
        """True in copy mode."""
        return self._marking is not None and not self._by_mouse

    def action_copy_mode(self) -> None:
        """Into copy mode; there, the next key is sent as it is."""
        if self.copying:
            self._unmark()
            self.app.push_screen(NextKey(), self._sent_as_it_is)
            return
        x, y = self.cursor_offset()
        self._by_mouse = False
        self._marking = Marking(self, (self.line_number(y), x))
        self._show_marking()

    def _sent_as_it_is(self, key: tuple[str, str | None] | None) -> None:
        if key is not None:
            self.send_key(*key)

    def on_key(self, event: events.Key) -> None:
        """In copy mode a key moves, marks or copies; else it is the program's."""
        if self.copying:
            event.stop()
            event.prevent_default()
            self._copy_key(event)
            return
        event.prevent_default()  # the class below would answer it once more
        self._unmark()
        super().on_key(event)

    def _copy_key(self, event: events.Key) -> None:
        marking = self._marking
        key = event.character if event.character in ("G", "$") else event.key
        key = "dollar_sign" if key == "$" else key
        if marking is None or key in LEAVE:
            self._unmark()
            self.scroll_back(0)
        elif key in COPY:
            self._copy()
            self.scroll_back(0)
        elif key in MARK:
            marking.toggle()
            self._show_marking()
        elif key == "V":
            marking.mark_line()
            self._show_marking()
        elif marking.move(key):
            self._bring_into_view(marking.cursor[0])
            self._show_marking()

    def _bring_into_view(self, line: int) -> None:
        top = self.line_number(0)
        if line < top:
            self.scroll_back(self.lines_back + top - line)
        elif line >= top + self.page:
            self.scroll_back(self.lines_back - (line - top - self.page + 1))

    def _copy(self) -> None:
        if self._marking is None:
            return
        text = self._marking.text()
        self._unmark()
        if text.strip():
            self.app.copy_to_clipboard(text)
            self.notify("Copied", timeout=1.5)

    def _unmark(self) -> None:
        if self._marking is not None:
            self._marking = None
            self._show_marking()

    def _show_marking(self) -> None:
        self.show_place()
        self.refresh()

    def _reshape(self, width: int, height: int) -> None:
        """Lines that are wrapped anew have other numbers: what was marked is no longer there."""
        if width != self.board.width:
            self._unmark()
        super()._reshape(width, height)

    def show_place(self) -> None:
        """Copy mode says its keys where else the place stands."""
        super().show_place()
        if self.copying and self.parent is not None:
            self.parent.border_subtitle = COPY_KEYS

    def render_line(self, y: int) -> Strip:
        """A row, with what is marked in it and the cursor of copy mode."""
        strip = super().render_line(y)
        marking = self._marking
        if marking is None:
            return strip
        number = self.line_number(y)
        if span := marking.span(number):
            strip = self._styled(strip, *span, "screen--selection")
        if self.copying and marking.cursor[0] == number:
            column = marking.cursor[1]
            strip = self._styled(strip, column, column + 1, "input-selection--cursor")
        return strip

    def _styled(self, strip: Strip, left: int, right: int, name: str) -> Strip:
        from rich.style import Style

        before, inside, after = strip.divide([left, right, max(right, strip.cell_length)])
        if name == "screen--selection":
            style = self.screen.get_component_rich_style(name)
        else:
            style = Style(reverse=True)
        return Strip.join([before, inside.apply_style(style), after])

    # -- mouse ------------------------------------------------------------------------

    @property
    def allow_select(self) -> bool:
        """Marking is done here, over the scrollback as well."""
        return False

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to mark, unless the program has the mouse."""
        event.prevent_default()
        if self.mouse_mode != "off":
            super().on_mouse_down(event)
            return
        self._unmark()
        if event.button == 1:
            self._by_mouse = True
            self._marking = Marking(self, (self.line_number(event.y), event.x))
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Mark up to here; beyond the edge the view moves along."""
        event.prevent_default()
        marking = self._marking
        if marking is None or not self._by_mouse or self.app.mouse_captured is not self:
            super().on_mouse_move(event)
            return
        if marking.anchor is None:
            marking.toggle()
        line = self.line_number(event.y)
        marking.go(line, event.x)
        self._bring_into_view(marking.cursor[0])
        self._show_marking()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """What was marked is copied, as in any terminal."""
        event.prevent_default()
        if self.app.mouse_captured is self:
            self.release_mouse()
        if self._marking is None or not self._by_mouse:
            super().on_mouse_up(event)
        elif self._marking.anchor is not None:
            self._copy_marked()

    def _copy_marked(self) -> None:
        """Copy, and leave it marked until the next key or click."""
        if self._marking is not None and (text := self._marking.text()).strip():
            self.app.copy_to_clipboard(text)
            self.notify("Copied", timeout=1.5)

    def on_click(self, event: events.Click) -> None:
        """Twice: the word. Three times: the line. Links that a program prints stay shut."""
        event.prevent_default()
        if self.mouse_mode != "off" or event.chain < WORD:
            return
        self._by_mouse = True
        self._marking = Marking(self, (self.line_number(event.y), event.x))
        if event.chain == WORD:
            self._marking.mark_word()
        else:
            self._marking.mark_line()
        self._show_marking()
        self._copy_marked()

    def _wheel(self, event: events.MouseEvent, button: int, arrow: str) -> None:
        if self.mouse_mode != "off" or self.in_full_screen_program:
            super()._wheel(event, button, arrow)
            return
        self.scroll_back(self.lines_back + (WHEEL_LINES if arrow == "up" else -WHEEL_LINES))
        event.stop()
