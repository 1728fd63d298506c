"""The first run: three keys to the first round, and never again by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.clock import VirtualClock
from breakfix.tui.preferences import PreferencesFile
from breakfix.tui.screens.home import HomeScreen
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.screens.welcome import WelcomeScreen
from tests.tui.conftest import Golden
from tests.tui.driving import Play, playing
from tests.tui.fakes import FakeLobby

SIZES = [(80, 24), (120, 40), (200, 60)]


def newcomer(folder: Path) -> FakeLobby:
    """A lobby in which nothing was ever played."""
    return FakeLobby(VirtualClock(), folder, past=())


async def welcome(play: Play) -> None:
    """Wait for the welcome."""
    await play.until(lambda: isinstance(play.app.screen, WelcomeScreen))
    await play.see("Welcome")


async def test_three_times_enter_leads_into_the_easiest_round(tmp_path: Path) -> None:
    async with playing(tmp_path, lobby=newcomer(tmp_path)) as play:
        await welcome(play)
        await play.press("enter", "enter")
        await play.see("A claim that waits")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.lobby.started == [("claim-waits-forever", "")]
    assert PreferencesFile(tmp_path).read().welcomed


async def test_the_pages_say_what_happens_in_a_round(tmp_path: Path) -> None:
    async with playing(tmp_path, lobby=newcomer(tmp_path)) as play:
        await welcome(play)
        await play.see("it is put back as it was")
        await play.press("enter")
        for word in ("page", "shell", "hint", "verify", "debrief", "F2", "F3", "F1", "^g"):
            await play.see(word)
        await play.press("enter")
        await play.see("enter starts it")


async def test_one_can_go_back_a_page(tmp_path: Path) -> None:
    async with playing(tmp_path, lobby=newcomer(tmp_path)) as play:
        await welcome(play)
        await play.press("left", "enter", "left")
        await play.see("Something in a Kubernetes cluster breaks")


async def test_a_click_goes_on(tmp_path: Path) -> None:
    async with playing(tmp_path, lobby=newcomer(tmp_path)) as play:
        await welcome(play)
        await play.pilot.click("#welcome-text")
        await play.see("What the customers report")


async def test_the_keys_at_the_bottom_can_be_clicked(tmp_path: Path) -> None:
    async with playing(tmp_path, lobby=newcomer(tmp_path)) as play:
        await welcome(play)
        row = play.frame.splitlines()[-1]
        await play.pilot.click("ScreenKeys", offset=(row.index("go on"), 0))
        await play.see("What the customers report")
        row = play.frame.splitlines()[-1]
        await play.pilot.click("ScreenKeys", offset=(row.index("skip"), 0))
        await play.until(lambda: isinstance(play.app.screen, HomeScreen))


async def test_escape_skips_it_and_it_never_comes_back(tmp_path: Path) -> None:
    async with playing(tmp_path, lobby=newcomer(tmp_path)) as play:
        await welcome(play)
        await play.press("escape")
        await play.home()
        assert play.lobby.started == []
    async with playing(tmp_path, lobby=newcomer(tmp_path)) as play:
        await play.home()
        await play.see("0 of 9 rounds solved")
        assert isinstance(await screen_at_rest(play), HomeScreen)


async def test_in_the_smallest_window_it_scrolls_and_still_says_how_to_go_on(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, size=(60, 15), lobby=newcomer(tmp_path)) as play:
        await welcome(play)
        assert "enter goes on" in play.frame
        await play.press("end")
        await play.see("sooner next time.")
        assert "enter goes on" in play.frame


async def screen_at_rest(play: Play) -> object:
    """The screen once nothing moves any more."""
    await play.still()
    return play.app.screen


async def test_who_has_played_before_sees_no_welcome(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        assert isinstance(await screen_at_rest(play), HomeScreen)


async def test_it_can_be_shown_again_by_key_and_from_the_palette(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("w")
        await welcome(play)
        await play.press("escape")
        await play.until(lambda: isinstance(play.app.screen, HomeScreen))
        commands = {c.title for c in play.app.get_system_commands(play.app.screen)}
        assert "Show the welcome" in commands
        await play.press("question_mark")
        await play.see("What breakfix is and how a round goes")


async def test_where_nothing_can_be_played_it_says_who_knows_why(tmp_path: Path) -> None:
    lobby = newcomer(tmp_path)
    lobby.nothing_playable = True
    async with playing(tmp_path, lobby=lobby) as play:
        await welcome(play)
        await play.press("enter", "enter")
        await play.see("breakfix doctor")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, HomeScreen))
        assert lobby.started == []


@pytest.mark.parametrize("size", SIZES)
async def test_frames(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size, lobby=newcomer(tmp_path)) as play:
        await welcome(play)
        golden(f"welcome-{size[0]}x{size[1]}", await play.still())
        await play.press("enter")
        golden(f"welcome-round-{size[0]}x{size[1]}", await play.still())
        await play.press("enter")
        golden(f"welcome-first-{size[0]}x{size[1]}", await play.still())
