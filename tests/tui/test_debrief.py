"""The debrief: what comes next, and the export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.content import Content

from breakfix.clock import VirtualClock
from breakfix.game.model import State
from breakfix.tui.export import file_name, markdown
from breakfix.tui.screens.debrief import DebriefScreen
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.widgets.results import change_title, headline, score_table
from breakfix.tui.widgets.timeline import picture
from tests.tui.driving import Play, playing
from tests.tui.fakes import SEED, FakeLobby, open_round


async def solved(play: Play) -> None:
    """Play a round to its debrief."""
    await play.in_round()
    play.round.solvable = True
    play.lobby.clock.advance(331)
    await play.press("f2")
    await play.see("on to the debrief")
    await play.press("enter")
    await play.until(lambda: isinstance(play.app.screen, DebriefScreen))


async def test_next_restores_and_goes_home(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await solved(play)
        await play.press("n")
        await play.home()
        assert play.round.ended


async def test_again_plays_the_same_incident_and_variant_another(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await solved(play)
        await play.press("r")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.lobby.started[-1] == ("dns-rewrite-eats-a-name", SEED)
        await play.until(lambda: play.board.in_shell)
        await play.press("f10")
        await play.see("The round ends unsolved")
        await play.press("g")
        await play.until(lambda: isinstance(play.app.screen, DebriefScreen))
        await play.press("R")
        await play.until(lambda: len(play.lobby.started) == 3)
        assert play.lobby.started[-1] == ("dns-rewrite-eats-a-name", "")


async def test_export_writes_markdown(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await solved(play)
        await play.press("x")
        path = tmp_path / "debriefs" / "2026-01-01-dns-rewrite-eats-a-name-7F3K.md"
        await play.until(path.exists)
        assert "## Why it broke" in path.read_text()


async def test_an_export_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "debriefs").write_text("a file where the folder should be")
    async with playing(tmp_path) as play:
        await solved(play)
        await play.press("x")
        await play.see("Not written")


async def test_quit_restores_and_leaves(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await solved(play)
        await play.press("q")
        await play.until(lambda: play.app._exit)
        assert play.round.ended


async def test_a_round_that_was_over_goes_straight_to_its_debrief(tmp_path: Path) -> None:
    clock = VirtualClock()
    lobby = FakeLobby(clock, tmp_path, open=open_round(clock, tmp_path, 20))
    assert lobby.open is not None
    lobby.open.give_up()
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.press("enter")
        await play.see("Given up after")
        assert isinstance(play.app.screen, DebriefScreen)


async def test_markdown_has_every_part(tmp_path: Path) -> None:
    fake = open_round(VirtualClock(), tmp_path, 331)
    fake.state = State.SOLVED
    debrief = await fake.debrief()
    text = markdown(debrief)
    for head in ("Score", "Timeline", "What changed", "Other valid fixes", "Read on", "On EKS"):
        assert f"## {head}" in text
    assert "```diff" in text
    assert "| locate | 03:02 |" in text
    assert file_name(debrief).endswith(".md")


async def test_the_headline_says_outcome_time_and_score(tmp_path: Path) -> None:
    fake = open_round(VirtualClock(), tmp_path, 400)
    fake.give_up()
    text = headline(await fake.debrief()).plain
    assert "Given up after 06:40" in text
    assert "00:40 over par" in text


async def test_a_change_that_no_fix_makes_is_marked(tmp_path: Path) -> None:
    debrief = await open_round(VirtualClock(), tmp_path).debrief()
    change = debrief.changes[0]
    assert change_title(change) == "changed ConfigMap kube-system/coredns"
    assert "not part of a known fix" in change_title(replace(change, expected=False))


async def test_the_score_explains_each_part(tmp_path: Path) -> None:
    view = open_round(VirtualClock(), tmp_path).view()
    table: Content = score_table(view.score, 40)
    assert "total" in table.plain
    assert all(name in table.plain for name, _, _ in view.score.parts)


def test_a_picture_of_nothing_is_empty() -> None:
    assert picture((), 40).plain == ""
