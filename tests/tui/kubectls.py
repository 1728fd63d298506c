"""A kubectl that is a small script, and evidence screens that run it."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot

from breakfix.tui.evidence import Look, Target
from breakfix.tui.screens.evidence import EvidenceScreen
from breakfix.tui.theme import DARK
from breakfix.tui.widgets.evidence_text import EvidenceText
from tests.tui.panes import STYLES, Shown

FRONT = Target("Deployment", "shop", "front", ("front-a", "front-b"), ("main", "proxy"))
ANSWERS = """
case "$*" in
  *describe*) printf 'Name:         front\\nNamespace:    shop\\nReplicas:     2 desired\\n';;
  *yaml*) printf 'apiVersion: apps/v1\\nkind: Deployment\\nmetadata:\\n  name: front\\n';;
  *' -f') echo first; exec sleep 600;;
  *' -p') echo 'before the restart';;
  *logs*) i=1; while [ $i -le 60 ]; do echo "line $i of the log"; i=$((i+1)); done;;
  *events*) echo 'LAST SEEN   TYPE      REASON    OBJECT            MESSAGE';
            echo '5s          Warning   BackOff   deployment/front  Back-off restarting';;
esac
"""


def fake_kubectl(folder: Path, body: str = ANSWERS) -> dict[str, str]:
    """An environment in which kubectl is this script; its calls and its process ids are
    written down in files of the folder."""
    place = folder / "bin"
    place.mkdir(exist_ok=True)
    path = place / "kubectl"
    head = f'#!/bin/sh\necho "$$" >> "{folder}/pids"\necho "$KUBECONFIG $*" >> "{folder}/calls"\n'
    path.write_text(head + body)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {
        "PATH": f"{place}{os.pathsep}{os.environ['PATH']}",
        "KUBECONFIG": "/the/config",
        "BREAKFIX_COMMANDS": str(folder / "commands"),
    }


def alive(folder: Path) -> list[int]:
    """Those of the script's processes that still run."""
    found = folder / "pids"
    pids = [int(line) for line in found.read_text().split()] if found.exists() else []
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


class EvidenceApp(App[int]):
    """Nothing but evidence; what it is left with is kept."""

    CSS_PATH = [STYLES / name for name in ("base.tcss", "evidence.tcss")]

    def __init__(self, screen: EvidenceScreen) -> None:
        super().__init__()
        self._first = screen
        self.left: list[str | None] = []
        self.register_theme(DARK)
        self.theme = DARK.name

    def on_mount(self) -> None:
        """Straight to it."""
        self.push_screen(self._first, self.left.append)


class Looked(Shown):
    """An evidence screen under test."""

    def __init__(self, app: EvidenceApp, pilot: Pilot[int]) -> None:
        super().__init__(app, pilot)
        self.evidence = app

    @property
    def text(self) -> EvidenceText:
        """The lines."""
        return self.app.screen.query_one(EvidenceText)

    async def to(self, line: str) -> None:
        """Wait until this is one of the lines that came."""
        await self.until(lambda: line in self.text.lines)


@asynccontextmanager
async def looking(
    look: Look, env: Mapping[str, str], target: Target = FRONT, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[Looked]:
    """Evidence of an object on the screen."""
    app = EvidenceApp(EvidenceScreen(look, target, env))
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Looked(app, pilot)
