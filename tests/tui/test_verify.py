"""Verify: results live with how long each has held, the verdict, and what comes after it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.game.model import State, VerifyUpdate
from breakfix.tui.screens.debrief import DebriefScreen
from breakfix.tui.screens.diagnose import DiagnoseScreen
from breakfix.tui.screens.hints import HintsScreen
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.screens.verify import VerifyScreen
from breakfix.tui.widgets.checks import held_text, verify_content
from breakfix.tui.widgets.reveal import Reveal, picture
from tests.tui.conftest import Golden
from tests.tui.driving import Play, playing
from tests.tui.fakes import failing, guards, passing

SIZES = [(80, 24), (120, 40), (200, 60)]
PLAYED = 252.0


async def round_screen(play: Play) -> None:
    """Wait for the round."""
    await play.until(lambda: isinstance(play.app.screen, RoundScreen))


async def failed(play: Play) -> None:
    """A verify that said no, on its screen."""
    await play.press("f2")
    await play.see("Not solved. 2 of 3 checks fail")


def update(done: bool = False, **of: float) -> VerifyUpdate:
    """Two checks fail, and have for a while."""
    times = (0.0, 3.2, 0.0, 3.2, 1.5)
    return VerifyUpdate(failing(), guards(), 0.0, 5.0, done, holding=times, left=of.get("left", 0))


# -- what is shown --------------------------------------------------------------------


def test_a_check_that_came_to_hold_later_says_for_how_long() -> None:
    lines = verify_content(update(), 80).plain.splitlines()
    held = {line.split("  ")[0]: line.split()[-2:] for line in lines if "✓" in line}
    assert held[" ✓ The shop's own objects are as they were"] == ["1.5", "s"]
    assert sum(" s" in line[-3:] for line in lines) == 1


def test_what_does_not_hold_is_waited_for_and_judged_at_the_end() -> None:
    assert " … Customers get products" in verify_content(update(), 80).plain
    assert " ✗ Customers get products" in verify_content(update(done=True), 80).plain


def test_it_is_said_when_a_verify_that_does_not_hold_gives_up() -> None:
    assert held_text(update(left=5.8)) == "not holding, gives up in 6 s"


def test_a_guard_that_objects_says_what_it_saw() -> None:
    said = VerifyUpdate(passing(), guards(ok=False), 0.0, 5.0, done=True)
    assert "saw       0" in verify_content(said, 80).plain


async def test_what_a_no_costs_is_said_while_it_is_asked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.hold = asyncio.Event()
        await play.press("f2")
        await play.see("a no costs 5 points")
        assert play.frame.count("gives up in") == 1


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_a_long_verify_scrolls_under_its_foot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    many = tuple(replace(guards()[0], name=f"Guard number {n}") for n in range(12))
    monkeypatch.setattr("tests.tui.fakes.guards", lambda: many)
    async with playing(tmp_path, size) as play:
        await play.in_round("upstream catalog")
        await failed(play)
        await play.see("enter back")
        await play.see("pgup pgdn scroll")
        assert "Guard number 11" not in play.frame
        await play.press("end")
        await play.see("Guard number 11")
        assert "enter back" in play.frame
        assert "leave shell" not in play.frame


@given(st.integers(40, 200))
def test_no_row_is_wider_than_the_screen(width: int) -> None:
    assert max(line.cell_length for line in verify_content(update(), width).split("\n")) <= width


async def test_results_are_live_while_a_verify_runs(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable, play.round.hold = True, asyncio.Event()
        await play.press("f2")
        await play.see("holding 0.0 s of 5 s")
        assert "asking the cluster" in play.frame
        play.round.hold.set()
        await play.see("✓ Solved.")


# -- after a no -----------------------------------------------------------------------


async def test_a_verify_that_fails_stays_readable_and_play_goes_on(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await failed(play)
        assert "saw       NXDOMAIN" in play.frame
        await play.see("score now 75")
        await play.press("enter")
        await round_screen(play)
        assert play.round.state is State.RUNNING


async def test_a_no_leads_to_checks_with_what_was_seen(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await failed(play)
        await play.press("c")
        await round_screen(play)
        await play.see("[Checks]")
        assert "NXDOMAIN" in play.frame


@pytest.mark.parametrize(("key", "screen"), [("h", HintsScreen), ("d", DiagnoseScreen)])
async def test_a_no_leads_to_hints_and_diagnosis(
    tmp_path: Path, key: str, screen: type[object]
) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await failed(play)
        await play.press(key)
        await play.until(lambda: isinstance(play.app.screen, screen))


async def test_a_no_can_be_asked_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await failed(play)
        play.round.solvable = True
        await play.press("v")
        await play.see("✓ Solved.")


async def test_these_keys_wait_for_the_verdict(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.hold = asyncio.Event()
        await play.press("f2")
        await play.see("asking the cluster")
        await play.press("c", "h", "d")
        assert isinstance(play.app.screen, VerifyScreen)


# -- hidden ---------------------------------------------------------------------------


async def test_a_hidden_verify_goes_on_and_ends_the_round(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable, play.round.hold = True, asyncio.Event()
        await play.press("f2")
        await play.see("asking the cluster")
        await play.press("escape")
        await round_screen(play)
        play.round.hold.set()
        await play.until(lambda: isinstance(play.app.screen, DebriefScreen))


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


# -- the moment of success ------------------------------------------------------------


async def test_a_verify_that_passes_leads_to_the_debrief(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable = True
        play.app.animation_level = "none"
        await play.press("f2")
        await play.see("✓ S O L V E D")
        await play.see("06:00 under par")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, DebriefScreen))


async def test_any_key_skips_the_moment_and_does_no_more(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable = True
        play.app.animation_level = "full"
        await play.press("f2")
        await play.until(lambda: play.app.screen.query_one(Reveal).playing)
        await play.press("enter")
        assert not play.app.screen.query_one(Reveal).playing
        assert isinstance(play.app.screen, VerifyScreen)
        assert "✓ S O L V E D" in play.frame


async def test_the_moment_is_over_by_itself(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable = True
        play.app.animation_level = "full"
        await play.press("f2")
        await play.see("✓ S O L V E D")
        assert not play.app.screen.query_one(Reveal).playing


async def test_without_animations_nothing_moves(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.solvable = True
        play.app.animation_level = "none"
        await play.press("f2")
        await play.see("✓ Solved.")
        assert not play.app.screen.query_one(Reveal).playing


@given(st.floats(0, 1), st.integers(24, 200))
def test_every_frame_of_the_moment_fits(share: float, width: int) -> None:
    assert all(row.cell_length <= width for row in picture(share, width, "in 05:31").split("\n"))


# -- frames ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_frames_of_a_no(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        play.lobby.clock.advance(PLAYED)
        await play.see("04:12")
        await failed(play)
        await play.see("score now 75")
        golden(f"verify-{size[0]}x{size[1]}", await play.still())


@pytest.mark.parametrize("size", SIZES)
async def test_frames_of_a_yes(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        play.lobby.clock.advance(PLAYED)
        play.round.solvable = True
        play.app.animation_level = "none"
        await play.see("04:12")
        await play.press("f2")
        await play.see("under par")
        golden(f"solved-{size[0]}x{size[1]}", await play.still())
