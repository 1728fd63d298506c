"""Lines of the shell in a pane that gets narrower or wider: nothing is lost, nothing moves
away from its text."""

from __future__ import annotations

import pytest
from bittty import Board
from bittty.style import Style
from hypothesis import given
from hypothesis import strategies as st

from breakfix.tui.widgets.rewrapping import Row, rewrapped
from breakfix.tui.widgets.scrollback import HistoryVideo
from tests.terminal.test_hostile import board

BLANK = (Style(), " ")
WIDE = "語"
LINES = st.lists(st.text(alphabet="ab" + WIDE, max_size=40), min_size=1, max_size=30)
WIDTHS = st.integers(min_value=2, max_value=25)


def shown(text: str, width: int = 20, height: int = 6) -> tuple[Board, HistoryVideo]:
    """A page on which a program has written this."""
    found, _ = board()
    found.resize(width, height)
    video = HistoryVideo(width, height)
    found.blitter.primary_buffer = found.blitter.current_buffer = video
    found.parser.feed(text)
    return found, video


def lines(video: HistoryVideo) -> list[str]:
    """All that was written, history and page, as the lines that were written; blanks left out:
    a wide character leaves one where it has no room."""
    found, line = [], ""
    for number in range(video.first, video.scrolled + video.height):
        line += "".join(char for _, char in video.line(number))
        if not video.wraps(number):
            found.append(line.replace(" ", ""))
            line = ""
    while found and not found[-1]:
        found.pop()
    return found


def at(found: Board) -> tuple[int, int]:
    return found.cursor.y, found.cursor.x


@given(LINES, st.lists(WIDTHS, min_size=1, max_size=4))
def test_every_line_is_the_same_at_every_width(written: list[str], widths: list[int]) -> None:
    found, video = shown("\r\n".join(written))
    before, place = lines(video), at(found)
    for width in widths:
        place = video.reshape(width, video.height, place)
        assert lines(video) == before
        assert all(len(row) == width for row in video.grid)
        assert all(len(video.line(n)) <= width for n in range(video.first, video.scrolled))


@given(LINES, WIDTHS)
def test_what_comes_next_comes_where_the_cursor_was(written: list[str], width: int) -> None:
    found, video = shown("\r\n".join(written))
    row, column = video.reshape(width, video.height, at(found))
    assert 0 <= row < video.height
    assert 0 <= column <= width
    before = "".join(char for _, char in video.grid[row][:column])
    assert written[-1].endswith(before)
    assert not "".join(char for _, char in video.grid[row][column:]).strip()


def test_a_long_line_is_wrapped_anew_and_put_together_again() -> None:
    found, video = shown("0123456789abcdefghij0123\r\nend")
    place = video.reshape(8, 6, at(found))
    assert [video.get_line_text(y).strip() for y in range(5)] == [
        "01234567", "89abcdef", "ghij0123", "end", "",
    ]  # fmt: skip
    assert place == (3, 3)
    place = video.reshape(30, 6, place)
    assert [video.get_line_text(y).strip() for y in range(2)] == ["0123456789abcdefghij0123", "end"]
    assert place == (1, 3)


def test_lines_that_end_where_the_page_ends_stay_two() -> None:
    _, video = shown("x" * 20 + "\r\n" + "y" * 20)
    video.reshape(40, 6, (1, 19))
    assert lines(video) == ["x" * 20, "y" * 20]


def test_what_is_typed_at_a_prompt_is_left_to_the_shell() -> None:
    _, video = shown("some long output of a program\r\n$ kubectl get pods")
    assert video.reshape(10, 6, (2, 18), left_alone=True) == (3, 9)
    assert video.get_line_text(2).strip() == "a program"
    assert video.get_line_text(3) == "$ kubectl "
    assert not video.get_line_text(4).strip()


def test_a_row_whose_end_was_erased_is_a_line_of_its_own() -> None:
    _, video = shown("x" * 25 + "\x1b[A\r\x1b[Knew\r\n" + "y" * 20)
    video.reshape(40, 6, (1, 19))
    assert lines(video)[0] == "new"


def test_blanks_behind_a_text_take_up_no_rows() -> None:
    _, video = shown("text\x1b[44m\x1b[K\x1b[0m\r\nend")
    assert video.reshape(8, 6, (1, 3)) == (1, 3)


def test_a_cleared_page_stays_cleared() -> None:
    found, video = shown("\r\n".join(f"line {n}" for n in range(20)) + "\x1b[H\x1b[2J$ ")
    assert video.reshape(10, 6, at(found)) == (0, 2)
    assert video.get_line_text(0).strip() == "$"
    assert lines(video)[:2] == ["line0", "line1"]


def test_a_full_page_is_filled_from_what_has_left() -> None:
    found, video = shown("\r\n".join("0123456789abcdef" for _ in range(6)))
    place = video.reshape(8, 6, at(found))
    assert video.scrolled == 6
    place = video.reshape(20, 6, place)
    assert (video.scrolled, place) == (0, (5, 16))


@pytest.mark.parametrize("column", [0, 5, 24])
def test_a_place_keeps_its_character(column: int) -> None:
    text: Row = [(Style(), char) for char in "abcdefghijklmnopqrstuvwxy"]
    found = rewrapped([text[:20], text[20:]], [True, False], 7, [divmod(column, 20)], BLANK)
    row, there = found.places[0]
    assert found.rows[row][there] == text[column]
