"""A terminal emulator as a widget: textual-tty's, with its rough edges filed off.

What differs from textual_tty.Terminal: an environment for the child, a start at the
true size, repainting when there is something new instead of sixty times a second,
scrollback, keys that it does not know, safe pastes, and the theme's own colours.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from bittty import Board, TerminalCaps
from rich.segment import Segment
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual_tty import Terminal

from breakfix.tui.widgets.keyboard import sequence_of
from breakfix.tui.widgets.palette import paint
from breakfix.tui.widgets.pty import ShellPty, reap
from breakfix.tui.widgets.scrollback import HistoryVideo, Row

FRAME = 1 / 60
WHEEL_LINES = 3
PASTE_END = "\x1b[201~"


class ProcessExited(Message):
    """The child has ended."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__()


class PtyTerminal(Terminal):  # type: ignore[misc]  # textual-tty has no type information
    """Runs `command` with exactly the environment `env` in a PTY of its own."""

    def __init__(
        self, command: list[str], env: Mapping[str, str], *, id: str | None = None
    ) -> None:
        super().__init__(command=command, id=id)
        self._env = env
        self._pty: ShellPty | None = None
        self._exited: bool = False
        self._back = 0
        self._frame_due = False
        self._use_history(self.board)

    def _use_history(self, board: Board) -> None:
        self.history = HistoryVideo(board.width, board.height)
        board.blitter.primary_buffer = board.blitter.current_buffer = self.history

    # -- life -------------------------------------------------------------------------

    async def on_mount(self, event: events.Mount | None = None) -> None:
        """Take textual-tty's place: no timers, and the child starts with the first size."""
        if event is not None:
            event.prevent_default()
        self.board.set_pty_data_callback(self.feed)
        self.watch(self.app, "theme", self._repaint, init=False)
        self._repaint()

    def _repaint(self) -> None:
        paint(self.board.palette, self.app.theme_variables)
        background = self.board.palette.background
        self._chrome.set_caps(TerminalCaps(color_depth="truecolor", background=background))
        self._frame()

    def on_resize(self, event: events.Resize) -> None:
        """Give the child the widget's size; start it where it does not run yet."""
        event.prevent_default()
        if event.size.width and event.size.height:
            self._reshape(event.size.width, event.size.height)
            if self._pty is None:
                self._start()

    def _reshape(self, width: int, height: int) -> None:
        board = self.board
        if board.blitter.in_alt_screen:
            board.resize(width, height)
        else:
            board.cursor.y = self.history.reshape(width, height, board.cursor.y)
            board.resize(width, height)
        self.scroll_back(0)

    def _start(self) -> None:
        board = self.board
        self._pty = board.pty = ShellPty(board.height, board.width, self._env)
        self._process = board.process = self._pty.spawn(board.command)
        board.host.connect(
            self._pty, board._dispatch_pty_data, on_idle=self._ended, on_closed=self._ended
        )

    def _ended(self) -> bool:
        """True when the child has ended; told once."""
        process: subprocess.Popen[bytes] | None = self._process
        if process is None or process.poll() is None:
            return False
        if not self._exited:
            self._exited = True
            self.post_message(ProcessExited(process.returncode))
        return True

    async def on_unmount(self, event: events.Unmount) -> None:
        """Hang up on the child, and do not leave before it is gone."""
        event.prevent_default()
        self.board.stop_process()
        if self._process is not None:
            await reap(self._process)

    # -- painting ---------------------------------------------------------------------

    def feed(self, data: str) -> None:
        """Output of the child: into the video memory now, on the screen with the frame."""
        super().feed(data)
        if not self._frame_due:
            self._frame_due = True
            self.set_timer(FRAME, self._frame)

    def set_sync_output(self, enabled: bool) -> None:
        """Mode 2026: nothing is painted until the child has put its frame together."""
        super().set_sync_output(enabled)
        if not enabled:
            self.call_later(self._frame)

    def _frame(self) -> None:
        self._frame_due = False
        if self._back:
            self._check_palette()
        else:
            self._tick()

    def render_line(self, y: int) -> Strip:
        """A row of the page, or of what has scrolled off it."""
        strip: Strip = self._past_line(y) if self._back else super().render_line(y)
        return strip.apply_style(self.rich_style)

    def _past_line(self, y: int) -> Strip:
        rows = self.history.view(self._back)
        row = rows[y] if y < len(rows) else []
        cells = [Segment(char, self._to_rich(style)) for style, char in row if char]
        return Strip(Segment.simplify(cells)).adjust_cell_length(self.size.width)

    # -- scrolling back ---------------------------------------------------------------

    @property
    def lines_back(self) -> int:
        """How many lines the view is above the end; 0 is live."""
        return self._back

    def scroll_back(self, lines: int) -> None:
        """Show the page as it was `lines` above its end."""
        lines = max(0, min(lines, len(self.history.history)))
        if self.board.blitter.in_alt_screen:
            lines = 0
        self._back = lines
        if self.parent is not None:
            self.parent.border_subtitle = f"{lines} lines back" if lines else ""
        self.refresh()

    def _wheel(self, event: events.MouseEvent, button: int, arrow: str) -> None:
        if self.mouse_mode != "off" or self.board.blitter.in_alt_screen:
            super()._wheel(event, button, arrow)
            return
        self.scroll_back(self._back + (WHEEL_LINES if arrow == "up" else -WHEEL_LINES))
        event.stop()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text of what is in view."""
        rows = self.history.view(self._back) if self._back else self._page_rows()
        lines = ("".join(char for _, char in row).rstrip() for row in rows)
        return selection.extract("\n".join(lines)), "\n"

    def _page_rows(self) -> list[Row]:
        return list(self.board.blitter.current_buffer.grid)

    # -- input ------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Send a key to the child, or scroll back with shift and the paging keys."""
        event.stop()
        event.prevent_default()
        page = max(1, self.size.height - 1)
        moves = {"shift+pageup": self._back + page, "shift+pagedown": self._back - page}
        if event.key in moves:
            self.scroll_back(moves[event.key])
            return
        if self._back:
            self.scroll_back(0)
        self._send(event)

    def _send(self, event: events.Key) -> None:
        raw, named, modifier = sequence_of(event.key, event.character)
        if raw:
            self.board.host.write(raw)
        elif named.startswith("f") and named[1:].isdigit():
            self.board.display.input_fkey(int(named[1:]), modifier)
        elif named:
            self.board.display.input_key(named, modifier)

    def on_paste(self, event: events.Paste) -> None:
        """Paste; text from outside cannot end the bracket and type by itself."""
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Put text on the child's input as if pasted; nothing is run by it."""
        clean = text.replace(PASTE_END, "").replace("\r\n", "\n").replace("\n", "\r")
        self.board.display.input_paste(clean)

    def text(self) -> str:
        """What stands on the page, without trailing blanks."""
        return str(self.board.capture_text())

    def cursor_offset(self) -> Offset:
        """Where the child's cursor is, in cells of the widget."""
        return Offset(self.board.cursor.x, self.board.cursor.y)
