"""The terminal behind a server: it draws into a pipe, and ends with whoever reads it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from breakfix.tui.shell_files import prepare
from breakfix.web.session import READY, environment


@pytest.fixture
def play(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A `breakfix play` as a session starts it, that has begun to draw."""
    env = environment(os.environ | {"BREAKFIX_HOME": str(tmp_path)}, 100, 30)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "breakfix", "play", "--cluster", "embedded"], env=env,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == READY
    yield process
    process.kill()
    process.communicate()


def test_the_terminal_ends_with_its_input(play: subprocess.Popen[bytes]) -> None:
    assert play.stdin is not None
    play.stdin.close()
    play.stdin = None
    _, errors = play.communicate(timeout=60)
    assert (play.returncode, errors) == (0, b"")


def test_the_terminal_ends_also_where_nobody_reads_what_it_draws(
    play: subprocess.Popen[bytes],
) -> None:
    assert play.stdin is not None
    assert play.stdout is not None
    play.stdout.close()
    play.stdin.close()
    play.stdin = play.stdout = None
    _, errors = play.communicate(timeout=60)
    assert (play.returncode, errors) == (0, b"")


def test_the_learners_shell_does_not_draw_for_the_browser(tmp_path: Path) -> None:
    _, env = prepare(tmp_path, environment({"SHELL": "/bin/bash"}, 100, 30), "shop")
    told = {"TEXTUAL_DRIVER", "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM", "TERM_PROGRAM", "ROWS"}
    assert told & set(env) == set()
