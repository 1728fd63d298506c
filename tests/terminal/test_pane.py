"""The shell pane as a terminal: colours, sizes, full-screen programs, keys, copy and paste."""

from __future__ import annotations

import shutil
from time import monotonic

import pytest
from textual.geometry import Offset

from breakfix.tui.widgets.shell import Ended
from breakfix.tui.widgets.terminal import BELL_SECONDS
from tests.terminal.pane import PROMPT, pane

ENDS_ITSELF = "printf '\\033[?1049h'; read -r x; printf '\\033[?1049l'"


def needs(program: str) -> pytest.MarkDecorator:
    """Skip where a program is not there."""
    return pytest.mark.skipif(not shutil.which(program), reason=f"needs {program}: install it")


@pytest.mark.parametrize(
    ("code", "wanted"),
    [("31", "1"), ("38;5;208", "208"), ("38;2;1;2;3", "(1, 2, 3)"), ("91", "9")],
)
async def test_colours_of_16_of_256_and_of_all(code: str, wanted: str) -> None:
    async with pane() as shown:
        await shown.run(f"printf '\\033[{code}mcolour\\033[0m\\n'", "colour")
        assert wanted in str(shown.style_of("colour"))


async def test_wide_characters_take_two_cells() -> None:
    async with pane() as shown:
        await shown.run("printf '\\u4e16\\u754cx\\n'", "世界x")
        row = next(n for n, line in enumerate(shown.rows) if line.startswith("世"))
        assert [char for _, char in shown.terminal.page_row(row)[:5]] == ["世", "", "界", "", "x"]


async def test_a_program_knows_the_size_and_that_it_changes() -> None:
    async with pane() as shown:
        await shown.run("stty size", "29 100")
        await shown.run("trap 'stty size' WINCH; while :; do read -t 0.1; done")
        await shown.pilot.resize_terminal(60, 20)
        await shown.see("19 60")


@needs("less")
async def test_less_has_the_screen_and_gives_it_back() -> None:
    async with pane() as shown:
        await shown.run("seq 1 500 | less")
        await shown.see("28")
        assert shown.terminal.in_full_screen_program
        await shown.pilot.press("G")
        await shown.see("500")
        await shown.pilot.press("up", "pageup", "q")
        await shown.see("pane $")
        assert not shown.terminal.in_full_screen_program


@needs("vim")
async def test_vim_edits_a_file_with_arrow_keys_as_kubectl_edit_has_it(tmp_path: object) -> None:
    async with pane(EDITOR="vim -u NONE -N") as shown:
        await shown.run(f"cd {tmp_path}; printf 'one\\ntwo\\n' > file; $EDITOR file")
        await shown.see("two")
        await shown.pilot.press("down", "A", "!", "escape", *":wq", "enter")
        await shown.run("cat file", "two!")


@needs("top")
async def test_top_runs_and_goes(tmp_path: object) -> None:
    async with pane() as shown:
        await shown.run("top -d 9")
        await shown.see("PID")
        await shown.pilot.press("q")
        await shown.see("pane $")


async def test_cursor_keys_in_application_mode() -> None:
    async with pane() as shown:
        await shown.run("printf '\\033[?1h'; read -rsn3 key; printf '%q\\n' \"$key\"")
        await shown.until(lambda: shown.terminal.board.modes.cursor_application_mode)
        await shown.pilot.press("up")
        await shown.see("OA'")


@pytest.mark.parametrize(
    ("keys", "wanted"), [(("alt+f2",), "OQ'"), (("alt+c", "alt+c", "f2"), "OQ'")]
)
async def test_a_key_of_the_game_can_be_sent_to_the_program(
    keys: tuple[str, ...], wanted: str
) -> None:
    async with pane() as shown:
        await shown.run("read -rsn3 key; printf '%q\\n' \"$key\"")
        for key in keys:
            await shown.pilot.press(key)
        await shown.see(wanted)
        assert shown.app.games == 0


async def test_the_bell_rings_once_for_many() -> None:
    async with pane() as shown:
        began = monotonic()
        await shown.run("printf '%0.s\\a' $(seq 1 5000); echo rung", "rung")
        await shown.until(lambda: shown.app.bells)
        assert shown.app.bells <= 1 + (monotonic() - began) / BELL_SECONDS


async def test_copy_mode_moves_marks_and_copies_over_the_scrollback() -> None:
    async with pane() as shown:
        await shown.run("seq 1000 1100", "1100")
        await shown.pilot.press("alt+c", "pageup", "pageup", "0", "v", "j", "j", "end", "y")
        lines = shown.app.clipboard.split("\n")
        assert len(lines) == 3
        assert [int(line) - int(lines[0]) for line in lines] == [0, 1, 2]
        assert not shown.terminal.copying


async def test_a_narrower_pane_wraps_its_lines_anew_and_keeps_the_prompt() -> None:
    async with pane() as shown:
        await shown.run("clear; printf 'x%.0s' $(seq 1 90); echo; echo after", "after")
        await shown.until(lambda: shown.rows[2:3] == [PROMPT.strip()])
        await shown.pilot.resize_terminal(60, 30)
        await shown.until(lambda: shown.rows[:4] == ["x" * 60, "x" * 30, "after", PROMPT.strip()])
        await shown.pilot.press(*"abc")
        await shown.until(lambda: shown.rows[3] == f"{PROMPT}abc")
        await shown.pilot.resize_terminal(100, 30)
        await shown.until(lambda: shown.rows[:3] == ["x" * 90, "after", f"{PROMPT}abc"])


async def test_what_a_program_is_writing_goes_on_at_its_place_in_a_narrower_pane() -> None:
    async with pane() as shown:
        await shown.run("clear; stty -echo; printf 'x%.0s' $(seq 1 90); read; echo on")
        await shown.see("x" * 90)
        await shown.pilot.resize_terminal(60, 30)
        await shown.pilot.press("enter")
        await shown.until(lambda: shown.rows[:2] == ["x" * 60, "x" * 30 + "on"])


async def test_the_page_below_a_full_screen_program_is_wrapped_anew_too() -> None:
    async with pane() as shown:
        await shown.run("clear; printf 'x%.0s' $(seq 1 90); echo; echo after", "after")
        await shown.run(ENDS_ITSELF)
        await shown.until(lambda: shown.terminal.in_full_screen_program)
        await shown.pilot.resize_terminal(60, 30)
        await shown.pilot.press("enter")
        await shown.until(lambda: not shown.terminal.in_full_screen_program)
        await shown.until(lambda: shown.rows[:3] == ["x" * 60, "x" * 30, "after"])


async def test_a_line_that_was_wrapped_is_copied_as_one() -> None:
    async with pane() as shown:
        await shown.run("printf 'x%.0s' $(seq 1 150); echo; echo after", "after")
        row = next(n for n, line in enumerate(shown.rows) if line.startswith("xxx"))
        terminal = shown.terminal
        await shown.pilot.press("alt+c", *["up"] * (terminal.cursor_offset().y - row), "0", "v")
        await shown.pilot.press("down", "end", "y")
        assert shown.app.clipboard == "x" * 150


async def test_dragging_marks_and_copies() -> None:
    async with pane() as shown:
        await shown.run("clear; echo first word; echo second", "second")
        row = next(n for n, line in enumerate(shown.rows) if line.startswith("first"))
        at = shown.terminal.content_region.offset - shown.terminal.region.offset
        await shown.pilot.mouse_down("#terminal", offset=at + Offset(6, row))
        await shown.pilot.hover("#terminal", offset=at + Offset(5, row + 1))
        await shown.pilot.mouse_up("#terminal", offset=at + Offset(5, row + 1))
        assert shown.app.clipboard == "word\nsecond"


async def test_a_double_click_takes_the_word() -> None:
    async with pane() as shown:
        await shown.run("clear; echo pod/front-7c9f: gone", "gone")
        row = next(n for n, line in enumerate(shown.rows) if line.startswith("pod/"))
        await shown.pilot.click("#terminal", offset=Offset(6, row), times=2)
        assert shown.app.clipboard == "pod/front-7c9f:"


async def test_whoever_reads_back_keeps_the_lines_while_more_come() -> None:
    async with pane() as shown:
        await shown.run("seq 1 100", "100")
        await shown.run("(read -r x </dev/tty) 2>/dev/null; (sleep 0.2; seq 200 260) &")
        await shown.pilot.press("enter", "shift+pageup")
        top = shown.terminal.history.line(shown.terminal.line_number(0))
        await shown.see("260")
        assert shown.terminal.history.line(shown.terminal.line_number(0)) == top


async def test_a_paste_is_bracketed_where_the_program_asks_for_it() -> None:
    async with pane() as shown:
        await shown.run("printf '\\033[?2004h'; read -rsn10 text; printf '%q\\n' \"$text\"")
        await shown.until(lambda: shown.terminal.board.modes.bracketed_paste)
        shown.terminal.paste("abcd\x1b[20\x1b[201~1~rm")
        await shown.see("200~abcd")


async def test_the_shell_ends_and_begins_again() -> None:
    async with pane() as shown:
        await shown.run("exit 3")
        await shown.until(lambda: isinstance(shown.app.focused, Ended))
        await shown.pilot.press("enter")
        await shown.until(lambda: shown.app.query("#terminal"))
        await shown.see("pane $")
