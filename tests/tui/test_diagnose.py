"""The diagnosis: what it is worth, choosing by typing, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from breakfix.clock import VirtualClock
from breakfix.game.model import DiagnosisView
from breakfix.tui.screens.diagnose import DiagnoseScreen, result_of, worth_now
from breakfix.tui.screens.round import RoundScreen
from tests.tui.conftest import Golden
from tests.tui.driving import Play, playing
from tests.tui.fakes import open_round

SIZES = [(80, 24), (120, 40), (200, 60)]


async def asked(play: Play) -> None:
    """The lists are up."""
    await play.press("f4")
    await play.until(lambda: isinstance(play.app.screen, DiagnoseScreen))


def given(component: bool, fault: bool, early: bool) -> DiagnosisView:
    """An answer that is right in these parts."""
    return DiagnosisView("CoreDNS", "wrong rewrite", component, fault, early)


async def test_a_diagnosis_is_chosen_by_typing_and_its_result_is_said(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await asked(play)
        await play.press(*"core")
        await play.gone("kube-proxy")
        await play.press("enter")
        await play.press(*"rew", "enter")
        await play.see("enter gives this answer: CoreDNS · wrong rewrite")
        assert play.round.diagnosis is None
        await play.press("enter")
        await play.see("15 of 15")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        await play.see("CoreDNS ✓ · wrong rewrite ✓")


async def test_an_answer_is_given_once_and_then_told_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.diagnosis = given(True, False, True)
        await play.press("f4")
        await play.see("5 of 15")
        assert "wrong  +0  wrong rewrite" in play.frame


async def test_another_line_is_taken_before_it_is_given(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await asked(play)
        await play.see("enter takes the component, then the other list")
        await play.press("enter", "enter", "down")
        await play.see("enter takes the fault")
        await play.press("enter")
        await play.see("enter gives this answer: CoreDNS · crashing container")
        assert play.round.diagnosis is None


async def test_a_search_without_a_match_says_so(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await asked(play)
        await play.press(*"zzz", "enter")
        await play.see("nothing matches; esc clears")
        await play.press("backspace", "backspace", "backspace")
        await play.see("kube-proxy")


@pytest.mark.parametrize("key", ["escape", "ctrl+u"])
async def test_what_was_typed_is_cleared_and_what_was_taken_stays(tmp_path: Path, key: str) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await asked(play)
        await play.press("enter", *"zzz", key)
        await play.see("type to search")
        await play.gone("nothing matches")
        await play.press("enter")
        await play.see("enter gives this answer: CoreDNS")


async def test_half_a_diagnosis_is_not_sent(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await asked(play)
        await play.press("ctrl+s")
        await play.see("Choose one line of each list")
        await play.press("x", "backspace", "escape")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.round.diagnosis is None


def test_what_it_is_worth_falls_with_the_first_change(tmp_path: Path) -> None:
    view = open_round(VirtualClock(), tmp_path).view()
    assert "Worth now  +15" in worth_now(view).plain
    assert "80 → 95 at best" in worth_now(view).plain
    changed = replace(view, changed=True)
    assert "Worth now  +10" in worth_now(changed).plain
    assert "only if what you changed is undone" in worth_now(changed).plain


@pytest.mark.parametrize(
    ("found", "points"),
    [
        (given(True, True, True), 15),
        (given(True, True, False), 10),
        (given(False, True, True), 5),
        (given(False, False, False), 0),
    ],
)
def test_the_result_counts_as_the_score_does(found: DiagnosisView, points: int) -> None:
    assert f"{points} of 15" in result_of(found).plain


@pytest.mark.parametrize("size", SIZES)
async def test_frames(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        play.lobby.clock.advance(252)
        await play.see("04:12")
        await asked(play)
        await play.press(*"core", "enter")
        await play.until(lambda: "answer  CoreDNS" in play.frame)
        golden(f"diagnose-{size[0]}x{size[1]}", await play.still())
