"""Lines in and out, also those that come from beside the prompt; the learner's programs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from breakfix.errors import BreakfixError
from breakfix.plain.console import Console
from breakfix.plain.learner import LearnersShell
from breakfix.plain.terminal import terminal_console

PATH = "/usr/bin:/bin"


def test_what_comes_from_beside_says_the_prompt_again_with_what_was_typed() -> None:
    said: list[str] = []

    def read(prompt: str) -> str:
        said.append(prompt)
        console.interject("Time is up.", urgent=True)
        return "status"

    console = Console(read, said.append, typed=lambda: "sta")
    assert console.ask("round> ") == "status"
    assert "".join(said) == "round> \nTime is up.\nround> sta"


def test_while_a_program_has_the_terminal_only_what_is_urgent_is_said() -> None:
    said: list[str] = []
    console = Console(input, said.append)
    with console.lent():
        console.interject("The cluster answers again.")
        console.interject("Time is up.", urgent=True)
        assert said == ["Time is up.\n"]
    assert said == ["Time is up.\n", "The cluster answers again.\n"]


def test_a_command_is_never_wrapped() -> None:
    said: list[str] = []
    command = "  kubectl -n shop get events --sort-by=.lastTimestamp"
    Console(input, said.append, width=20).say(command)
    assert said == [f"{command}\n"]


def test_a_terminal_that_is_gone_is_no_error() -> None:
    def gone(text: str) -> None:
        raise OSError(5, "Input/output error")

    Console(input, gone).say("Putting the cluster back.")


def test_who_has_gone_is_not_asked_any_more() -> None:
    def gone(text: str) -> None:
        raise BrokenPipeError

    console = Console(lambda _: "give up", gone)
    console.say("Putting the cluster back.")
    assert console.ask("round> ") is None


def test_what_is_not_in_the_persons_encoding_is_a_question_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"note \xff\n"), "utf-8"))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(heard, "ascii"))
    console = terminal_console(tmp_path / "history", lambda _: [])
    assert console.ask("round> ") == "note \ufffd"
    console.say("“quoted”")
    assert heard.getvalue() == b"round> note ?\n?quoted?\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_streams_that_are_closed_are_empty(closed: str, tmp_path: Path) -> None:
    found = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m breakfix play --plain {closed}"],
        env=os.environ | {"BREAKFIX_HOME": str(tmp_path)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert (found.returncode, found.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "breakfix", "play", "--plain"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"BREAKFIX_HOME": str(tmp_path), "PYTHONUNBUFFERED": ""},
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdin.write("list\n" * 9)
    process.stdin.flush()
    assert process.wait(30) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_a_pipe_is_read_line_by_line_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("brief\nverify"))
    console = terminal_console(tmp_path / "history", lambda _: [])
    assert [console.ask("round> ") for _ in range(3)] == ["brief", "verify", None]
    assert capsys.readouterr().out == "round> brief\nround> verify\nround> \n"


# -- the learner's programs -----------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["ls", "cd /tmp", "A=1 env", "./mine", "$SHELL", "(ls)", "for x in 1; do ls; done"]
)
def test_a_shell_knows_programs_and_its_own_words(line: str) -> None:
    assert LearnersShell(["/bin/sh"], {"PATH": PATH}).knows(line)


def test_a_shell_does_not_know_other_words() -> None:
    assert not LearnersShell(["/bin/sh"], {"PATH": PATH}).knows("verfy now")


def test_a_line_runs_with_the_learners_environment(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("the next line of the game"))
    shell = LearnersShell(["/bin/sh"], {"PATH": PATH, "KUBECONFIG": "/of/the/round"})
    assert shell.run("echo $KUBECONFIG | tr a-z A-Z; cat; exit 4") == 4
    assert capfd.readouterr().out == "/OF/THE/ROUND\n"


def test_a_line_that_is_too_long_is_refused() -> None:
    shell = LearnersShell(["/bin/sh"], {"PATH": PATH})
    with pytest.raises(BreakfixError, match="/bin/sh cannot be started: Argument list too long"):
        shell.run(f": {'x' * (1 << 22)}")


def kubectl_of_tests(folder: Path) -> dict[str, str]:
    """A kubectl that completes, and says whether it would be written down."""
    program = folder / "kubectl"
    program.write_text('#!/bin/sh\necho "$2 $3$BREAKFIX_COMMANDS\tabout it"\necho :4\n')
    program.chmod(0o700)
    return {"PATH": f"{folder}:{PATH}", "BREAKFIX_COMMANDS": "/written/down"}


def test_kubectl_completes_its_own_lines_without_being_written_down(tmp_path: Path) -> None:
    shell = LearnersShell(["/bin/sh"], kubectl_of_tests(tmp_path))
    assert shell.complete("k get po") == ["k get get po"]


def test_other_programs_are_not_completed(tmp_path: Path) -> None:
    assert LearnersShell(["/bin/sh"], kubectl_of_tests(tmp_path)).complete("ls fi") == []
