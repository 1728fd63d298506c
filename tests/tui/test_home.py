"""Home: what is listed, and every key."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from textual import events

from breakfix.clock import VirtualClock
from breakfix.errors import StoreError
from breakfix.tui.preferences import PreferencesFile
from breakfix.tui.screens.ask import AskScreen
from breakfix.tui.screens.help import HelpScreen
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.widgets.round_list import RoundList
from breakfix.tui.widgets.search_line import SearchLine
from breakfix.tui.words import TIMES
from tests.tui.apps import make_app
from tests.tui.driving import Play, playing
from tests.tui.fakes import (
    DAILY,
    DAILY_PLAYED,
    DAILY_SEED,
    PAST,
    FakeLobby,
    FakeWatcher,
    open_round,
)
from tests.tui.samples import dns

HEAVY = ("pydantic", "kubernetes", "aiohttp", "fsrs", "sqlite3", "yaml", "bittty")


async def test_rounds_are_listed_by_track_with_what_was_reached(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("A name that nobody")
        row = next(line for line in play.frame.splitlines() if "✓ A name that nobody" in line)
        assert "●●○○○" in row
        assert row.split("│")[1].split()[-4:] == ["91", "A", "05:31", f"3{TIMES}"]


async def test_the_page_beside_the_list_follows_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("dns-rewrite-eats-a-name")
        await play.press("down")
        await play.see("limit 17:30")
        assert "headless-without-answer" not in play.frame  # a name tells the cause


async def test_search_narrows_while_typing_and_escape_ends_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"claim")
        await play.gone("A token for somebody else")
        assert "A claim that waits" in play.frame
        await play.press("escape")
        await play.see("A token for somebody else")


async def test_what_is_typed_right_after_the_slash_is_searched_for(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        for character in "/sto":  # faster than any hand: all wait before the first is heard
            play.app.post_message(events.Key("slash" if character == "/" else character, character))
        await play.until(lambda: play.app.screen.query_one(SearchLine).value == "sto")
        await play.gone("A token for somebody else")


async def test_a_slash_in_the_search_line_is_a_letter(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", "a", "slash", "b")
        assert play.app.screen.query_one(SearchLine).value == "a/b"


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
        await play.gone("▶ Continue")


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
        assert {"Play", "Daily", "Repeat", "Show the welcome", "Search", "Help", "Quit"} <= commands


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


# -- what today offers ------------------------------------------------------------------


async def started(play: Play) -> tuple[str, str]:
    """Name and seed of the round that is played now."""
    await play.until(lambda: isinstance(play.app.screen, RoundScreen))
    return play.lobby.started[-1]


async def test_the_top_line_says_what_today_offers(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("rounds solved")
        line = play.frame.splitlines()[1]
        assert [part.strip() for part in line.split("   ")][:2] == [
            "d Daily incident 1 Jan ●●●○○ 3 variants", "r Due again 1: A claim that waits",
        ]  # fmt: skip


async def test_d_plays_todays_incident_with_its_seed(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("d")
        assert await started(play) == (DAILY, DAILY_SEED)


async def test_todays_incident_is_played_again_only_on_purpose(tmp_path: Path) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, past=(*PAST, DAILY_PLAYED))
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.see("Daily incident 1 Jan ✓ 84 B")
        await play.press("d")
        await play.see("You have played today's incident: solved in 06:40, 84 points.")
        await play.press("escape")
        await play.gone("You have played")
        assert lobby.started == []
        await play.press("d", "enter")
        assert await started(play) == (DAILY, DAILY_SEED)


async def test_todays_incident_that_cannot_be_played_here_is_not_exchanged(
    tmp_path: Path,
) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, lacking_daily=True)
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.see("1 Jan not here")
        await play.press("d")
        await play.see("audit: this cluster keeps no audit log")
        assert lobby.started == []


async def test_r_plays_what_is_most_overdue(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("r")
        assert await started(play) == ("claim-waits-forever", "")


async def test_nothing_due_is_said(tmp_path: Path) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, past=PAST[:1])
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.see("Due again nothing")
        await play.press("r")
        await play.see("Nothing is due today")


async def test_c_goes_on_with_the_open_round(tmp_path: Path) -> None:
    clock = VirtualClock()
    lobby = FakeLobby(clock, tmp_path, open=open_round(clock, tmp_path, 90))
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.see("c Continue A name that nobody")
        await play.press("end", "c")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert lobby.started == []


async def test_c_without_an_open_round_says_so(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("c")
        await play.see("No round is open")


@pytest.mark.parametrize("key", ["d", "r", "R"])
async def test_nothing_else_begins_while_a_round_is_open(tmp_path: Path, key: str) -> None:
    clock = VirtualClock()
    lobby = FakeLobby(clock, tmp_path, open=open_round(clock, tmp_path, 90))
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.press(key)
        await play.see("A round is open")
        assert lobby.started == []


async def test_capital_r_plays_any_round_that_is_not_solved(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("R")
        name, _ = await started(play)
        assert name not in ("dns-rewrite-eats-a-name", "restricted-says-no")


async def test_an_offer_of_the_top_line_can_be_clicked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("Daily incident")
        line = play.frame.splitlines()[1]
        await play.pilot.click("Today", offset=(line.index("Daily"), 0))
        assert await started(play) == (DAILY, DAILY_SEED)


async def test_a_click_chooses_a_round_and_another_plays_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("Silence in the shop")
        lines = play.frame.splitlines()
        y = next(i for i, line in enumerate(lines) if "Silence in the shop" in line)
        at = (lines[y].index("Silence"), y)
        await play.pilot.click(offset=at)
        await play.until(lambda: chosen(play) == "deny-all-and-nothing-else")
        assert play.lobby.started == []
        await play.pilot.click(offset=at)
        assert await started(play) == ("deny-all-and-nothing-else", "")


# -- a seed -----------------------------------------------------------------------------


async def test_a_seed_can_be_typed_for_the_chosen_round(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("down", "S")
        await play.see("Seed for The database that moved away")
        await play.press(*"ab 9!z", "enter")
        assert await started(play) == ("headless-without-answer", "AB9Z")


async def test_no_seed_is_no_round(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("S")
        await play.see("Seed for")
        await play.press(*"abc", "escape")
        await play.gone("Seed for")
        assert play.lobby.started == []


# -- search and filters -----------------------------------------------------------------


def rounds(play: Play) -> list[str]:
    """The names of the rounds that are listed."""
    listed = play.app.screen.query_one(RoundList)
    return [option.id for option in listed.options if option.id]


async def test_the_best_match_is_chosen_while_typing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"sil")
        await play.until(lambda: rounds(play) == ["deny-all-and-nothing-else"])
        await play.see("1 of 9")
        await play.press("enter", "enter")
        assert await started(play) == ("deny-all-and-nothing-else", "")


async def test_tokens_filter_the_list(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"track:storage level:1")
        await play.until(lambda: rounds(play) == ["claim-waits-forever"])


async def test_a_token_is_completed_with_the_right_arrow(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"track:st")
        await play.see("track:storage")
        await play.press("right")
        await play.until(lambda: play.app.screen.query_one(SearchLine).value == "track:storage")


async def test_a_search_without_a_match_says_how_to_go_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"zzz")
        await play.see("Nothing matches; esc shows all rounds again")
        await play.press("enter", "enter")
        assert play.lobby.started == []
        await play.press("escape")
        await play.until(lambda: len(rounds(play)) == 9)


async def test_arrows_move_in_the_list_from_the_search_line(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("slash", *"dns", "down")
        listed = play.app.screen.query_one(RoundList)
        await play.until(
            lambda: (
                listed.highlighted_option is not None
                and listed.highlighted_option.id == "headless-without-answer"
            )
        )
        await play.press("up")
        await play.until(
            lambda: (
                listed.highlighted_option is not None
                and listed.highlighted_option.id == "dns-rewrite-eats-a-name"
            )
        )


async def test_a_filter_is_taken_with_enter(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("f")
        await play.see("never solved")
        await play.press("enter")
        await play.until(lambda: len(rounds(play)) == 8)
        assert play.app.screen.query_one(SearchLine).value == "unsolved"
        assert isinstance(play.focused, RoundList)


async def test_several_filters_are_taken_with_space_and_taken_off_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("f", "space", "down", "space")
        await play.see("✓ due")
        await play.press("escape")
        await play.until(lambda: rounds(play) == ["claim-waits-forever"])
        await play.press("f")
        await play.see("✓ unsolved")
        await play.press("backspace")
        await play.gone("✓ unsolved")
        await play.press("escape")
        await play.until(lambda: len(rounds(play)) == 9)


async def test_a_click_on_a_track_shows_it_alone_and_another_all_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("identity")
        lines = play.frame.splitlines()
        y = next(i for i, line in enumerate(lines) if "identity " in line and "%" in line)
        at = (lines[y].index("identity"), y)
        await play.pilot.click(offset=at)
        await play.until(lambda: len(rounds(play)) == 2)
        await play.pilot.click(offset=at)
        await play.until(lambda: len(rounds(play)) == 9)


# -- what was learnt --------------------------------------------------------------------


async def test_mastery_is_a_bar_a_word_and_figures(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("rounds best")
        line = next(x for x in play.frame.splitlines() if x.lstrip().startswith("dns "))
        assert line.split()[:7] == ["dns", "███░░░░░░░", "36", "%", "steady", "1/2", "91"]


async def test_without_room_for_the_table_the_heads_tell_the_mastery(tmp_path: Path) -> None:
    async with playing(tmp_path, size=(80, 24)) as play:
        await play.home()
        await play.see("███░░░░░░░  36 % steady    1 of 2 solved")
        assert "rounds best" not in play.frame


async def test_what_to_repeat_stands_beside_the_list_and_is_marked_in_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("Repeat next")
        assert re.search(r"\d days overdue +A claim that waits", play.frame)
        assert "↻ A claim that waits" in play.frame


async def test_t_tells_what_was_learnt(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("t")
        await play.see("Best results")
        frame = play.frame
        assert "given up 28 Dec 2025" in frame
        assert "A  A name that nobody can find" in frame
        await play.press("t")
        await play.gone("Best results")


async def test_t_before_anything_was_played(tmp_path: Path) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, past=())
    PreferencesFile(tmp_path).change(welcomed=True)
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.press("t")
        await play.see("No round is solved yet.")


# -- any size ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size", [(60, 15), (80, 24), (99, 50), (100, 30), (110, 30), (119, 29), (160, 30), (240, 70)]
)
async def test_home_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    clock = VirtualClock()
    lobby = FakeLobby(clock, tmp_path, open=open_round(clock, tmp_path, 90))
    async with playing(tmp_path, size, lobby=lobby) as play:
        await play.home()
        await play.see("1 of 9 rounds solved")
        await play.see("01:30")
        await play.see("Daily")
        await play.see("Due again 1")
        listed = play.app.screen.query_one(RoundList)
        assert listed.region.height >= 3
        assert listed.virtual_size.width <= listed.region.width


# -- the first paint --------------------------------------------------------------------


def test_home_imports_nothing_heavy_before_its_first_paint() -> None:
    code = f"import sys, breakfix.tui.app\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_after_a_round_home_stands_on_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("r")
        await started(play)
        await play.as_game()
        await play.press("g", "g")
        await play.see("Read on")
        await play.press("n")
        await play.home()
        await play.until(lambda: chosen(play) == "claim-waits-forever")


def chosen(play: Play) -> str | None:
    """The name of the round that is highlighted."""
    option = play.app.screen.query_one(RoundList).highlighted_option
    return None if option is None else option.id


async def test_the_last_filter_can_be_reached_in_the_smallest_window(tmp_path: Path) -> None:
    async with playing(tmp_path, size=(60, 15)) as play:
        await play.home()
        await play.press("f")
        await play.see("unsolved")
        await play.press("end")
        await play.see("level 4")
        await play.press("enter")
        await play.until(lambda: len(rounds(play)) == 2)
