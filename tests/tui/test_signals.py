"""A terminal that goes away: the app leaves in order, and the terminal is put back."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
from tests.tui.apps import make_app
sys.exit(make_app(Path(sys.argv[1])).run())
"""
WANTED = b"rounds solved"


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_app_and_leaves_the_terminal_sane(
    tmp_path: Path, name: signal.Signals
) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT,
        env=os.environ | {"TERM": "xterm-256color"},
    )  # fmt: skip
    seen, up = bytearray(), threading.Event()

    def read() -> None:
        while chunk := os.read(ours, 65536):
            seen.extend(chunk)
            if WANTED in seen:
                up.set()

    threading.Thread(target=read, daemon=True, name="reader").start()
    assert up.wait(60), bytes(seen)
    process.send_signal(name)
    assert process.wait(30) == 128 + name
    assert termios.tcgetattr(theirs)[3] == before[3]
    assert seen.rstrip().endswith(b"l") or b"\x1b[?1049l" in seen
