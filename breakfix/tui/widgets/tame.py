"""What a program in the pane may ask of the terminal, and what it may not.

Output of a pod is text from strangers. So nothing is obeyed that answers with words of the
program's own (they would be typed at the shell's prompt), that reads or sets the clipboard,
that changes the terminal's size, or that heaps something up. Everything that draws is
obeyed; counts have a bound.
"""

from __future__ import annotations

from collections.abc import Callable

from bittty import Board
from bittty.operations import Operation
from bittty.parser import Parser

ECHOED = ("DECRQSS", "XTGETTCAP", "OSC_FONT", "C0_ENQ", "DECUDK")
"""Answered, or typed later, with words that came in: a way to inject a command."""
ABOUT_THE_DESK = (
    "OSC_CLIPBOARD", "OSC_NOTIFY", "OSC_CWD", "OSC_POINTER_SHAPE", "OSC_SHELL_MARK",
    "OSC_HYPERLINK", "SET_ICON_AND_WINDOW_TITLE", "SET_ICON_TITLE", "SET_WINDOW_TITLE",
    "DECRQCRA", "LINUX_SETTERM", "MC", "DECMC", "DECSCPP",
)  # fmt: skip
"""Clipboard, title, notices, printer, size: the person's, not the program's."""
HEAPED = (
    "KITTY_PUSH", "KITTY_POP", "KITTY_SET", "KITTY_QUERY", "XTPUSHCOLORS", "XTPOPCOLORS",
    "XTPUSHSGR", "XTPOPSGR", "OSC_SPECIAL_COLOR", "OSC_SPECIAL_COLOR_ENABLE",
)  # fmt: skip
"""Stacks without a bound. Without an answer to the query programs use the plain keys."""
REPEATED = ("REP", "CBT", "CHT")
MOST_REPEATS = 2000
SIZE_QUESTIONS = (14, 15, 16, 18, 19)
LONGEST_STRING = 65536
"""Characters of a sequence that does not end; then it is given up."""
Handler = Callable[[Operation], None]


def tame(board: Board) -> Board:
    """Take from a board what programs in it may not do."""
    for name in (*ECHOED, *ABOUT_THE_DESK, *HEAPED):
        board.registry[name] = _ignore
    for name in REPEATED:
        board.registry[name] = _bounded(board.registry[name])
    board.registry["XTWINOPS"] = _sizes_only(board.registry["XTWINOPS"])
    return board


def _ignore(operation: Operation) -> None:
    """Nothing."""


def _bounded(handler: Handler) -> Handler:
    def bounded(operation: Operation) -> None:
        args = (min(a, MOST_REPEATS) if isinstance(a, int) else a for a in operation.args)
        handler(Operation(operation.name, tuple(args), operation.raw))

    return bounded


def _sizes_only(handler: Handler) -> Handler:
    def asked(operation: Operation) -> None:
        first = next(iter(operation.args[0]), None)
        if first in SIZE_QUESTIONS:
            handler(operation)

    return asked


def feed(parser: Parser, text: str) -> None:
    """Parse, whatever it is: a sequence that the emulator stumbles over is left out."""
    while True:
        try:
            parser.feed(text)
        except Exception:  # the emulator's own slip on bytes from a stranger
            _step_over(parser)
            text = ""
        else:
            break
    if len(parser.buffer) > LONGEST_STRING:
        parser.reset()


def _step_over(parser: Parser) -> None:
    rest = parser.buffer[parser.pos + 1 :]
    parser.reset()
    parser.buffer = rest
