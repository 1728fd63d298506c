"""A flood of plain lines in one go.

`seq 1 100000`, a log, a long listing: nothing but printable ASCII and line ends, at the
bottom of a page that scrolls. The emulator spends some twenty microseconds on each such line;
put where they end up all at once they cost a tenth. Whatever is not that simple is left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bittty import Board
from bittty.constants import LINE_SINGLE

from breakfix.tui.widgets.scrollback import HistoryVideo

END = "\r\n"
AROUND = 2  # lines at either end of a piece that the emulator gets, so that it knows where it is
FEWEST = 8  # lines for which it pays


def pieces(text: str, width: int) -> Iterator[str | list[str]]:
    """What the emulator has to parse as text, and what are plain lines as a list of them."""
    lines = text.split(END)
    middle = lines[AROUND:-AROUND]
    if len(middle) < FEWEST or not _plain(middle, width):
        yield text
        return
    yield END.join(lines[:AROUND]) + END
    yield middle
    yield END.join(lines[-AROUND:])


def _plain(lines: Sequence[str], width: int) -> bool:
    every = "".join(lines)
    return every.isascii() and every.isprintable() and max(map(len, lines)) <= width


def take(board: Board, video: HistoryVideo, lines: Sequence[str]) -> bool:
    """Put whole lines at the end of the page; False, and nothing done, where they would not
    just scroll by."""
    if not (_at_the_end(board, video) and _ordinary(board)):
        return False
    video.append(lines, board.style.current)
    return True


def _at_the_end(board: Board, video: HistoryVideo) -> bool:
    """The cursor stands in the last line, which is empty, of a page that scrolls as a whole."""
    page, cursor, parser = board.blitter, board.cursor, board.parser
    return bool(
        page.current_buffer is video
        and (page.scroll_top, page.scroll_bottom) == (0, video.height - 1)
        and (page.left_margin, page.right_margin) == (0, video.width - 1)
        and (cursor.x, cursor.y) == (0, video.height - 1)
        and parser.mode is None
        and parser.pos == len(parser.buffer)
        and video.grid[-1] == video.blank
        and video.line_attributes[-1] == LINE_SINGLE
    )


def _ordinary(board: Board) -> bool:
    """Letters mean themselves and replace what is there."""
    printer = board.printer
    return bool(
        board.style.current.bg is None
        and not board.modes.insert_mode
        and not printer.auto_print
        and not printer.controller_mode
        and board.charset.translate("~") == "~"
        and board.charset.translate("q") == "q"
        and "write_text" not in vars(board.blitter)  # graphemes are put together
    )
