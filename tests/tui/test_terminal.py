"""The terminal pane: a real PTY, keys, scrollback, resizing, the prepared shell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bittty import constants

from breakfix.tui.shell_files import prepare
from breakfix.tui.widgets.keyboard import sequence_of
from breakfix.tui.widgets.scrollback import HistoryVideo
from breakfix.tui.widgets.shell import Ended
from tests.tui.driving import playing

NONE, CTRL, ALT = constants.KEY_MOD_NONE, constants.KEY_MOD_CTRL, constants.KEY_MOD_ALT
needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="needs bash: apt install bash")


@needs_bash
async def test_the_shell_has_the_rounds_kubeconfig_and_its_own_prompt(tmp_path: Path) -> None:
    async with playing(tmp_path, shell=shutil.which("bash") or "") as play:
        await play.in_round("shop $")
        await play.press(*"echo is $KUBECONFIG", "enter")
        wanted = f"is {tmp_path / 'kubeconfig'}".replace("\n", "")
        await play.until(lambda: wanted in play.terminal.text().replace("\n", ""))
        typed = tmp_path / "commands"
        await play.until(lambda: typed.exists() and "echo is $KUBECONFIG" in typed.read_text())
        assert typed.read_text().split()[0].isdecimal()
        await play.press(*"alias k", "enter")
        await play.until(lambda: "alias k='kubectl'" in play.terminal.text())


@needs_bash
async def test_a_shell_that_has_ended_can_be_started_anew(tmp_path: Path) -> None:
    async with playing(tmp_path, shell=shutil.which("bash") or "") as play:
        await play.in_round("shop $")
        await play.press(*"exit 3", "enter")
        await play.see("The shell has ended (exit code 3)")
        await play.until(lambda: isinstance(play.focused, Ended))
        await play.press("enter")
        await play.until(lambda: play.board.query("#terminal"))
        await play.until(lambda: "shop $" in play.terminal.text())


@needs_bash
async def test_what_scrolled_off_can_be_read_again(tmp_path: Path) -> None:
    async with playing(tmp_path, shell=shutil.which("bash") or "") as play:
        await play.in_round("shop $")
        await play.press(*"seq 100 200", "enter")
        await play.until(lambda: "200" in play.terminal.text())
        await play.press("shift+pageup", "shift+pageup", "shift+pageup")
        await play.see("lines back")
        assert "120" in play.frame
        await play.press("space")
        await play.gone("lines back")


@needs_bash
async def test_a_full_screen_program_knows_the_size_after_a_zoom(tmp_path: Path) -> None:
    async with playing(tmp_path, shell=shutil.which("bash") or "") as play:
        await play.in_round("shop $")
        await play.press("f7")
        await play.until(lambda: play.terminal.size.width > 100)
        await play.press(*"stty size", "enter")
        size = play.terminal.size
        await play.until(lambda: f"{size.height} {size.width}" in play.terminal.text())


async def test_a_long_paste_arrives_whole(tmp_path: Path) -> None:
    target = tmp_path / "pasted"
    shell = tmp_path / "slow"
    shell.write_text(f"#!/bin/sh\nstty raw -echo\necho ready\nexec head -c 200000 > {target}\n")
    shell.chmod(0o755)
    async with playing(tmp_path, shell=str(shell)) as play:
        await play.in_round("ready")
        play.terminal.paste("x" * 200_000)
        await play.until(lambda: target.exists() and target.stat().st_size == 200_000)


async def test_a_paste_cannot_end_its_own_bracket(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.terminal.paste("one\x1b[201~two")
        await play.until(lambda: "onetwo" in play.terminal.text())


@pytest.mark.parametrize(
    ("key", "character", "wanted"),
    [
        ("a", "a", ("", "a", NONE)),
        ("enter", "\r", ("", "\r", NONE)),
        ("shift+tab", None, ("\x1b[Z", "", NONE)),
        ("ctrl+c", "\x03", ("\x03", "", NONE)),
        ("ctrl+c", None, ("", "c", CTRL)),
        ("ctrl+backslash", None, ("\x1c", "", NONE)),
        ("ctrl+underscore", None, ("\x1f", "", NONE)),
        ("ctrl+space", None, ("\x00", "", NONE)),
        ("alt+full_stop", None, ("", ".", ALT)),
        ("alt+backspace", None, ("\x1b\x7f", "", NONE)),
        ("f5", None, ("", "f5", NONE)),
        ("super+a", None, ("", "a", NONE)),
    ],
)
def test_keys_become_what_a_terminal_sends(
    key: str, character: str | None, wanted: tuple[str, str, int]
) -> None:
    assert sequence_of(key, character) == wanted


def test_a_page_that_gets_lower_keeps_the_row_of_the_prompt() -> None:
    page = HistoryVideo(10, 5)
    for row in range(5):
        page.set(0, row, f"line {row}")
    assert page.reshape(10, 3, (4, 0)) == (2, 0)
    assert page.get_line_text(2).strip() == "line 4"
    assert page.reshape(10, 5, (2, 0)) == (4, 0)
    assert page.get_line_text(0).strip() == "line 0"


def test_a_view_back_shows_what_has_left() -> None:
    page = HistoryVideo(4, 2)
    for text in ("a", "b", "c"):
        page.set(0, 1, text)
        page.scroll_region_up(0, 1, 1)
    rows = ["".join(char for _, char in row).strip() for row in page.view(2)]
    assert rows == ["a", "b"]


@pytest.mark.parametrize(
    ("shell", "arguments"),
    [
        ("/bin/bash", ["--rcfile"]),
        ("/usr/bin/zsh", ["-i"]),
        ("/usr/bin/fish", ["--init-command"]),
        ("/bin/dash", []),
    ],
)
def test_each_shell_is_prepared_its_own_way(
    tmp_path: Path, shell: str, arguments: list[str]
) -> None:
    command, env = prepare(tmp_path, {"SHELL": shell, "TMUX": "x"}, "shop")
    assert command[: len(arguments) + 1] == [shell, *arguments]
    assert env["BREAKFIX_NAMESPACE"] == "shop"
    assert "TMUX" not in env


def test_without_a_shell_in_the_environment_it_is_bash(tmp_path: Path) -> None:
    assert prepare(tmp_path, {}, "shop")[0][0] == "/bin/bash"


@needs_bash
async def test_an_escape_typed_before_does_not_spoil_a_command_that_is_put_there(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, shell=shutil.which("bash") or "") as play:
        await play.in_round("shop $")
        await play.press("escape")
        play.board.paste_command("echo one-$((1 + 1))")
        await play.see("echo one-$((1 + 1))")
        await play.press("enter")
        await play.see("one-2")
        await play.press("escape")
        play.board.run_command("echo two-$((1 + 1))")
        await play.see("two-2")
