"""A terminal emulator as a widget: textual-tty's, with its rough edges filed off.

What differs from textual_tty.Terminal: an environment for the child, a start at the
true size, repainting when there is something new instead of sixty times a second,
scrollback and a copy mode, keys that it does not know, safe pastes, the theme's own
colours, and a board that does not obey everything (tame.py).
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from time import monotonic
from typing import Any

from bittty import Board, TerminalCaps
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual_tty import Terminal

from breakfix.tui.widgets.burst import Burst
from breakfix.tui.widgets.keyboard import sequence_of
from breakfix.tui.widgets.palette import by_number, paint
from breakfix.tui.widgets.plain_lines import END, pieces, take
from breakfix.tui.widgets.pty import ShellPty, reap
from breakfix.tui.widgets.rewrapping import Row
from breakfix.tui.widgets.scrollback import HistoryVideo
from breakfix.tui.widgets.tame import feed, tame

FRAME, FLOOD_FRAME = 1 / 60, 1 / 12  # seconds between two paints; when much is written
FLOOD, FLOOD_SECONDS = 16_384, 0.1  # characters, and in how long, that are much
TIDY_ROWS, TIDY_SECONDS = 500, 0.05  # at once, and between them
BELL_SECONDS = 0.3
MOST_STYLES = 4096
LINE_END = "\x05"  # ^E
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
        self._back = 0
        self._frame_due = False
        self._last_frame = self._last_bell = 0.0
        self._burst = Burst(FLOOD, FLOOD_SECONDS)
        self._tidying = False
        self._use_history(tame(self.board))

    def _use_history(self, board: Board) -> None:
        self.history = HistoryVideo(board.width, board.height)
        board.blitter.primary_buffer = board.blitter.current_buffer = self.history

    # -- life -------------------------------------------------------------------------

    async def on_mount(self, event: events.Mount | None = None) -> None:
        """Take textual-tty's place: no timers, and the child starts with the first size."""
        if event is not None:
            event.prevent_default()
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
        if self.in_full_screen_program:
            self._reshape_below(width, height)
        else:
            self._reshape_page(width, height)
        self.scroll_back(0)

    def _reshape_page(self, width: int, height: int) -> None:
        """Text is wrapped anew. What is being typed is not where a program reads single keys:
        a shell at its prompt draws that line again when it hears of the new size."""
        board, cursor = self.board, self.board.cursor
        typed = self._pty is not None and not self._pty.reads_lines()
        place = cursor.y, cursor.x
        cursor.y, cursor.x = self.history.reshape(width, height, place, left_alone=typed)
        waits = cursor.x == width
        board.resize(width, height)
        if waits:
            cursor.x = width
            cursor.mark_pending_wrap((0, width))

    def _reshape_below(self, width: int, height: int) -> None:
        """A full-screen program draws itself anew. The page below it waits with the cursor
        that was left there."""
        cursor = self.board.cursor
        below = cursor.saved_y, cursor.saved_x
        cursor.saved_y, column = self.history.reshape(width, height, below)
        cursor.saved_x = min(column, width - 1)
        self.board.resize(width, height)

    def _start(self) -> None:
        board = self.board
        self._pty = board.pty = ShellPty(board.height, board.width, self._env)
        self._process = board.process = self._pty.spawn(board.command)
        self.run_worker(self._follow(self._pty, self._process), name="shell-output")

    async def _follow(self, pty: ShellPty, process: subprocess.Popen[bytes]) -> None:
        """Show what the child writes, until it ends."""
        async for text in pty.output(lambda: process.poll() is not None):
            self.feed(text)
        self._sync = False  # a child that has gone cannot hold its frame back
        if process.returncode is not None:
            self.post_message(ProcessExited(process.returncode))

    async def on_unmount(self, event: events.Unmount) -> None:
        """Hang up on the child, and do not leave before it is gone."""
        event.prevent_default()
        self.board.stop_process()
        if self._process is not None:
            await reap(self._process)

    # -- painting ---------------------------------------------------------------------

    def feed(self, data: str) -> None:
        """Output of the child: into the video memory now, on the screen with the frame.

        The first of it is painted at once, what follows in the next frame.
        """
        scrolled = self.history.scrolled
        if self._pty is not None:
            self._pty.answering = True
        self._take(data)
        if self._pty is not None:
            self._pty.answering = False
        self._stay(self.history.scrolled - scrolled)
        self._keep_size()
        self._dirty = True
        self._burst.add(len(data), monotonic())
        self._paint_soon()

    def _take(self, data: str) -> None:
        for piece in pieces(data, self.board.width):
            if isinstance(piece, str):
                feed(self.board.parser, piece)
            elif not take(self.board, self.history, piece):
                feed(self.board.parser, END.join([*piece, ""]))

    def _stay(self, scrolled: int) -> None:
        """Whoever reads back keeps the lines before the eyes."""
        if self._back:
            self._back = min(self._back + scrolled, len(self.history.history))

    def _keep_size(self) -> None:
        """The page is as large as the pane, whatever a program asked for (DECCOLM)."""
        width, height = self.size
        if width and height and (self.board.width, self.board.height) != (width, height):
            self.board.resize(width, height)

    def _paint_soon(self) -> None:
        if self._frame_due:
            return
        gap = FLOOD_FRAME if self._burst.much else FRAME
        wait = self._last_frame + gap - monotonic()
        if wait <= 0:
            self._frame()
        else:
            self._frame_due = True
            self.set_timer(wait, self._frame)

    def set_sync_output(self, enabled: bool) -> None:
        """Mode 2026: nothing is painted until the child has put its frame together."""
        super().set_sync_output(enabled)
        if not enabled:
            self.call_later(self._frame)

    def _frame(self) -> None:
        self._frame_due, self._last_frame = False, monotonic()
        if self.history.untidy and not self._tidying:
            self._tidying = True
            self.set_timer(TIDY_SECONDS, self._tidy)
        if self._back:
            self._check_palette()
        else:
            self._tick()

    def _tidy(self) -> None:
        """Make what has scrolled away small, some at a time, once little is written."""
        self._tidying = not self._burst.over(monotonic()) or self.history.tidy(TIDY_ROWS)
        if self._tidying:
            self.set_timer(TIDY_SECONDS, self._tidy)

    def _to_rich(self, style: Any) -> RichStyle:
        if len(self._style_cache) > MOST_STYLES:
            self._style_cache.clear()
        found: RichStyle = super()._to_rich(style)
        return by_number(style, found) if self.app.native_ansi_color else found

    def _check_palette(self) -> None:
        super()._check_palette()
        if self.app.native_ansi_color:
            self.styles.color = self.styles.background = "ansi_default"

    def _cursor_style(self, base: RichStyle) -> RichStyle:
        if self.app.native_ansi_color:
            return base + RichStyle(reverse=True)
        found: RichStyle = super()._cursor_style(base)
        return found

    def render_line(self, y: int) -> Strip:
        """A row of the page, or of what has scrolled off it."""
        strip: Strip = self._past_line(y) if self._back else super().render_line(y)
        return strip.apply_style(self.rich_style)

    def _past_line(self, y: int) -> Strip:
        number = self.line_number(y)
        row = self.history.line(number) if number < self.history.scrolled + self.size.height else []
        cells = [Segment(char, self._to_rich(style)) for style, char in row if char]
        return Strip(Segment.simplify(cells)).adjust_cell_length(self.size.width)

    def ring(self) -> None:
        """The child rang; once is enough for a moment."""
        if monotonic() - self._last_bell > BELL_SECONDS:
            self._last_bell = monotonic()
            self.app.bell()

    # -- scrolling back ---------------------------------------------------------------

    @property
    def lines_back(self) -> int:
        """How many lines the view is above the end; 0 is live."""
        return self._back

    @property
    def in_full_screen_program(self) -> bool:
        """True while the child has the alternate screen, as vim and less have."""
        return bool(self.board.blitter.in_alt_screen)

    def line_number(self, y: int) -> int:
        """The number of the line that is at this row of the view."""
        return self.history.scrolled - self._back + y

    def scroll_back(self, lines: int) -> None:
        """Show the page as it was `lines` above its end."""
        lines = max(0, min(lines, len(self.history.history)))
        if self.in_full_screen_program:
            lines = 0
        if lines == 0 and self._back:
            self._dirty = True
        self._back = lines
        self.show_place()
        self.refresh()

    def show_place(self) -> None:
        """Say in the frame where the view is."""
        if self.parent is not None:
            self.parent.border_subtitle = f"{self._back} lines back" if self._back else ""

    # -- input ------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Send a key to the child, or scroll back with shift and the paging keys."""
        event.stop()
        event.prevent_default()
        page = max(1, self.size.height - 1)
        moves = {"shift+pageup": self._back + page, "shift+pagedown": self._back - page}
        if event.key in moves and not self.in_full_screen_program:
            self.scroll_back(moves[event.key])
            return
        if self._back:
            self.scroll_back(0)
        self.send_key(event.key, event.character)

    def send_key(self, key: str, character: str | None) -> None:
        """Type a key, also one that the game has for itself."""
        raw, named, modifier = sequence_of(key, character)
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
        while PASTE_END in text:  # taking one out can make another
            text = text.replace(PASTE_END, "")
        clean = text.replace("\r\n", "\n").replace("\n", "\r")
        self.board.display.input_paste(clean)

    def settle_line(self) -> None:
        """To the end of a shell's line. An Escape that waits there for its key is taken up
        by it, so that what follows is text."""
        at_prompt = self._pty is not None and not self._pty.reads_lines()
        if at_prompt and not self.in_full_screen_program:
            self.board.host.write(LINE_END)

    def text(self) -> str:
        """What stands on the page, without trailing blanks."""
        return str(self.board.capture_text())

    def page_row(self, y: int) -> Row:
        """The cells of a row of the page as it is now."""
        found: Row = self.board.blitter.current_buffer.grid[y]
        return found

    def cursor_offset(self) -> Offset:
        """Where the child's cursor is, in cells of the widget."""
        return Offset(self.board.cursor.x, self.board.cursor.y)
