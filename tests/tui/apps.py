"""The app over fakes, with a shell that says always the same."""

from __future__ import annotations

import stat
from pathlib import Path

from breakfix.clock import VirtualClock
from breakfix.settings import Settings
from breakfix.tui.app import BreakfixApp
from tests.tui.fakes import FakeLobby, FakeWatcher

TRANSCRIPT = """\
shop $ k logs deploy/front --tail=2
GET / -> 200
GET /products -> 502  upstream catalog: name does not resolve
shop $ """
READY = "does not resolve"


def fixed_shell(folder: Path) -> Path:
    """A program that prints a transcript and then echoes what is typed."""
    path = folder / "fixed-shell"
    path.write_text(f"#!/bin/sh\nprintf '%s' '{TRANSCRIPT}'\nexec cat\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def make_app(
    folder: Path, lobby: FakeLobby | None = None, start: str | None = None,
    seed: str | None = None, watcher: FakeWatcher | None = None, shell: str = "",
    settings: Settings | None = None,
) -> BreakfixApp:  # fmt: skip
    """An app whose rounds are fakes; `shell` is a program, the fixed one by default."""
    clock = lobby.clock if lobby else VirtualClock()
    env = {
        "SHELL": shell or str(fixed_shell(folder)),
        "KUBECONFIG": str(folder / "kubeconfig"),
        "HOME": str(folder),
        "BREAKFIX_COMMANDS": str(folder / "commands"),
    }
    return BreakfixApp(
        lambda: lobby or FakeLobby(clock, folder), settings or Settings(data_dir=folder), clock,
        lambda _: env, start, seed, watch=lambda _: watcher or FakeWatcher(),
    )  # fmt: skip
