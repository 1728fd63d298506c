"""The round: every action by its key, in the shell and out of it."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import TextArea

from breakfix.clock import VirtualClock
from breakfix.clusters.live_picture import Link, Picture
from breakfix.game.model import State
from breakfix.tui.screens.debrief import DebriefScreen
from breakfix.tui.screens.pause import PauseScreen
from breakfix.tui.screens.round import RoundScreen
from tests.tui.driving import Play, playing
from tests.tui.fakes import FakeLobby, open_round


async def debriefed(play: Play) -> None:
    """Wait for the debrief."""
    await play.until(lambda: isinstance(play.app.screen, DebriefScreen))


async def test_the_header_says_in_words_when_par_is_behind(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.see("00:00 / par 06:00")
        play.lobby.clock.advance(430)
        await play.see("07:10 · 01:10 over par · 07:50 left")


# -- the clock and the end ------------------------------------------------------------


async def test_pause_hides_everything_and_stops_the_clock(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f8")
        await play.see("The clock stands at 00:00")
        assert isinstance(play.app.screen, PauseScreen)
        assert "product list" not in play.frame
        assert "does not resolve" not in play.frame
        play.lobby.clock.advance(100)
        await play.press("p")
        await play.until(lambda: play.round.state is State.RUNNING)
        assert play.round.elapsed == 0


async def test_a_round_that_was_left_paused_comes_back_paused(tmp_path: Path) -> None:
    clock = VirtualClock()
    lobby = FakeLobby(clock, tmp_path, open=open_round(clock, tmp_path, 90))
    assert lobby.open is not None
    lobby.open.pause()
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.press("enter")
        await play.see("The clock stands at 01:30")


async def test_giving_up_asks_first(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f10")
        await play.see("The round ends unsolved")
        await play.press("escape")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.round.state is State.RUNNING
        await play.press("f10")
        await play.see("The round ends unsolved")
        await play.press("g")
        await debriefed(play)
        await play.see("Given up after")


async def test_a_time_out_ends_the_round_whatever_is_open(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f3")
        await play.see("never sold")
        play.lobby.clock.advance(901)
        await debriefed(play)
        await play.see("Timed out after")


async def test_leaving_can_keep_the_round_open(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("ctrl+q")
        await play.see("Leave it open")
        await play.press("l")
        await play.until(lambda: play.app._exit)
        assert play.round.state is State.RUNNING
        assert play.round.let_go
        assert not play.round.ended


# -- panes and keys -------------------------------------------------------------------


async def test_letters_are_the_shells_until_the_shell_is_left(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.until(lambda: play.board.in_shell)
        await play.press("v", "h")
        await play.until(lambda: "vh" in play.terminal.text())
        await play.see("^g leave shell")
        await play.press("ctrl+g")
        await play.see("v verify")
        await play.press("ctrl+g")
        await play.see("^g leave shell")


async def test_tabs_come_up_by_key_and_by_click(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f6")
        await play.see("[Events]")
        assert "Back-off restarting" in play.frame
        await play.press("f5")
        await play.see("[Map]")
        await play.pilot.click("#map", offset=(10, 0))
        await play.see("[Events]")


async def test_on_a_small_screen_tabs_are_turned_and_the_page_has_a_key(tmp_path: Path) -> None:
    async with playing(tmp_path, (80, 24)) as play:
        await play.in_round()
        await play.as_game()
        assert play.board.focused == "customers"
        assert "r page" in play.frame
        await play.press("right")
        await play.see("[Map]")
        await play.press("e", "tab")
        await play.see("[Checks]")
        await play.press("left")
        await play.see("[Events]")
        await play.press("r")
        await play.see("[Page]")
        assert play.board.focused == "page"
        await play.see("Find out why a name does not resolve")


async def test_events_can_be_of_one_namespace(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f6")
        await play.see("deployment/coredns")
        await play.press("f", "f")
        await play.see("only shop")
        assert "deployment/coredns" not in play.frame


async def test_zoom_gives_the_shell_the_whole_board(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.until(lambda: play.board.in_shell)
        before = play.terminal.size.width
        await play.press("f7")
        await play.until(lambda: play.terminal.size.width > before)
        await play.until(lambda: play.terminal.board.width == play.terminal.size.width)
        await play.press("f7")
        await play.until(lambda: play.terminal.size.width == before)


async def test_on_a_small_screen_the_shell_is_a_tab_with_16_rows(tmp_path: Path) -> None:
    async with playing(tmp_path, size=(80, 24)) as play:
        await play.in_round()
        await play.see("[Shell]")
        assert play.terminal.size.height >= 16
        await play.press("f5")
        await play.see("coredns")
        await play.press("ctrl+g")
        await play.see("[Shell]")
        assert play.board.in_shell


async def test_the_layout_follows_the_size(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.pilot.resize_terminal(80, 24)
        await play.see("[Shell]")
        await play.pilot.resize_terminal(180, 50)
        await play.see("[Map]")
        assert "Back-off restarting" in play.frame


async def test_notes_are_kept_for_the_round(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("n")
        await play.until(lambda: isinstance(play.focused, TextArea))
        await play.press(*"look")
        await play.press("f5")
    assert (tmp_path / "notes" / "round-1.md").read_text() == "look"


async def test_a_lost_cluster_is_said_on_the_map(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        assert play.watcher.changed is not None
        play.watcher.changed(Picture(Link.LOST, "connection refused"))
        await play.see("The cluster does not answer. connection refused")


async def test_every_round_key_has_a_help_line_and_a_command(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        commands = {c.title for c in play.app.get_system_commands(play.app.screen)}
        assert {"Verify", "Hint", "Diagnose", "Map", "Events", "Notes", "Zoom"} <= commands
        await play.press("f1")
        await play.see("Name the component and the fault")


async def test_a_command_of_the_palette_does_what_its_key_does(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f9")
        await play.pilot.pause()
        await play.press(*"pause")
        await play.see("Stop the clock")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, PauseScreen))


async def test_once_a_round_is_up_what_stays_is_left_alone_by_the_collector(
    tmp_path: Path, settled: list[None]
) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.until(lambda: settled)
        assert play.watcher.changed is not None
        play.watcher.changed(play.watcher.picture)
        await play.pilot.pause()
        assert len(settled) == 1
