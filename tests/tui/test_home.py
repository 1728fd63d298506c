"""Home: what is listed, and every key."""

from __future__ import annotations

from pathlib import Path

from breakfix.clock import VirtualClock
from breakfix.errors import StoreError
from breakfix.tui.screens.ask import AskScreen
from breakfix.tui.screens.help import HelpScreen
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.widgets.round_list import RoundList, matches
from breakfix.tui.words import TIMES
from tests.tui.apps import make_app
from tests.tui.driving import Play, playing
from tests.tui.fakes import FakeLobby, FakeWatcher, open_round
from tests.tui.samples import dns


async def test_rounds_are_listed_by_track_with_what_was_reached(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("dns  1 of 2")
        row = next(line for line in play.frame.splitlines() if "✓ A name that nobody" in line)
        assert "●●○○○" in row
        assert row.split("│")[1].split()[-4:] == ["06:00", "91", "05:31", f"3{TIMES}"]


async def test_the_page_beside_the_list_follows_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("dns-rewrite-eats-a-name")
        await play.press("down")
        await play.see("headless-without-answer")


async def test_search_narrows_while_typing_and_escape_ends_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"claim")
        await play.gone("A token for somebody else")
        assert "A claim that waits" in play.frame
        await play.press("escape")
        await play.see("A token for somebody else")


async def test_enter_in_the_search_goes_to_the_list_and_enter_there_plays(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"claim", "enter")
        await play.until(lambda: isinstance(play.focused, RoundList))
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.lobby.started == [("claim-waits-forever", "")]


async def test_a_round_that_cannot_be_played_here_says_why(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"never come", "enter", "enter")
        await play.see("Can't be played here")
        assert "pod-security: this cluster" in play.frame
        assert play.lobby.started == []


async def test_an_open_round_is_on_top_and_enter_goes_on_with_it(tmp_path: Path) -> None:
    clock = VirtualClock()
    lobby = FakeLobby(clock, tmp_path, open=open_round(clock, tmp_path, 90))
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.see("Continue  A name that nobody can find  running · 01:30")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.lobby.started == []


async def test_a_round_that_never_started_is_restored_and_home_comes_back(tmp_path: Path) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, half_set_up=dns())
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.see("preparing · not set up")
        await play.press("enter")
        await play.until(lambda: lobby.restored)
        await play.home()
        await play.gone("Continue")


async def test_help_lists_the_keys(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("question_mark")
        await play.see("Search as you type")
        assert isinstance(play.app.screen, HelpScreen)
        await play.press("escape")
        await play.gone("Search as you type")


async def test_q_leaves_with_exit_code_0(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("q")
        await play.until(lambda: play.app._exit)
    assert play.app.return_value == 0


async def test_keys_at_the_bottom_can_be_clicked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        row = play.frame.splitlines()[-1]
        await play.pilot.click("ScreenKeys", offset=(row.index("search"), 0))
        await play.until(lambda: play.focused is not None and play.focused.id == "search")


async def test_every_key_is_a_command_of_the_palette(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        commands = {c.title for c in play.app.get_system_commands(play.app.screen)}
        assert {"Play", "Search", "Help", "Quit", "Theme"} <= commands


async def test_a_lobby_that_cannot_be_opened_says_why_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path)
    failures = [StoreError("the history cannot be read: disk I/O error", "Check the disk.")]

    def opened() -> FakeLobby:
        if failures:
            raise failures.pop()
        return lobby

    app = make_app(tmp_path, lobby)
    app._open_lobby = opened
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        play = Play(app, pilot, lobby, FakeWatcher(), tmp_path)
        await play.see("disk I/O error")
        assert isinstance(app.screen, AskScreen)
        assert "Check the disk." in play.frame
        await play.press("r")
        await play.home()


def test_a_search_needs_every_word_somewhere(tmp_path: Path) -> None:
    listing = FakeLobby(VirtualClock(), tmp_path).listings()[0]
    assert matches(listing, "dns name")
    assert not matches(listing, "dns claim")
