"""The round: every action by its key, in the shell and out of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.widgets import TextArea

from breakfix.clock import VirtualClock
from breakfix.clusters.live_picture import Link, Picture
from breakfix.errors import RoundError
from breakfix.game.model import HintView, State
from breakfix.tui.screens.debrief import DebriefScreen
from breakfix.tui.screens.diagnose import DiagnoseScreen
from breakfix.tui.screens.pause import PauseScreen
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.screens.verify import VerifyScreen
from breakfix.tui.words import MINUS
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


# -- verify ---------------------------------------------------------------------------


async def test_a_verify_that_fails_stays_readable_and_play_goes_on(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f2")
        await play.see("Not solved. 2 of 3 checks fail")
        assert "saw       NXDOMAIN" in play.frame
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        await play.as_game()
        await play.press("c")
        await play.see("saw       NXDOMAIN")
        assert play.round.state is State.RUNNING


async def test_a_verify_that_passes_leads_to_the_debrief(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable = True
        await play.as_game()
        await play.press("v")
        await play.see("✓ Solved.")
        await play.press("enter")
        await debriefed(play)


async def test_results_are_live_while_a_verify_runs(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable, play.round.hold = True, asyncio.Event()
        await play.press("f2")
        await play.see("holding 0.0 s of 5 s")
        assert "asking the cluster" in play.frame
        play.round.hold.set()
        await play.see("✓ Solved.")


async def test_a_hidden_verify_goes_on_and_ends_the_round(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable, play.round.hold = True, asyncio.Event()
        await play.press("f2")
        await play.see("asking the cluster")
        await play.press("escape")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        play.round.hold.set()
        await debriefed(play)


async def test_a_hidden_verify_is_shown_again_not_started_twice(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.hold = asyncio.Event()
        await play.press("f2")
        await play.see("asking the cluster")
        await play.press("escape", "f2")
        await play.until(lambda: isinstance(play.app.screen, VerifyScreen))
        play.round.hold.set()
        await play.see("Not solved")
        assert play.round.wrong == 1


# -- hints and diagnosis --------------------------------------------------------------


async def test_the_price_and_the_new_score_are_shown_before_a_hint_is_bought(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f3")
        await play.see("score  80 → 70")
        assert f"{MINUS}10 points" in play.frame
        await play.press("escape")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.round.bought == []


async def test_a_bought_hint_can_be_put_on_the_shells_line(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f3")
        await play.see("Buy it")
        await play.press("y")
        await play.see("Show me")
        await play.press("s")
        await play.until(lambda: "kubectl -n shop describe deploy/front" in play.terminal.text())
        assert play.board.in_shell
        await play.see("✓ describe")


async def test_s_shows_the_command_of_the_last_hint_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("s")
        await play.see("No hint with a command")
        await play.press("h")
        await play.see("Buy it")
        await play.press("enter")
        await play.see("Back to the round")
        await play.press("k")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        await play.press("s")
        await play.until(lambda: "describe deploy/front" in play.terminal.text())


async def test_a_refused_hint_says_why(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()

        def refused() -> HintView:
            raise RoundError("the round is over")

        play.round.buy_hint = refused  # type: ignore[method-assign]
        await play.press("f3")
        await play.see("Buy it")
        await play.press("y")
        await play.see("the round is over")


async def test_no_hint_is_left_when_all_are_bought(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.bought = [0, 1, 2, 3, 4]
        await play.press("f3")
        await play.see("There are no more hints.")


async def test_a_diagnosis_is_chosen_by_typing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f4")
        await play.until(lambda: isinstance(play.app.screen, DiagnoseScreen))
        await play.press(*"core")
        await play.gone("kube-proxy")
        await play.press("enter")
        await play.press(*"rew", "enter")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        await play.see("CoreDNS ✓ · wrong rewrite ✓")
        assert play.round.diagnosis is not None


async def test_half_a_diagnosis_is_not_sent(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f4")
        await play.until(lambda: isinstance(play.app.screen, DiagnoseScreen))
        await play.press("ctrl+s")
        await play.see("Choose one line of each list")
        await play.press("x", "backspace", "escape")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.round.diagnosis is None


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
        await play.see("Buy it")
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
