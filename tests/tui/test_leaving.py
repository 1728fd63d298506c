"""What is left behind by a round: the line after an open one, and looks at the Events pane."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from breakfix.cli.play import _tell_of_open
from breakfix.clock import VirtualClock
from breakfix.tui.screens.debrief import told_files
from tests.tui.driving import playing
from tests.tui.fakes import FakeLobby


@dataclass
class Terminal:
    """What a person reads after the screen has gone."""

    captured: pytest.CaptureFixture[str]
    lobby: FakeLobby

    def says(self) -> str:
        """The lines on standard output."""
        _tell_of_open(self.lobby)
        return self.captured.readouterr().out


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys, FakeLobby(VirtualClock(), tmp_path))


def test_nothing_is_said_where_no_round_is_open(terminal: Terminal) -> None:
    assert terminal.says() == ""


async def test_an_open_round_is_told_with_what_to_do(terminal: Terminal, tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("ctrl+q")
        await play.see("the clock runs on")
        terminal.lobby.open = left = play.round
    title = left.scenario.metadata.title
    assert terminal.says() == (
        f"A round is open: “{title}” on kind:breakfix; its clock runs on. "
        "Go on: breakfix play. End it: breakfix round end.\n"
    )
    left.pause()
    assert "its clock stands" in terminal.says()


async def test_bringing_the_events_up_counts_once_as_a_look(tmp_path: Path) -> None:
    commands = tmp_path / "commands"
    async with playing(tmp_path) as play:
        await play.in_round()
        assert not commands.exists() or "get events" not in commands.read_text()
        await play.press("f6", "f5", "f6")
        await play.until(lambda: commands.exists() and "get events" in commands.read_text())
        assert commands.read_text().count("kubectl get events -A\n") == 1


def test_exports_are_told_shortly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "data" / "debriefs"
    written = [folder / f"2026-01-01-a-name-7F3K.{ending}" for ending in ("md", "svg")]
    assert told_files(folder, written) == "~/data/debriefs\n2026-01-01-a-name-7F3K.md .svg"
    assert told_files(Path("/srv"), [Path("/srv/a.md"), Path("/srv/b.png")]) == (
        "/srv\na.md\nb.png"
    )
