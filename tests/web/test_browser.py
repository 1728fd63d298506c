"""The page in a real browser: a round on the embedded cluster, played by keyboard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.web.browsing import PATIENCE, Tab, chromium, picture

pytestmark = pytest.mark.whole
BREAKFIX = [sys.executable, "-m", "breakfix"]
NAME = "identity-wrong-namespace"
TITLE = "Known at the door"
FIX = (
    "k -n shop patch rolebinding pricing --type=json "
    """-p '[{"op":"replace","path":"/subjects/0/namespace","value":"shop"}]'"""
)


@dataclass(frozen=True)
class Served:
    """A running `breakfix web`."""

    url: str
    process: subprocess.Popen[str]

    def sessions(self) -> list[int]:
        """The processes of its tabs."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(number) for file in children for number in file.read_text().split()]

    def wait_for_sessions(self, count: int) -> None:
        """Wait until there are so many."""
        end = monotonic() + PATIENCE
        while len(self.sessions()) != count:
            assert monotonic() < end, self.sessions()
            sleep(0.02)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The server with a home and a cluster of its own, both gone at the end."""
    env = os.environ | {
        "BREAKFIX_HOME": str(tmp_path / "home"), "HOME": str(tmp_path), "SHELL": "/bin/bash",
    }  # fmt: skip
    command = [*BREAKFIX, "web", "--cluster", "embedded", "--json"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield Served(json.loads(process.stdout.readline())["url"], process)
    process.terminate()
    assert process.wait(30) == 0
    down = [*BREAKFIX, "cluster", "down", "embedded"]
    subprocess.run(down, env=env, capture_output=True, check=False, timeout=60)


def home(tab: Tab, served: Served) -> None:
    """Open the page and come home, past the welcome of a first run."""
    tab.page.goto(served.url)
    if tab.see("rounds solved", "Welcome") == "Welcome":
        tab.press("Escape")
        tab.see("rounds solved")


def choose(tab: Tab) -> None:
    """Find the round by its name and play it."""
    tab.press_until("/", "words, or")
    tab.type("wrong-namespace")
    tab.see("1 of 10")
    tab.press_until("Enter", "Setting up")


def test_a_round_is_played_in_a_browser(served: Served, tmp_path: Path) -> None:
    with chromium() as context:
        tab = Tab(context.new_page())
        home(tab, served)
        assert "token" not in tab.page.url
        choose(tab)
        tab.see("shop $")

        # a second tab is told; a closed one leaves the round open and no process
        other = Tab(context.new_page())
        home(other, served)
        other.press("c")
        other.see("is held by")
        other.page.close()
        served.wait_for_sessions(1)
        tab.page.close()
        served.wait_for_sessions(0)

        tab = Tab(context.new_page())
        home(tab, served)
        tab.see("Continue")
        tab.press("c")
        tab.see("shop $")
        tab.type(f"{FIX}\n")
        tab.see("pricing patched")
        picture(tab, tmp_path, "round")

        before = tab.size
        tab.page.set_viewport_size({"width": 900, "height": 600})
        tab.page.wait_for_function(f"() => window.theTerminal.terminal.cols !== {before[0]}")
        tab.page.set_viewport_size({"width": 1280, "height": 800})
        tab.see("pricing patched")

        tab.press("F2")
        tab.see("Solved")
        tab.press_until("Enter", "Why it broke")
        picture(tab, tmp_path, "debrief")
        tab.press("q")
        tab.page.wait_for_selector("#ended", state="visible")
        served.wait_for_sessions(0)
        assert tab.complaints == []
        origin = served.url.partition("/?")[0]
        assert [url for url in tab.asked if not url.startswith(origin)] == []


def test_copying_and_function_keys_work_as_in_a_terminal(served: Served) -> None:
    with chromium() as context:
        origin = served.url.partition("/?")[0]
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
        tab = Tab(context.new_page())
        home(tab, served)

        # what Textual writes for a copy, as xterm gets it
        osc52 = r"\x1b]52;c;YnJlYWtmaXg=\x07"
        tab.page.evaluate(f'() => window.theTerminal.terminal.write("{osc52}")')
        read = "async () => (await navigator.clipboard.readText()) === 'breakfix'"
        tab.page.wait_for_function(read)

        # F5 loads no page anew, F1 opens our help
        asked = len(tab.asked)
        tab.press("F5", "F3")
        tab.press_until("F1", "esc")
        assert len(tab.asked) == asked
