"""A data directory of its own with an embedded cluster in a process of its own, taken down
after the test whatever happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.terminal.driver import WIDE, Driven

BREAKFIX = [sys.executable, "-m", "breakfix"]
CLUSTER = "embedded:terminal"


@dataclass
class Home:
    """One installation: its data directory and its cluster."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment of a person who has just installed it, with bash as the shell."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BREAKFIX", "KUBE"))}
        found = kept | {"BREAKFIX_HOME": str(self.folder), "SHELL": "/bin/bash", "TERM": "xterm"}
        found.pop("NO_COLOR", None)
        return found

    def play(self, *words: str, size: tuple[int, int] = WIDE) -> Driven:
        """`breakfix play` in a terminal."""
        return Driven([*BREAKFIX, "play", *words, "--cluster", CLUSTER], self.env, size)

    def breakfix(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of it, to its end."""
        return subprocess.run(
            [*BREAKFIX, *words], env=self.env, capture_output=True, text=True, check=False,
            timeout=60,
        )  # fmt: skip

    @property
    def cluster_process(self) -> int:
        """The number of the process that is the cluster."""
        return int((self.folder / "embedded" / "terminal" / "pid").read_text())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A fresh installation."""
    found = Home(tmp_path / "home")
    yield found
    with suppress(OSError, ValueError):
        os.kill(found.cluster_process, signal.SIGKILL)
