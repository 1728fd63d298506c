"""The debrief: its sections, what comes next, exports, and what is copied."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Collapsible

from breakfix.clock import VirtualClock
from breakfix.game.model import Change, Debrief, State
from breakfix.tui.screens.debrief import TITLES, DebriefScreen
from breakfix.tui.widgets.repairs import Repairs, theirs, yours
from breakfix.tui.widgets.results import headline, score_table, three_times
from breakfix.tui.widgets.sections import SectionLine
from tests.tui.conftest import Golden
from tests.tui.debriefs import LOOKUP, TYPED
from tests.tui.driving import WIDE, Play, playing
from tests.tui.fakes import SEED, FakeLobby, open_round

SIZES = [(80, 24), (120, 40), (200, 60)]
NAME = "2026-01-01-a-name-that-nobody-can-find-7F3K"


@asynccontextmanager
async def debriefed(
    folder: Path, size: tuple[int, int] = WIDE, solved: bool = True
) -> AsyncIterator[Play]:
    """The app at the debrief of a round that is over."""
    clock = VirtualClock()
    fake = open_round(clock, folder, 331.0)
    fake.give_up()
    fake.state = State.SOLVED if solved else State.GIVEN_UP
    async with playing(folder, size, FakeLobby(clock, folder, open=fake)) as play:
        await play.home()
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, DebriefScreen))
        await play.see("Timeline")
        yield play


async def told(tmp_path: Path) -> Debrief:
    """The debrief of a solved round."""
    fake = open_round(VirtualClock(), tmp_path, 331.0)
    fake.give_up()
    fake.state = State.SOLVED
    return await fake.debrief()


@pytest.mark.parametrize("size", SIZES)
async def test_the_debrief_as_it_stands(
    tmp_path: Path, golden: Golden, size: tuple[int, int]
) -> None:
    async with debriefed(tmp_path, size) as play:
        await play.see("Solved in 05:31")
        golden(f"debrief-{size[0]}x{size[1]}", await play.still())


# -- going about ----------------------------------------------------------------------


@pytest.mark.parametrize(("number", "title"), TITLES)
async def test_a_number_leads_to_its_section(tmp_path: Path, number: int, title: str) -> None:
    async with debriefed(tmp_path, (80, 24)) as play:
        await play.press(str(number))
        await play.see(f"▸{number} {title}")
        head = play.app.screen.query_one(f"#head-{number}")
        assert play.app.screen.region.contains_region(head.region)


async def test_brackets_go_through_the_sections_and_around(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        line = play.app.screen.query_one(SectionLine)
        await play.press("right_square_bracket", "right_square_bracket")
        assert line.here == 2
        await play.press("left_square_bracket", "left_square_bracket")
        assert line.here == len(TITLES)
        await play.press("right_square_bracket")
        assert line.here == 1


async def test_a_click_on_the_line_leads_to_a_section(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        await play.pilot.click(SectionLine, offset=(16, 0))
        await play.see("▸2 Why it broke")


async def test_arrow_keys_scroll(tmp_path: Path) -> None:
    async with debriefed(tmp_path, (80, 24)) as play:
        await play.press("pagedown")
        await play.see("In one command next time")
        await play.see("look for  server can't find catalog")
        await play.gone("✓ Solved")


async def test_a_diff_folds_with_enter_and_stays_on_the_screen(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        title = play.app.screen.query("CollapsibleTitle").first()
        title.focus()
        await play.press("enter")
        assert play.app.screen.query(Collapsible).first().collapsed
        assert isinstance(play.app.screen, DebriefScreen)


async def test_columns_of_fixes_follow_the_width(tmp_path: Path) -> None:
    async with debriefed(tmp_path, (80, 24)) as play:
        grid = play.app.screen.query_one(Repairs)
        await play.until(lambda: grid.styles.grid_size_columns == 1)
        await play.pilot.resize_terminal(130, 40)
        await play.until(lambda: grid.styles.grid_size_columns == 3)


# -- what comes next ------------------------------------------------------------------


async def test_next_restores_and_goes_home(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        await play.press("n")
        await play.home()
        assert play.round.ended


@pytest.mark.parametrize(("key", "seed"), [("r", SEED), ("R", "")])
async def test_again_plays_the_same_incident_and_variant_another(
    tmp_path: Path, key: str, seed: str
) -> None:
    async with debriefed(tmp_path) as play:
        first = play.round
        await play.press(key)
        await play.until(lambda: play.lobby.started)
        assert first.ended
        assert play.lobby.started[-1] == ("dns-rewrite-eats-a-name", seed)


async def test_quit_restores_and_leaves(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        await play.press("q")
        await play.until(lambda: play.app._exit)
        assert play.round.ended


async def test_enter_alone_leaves_nothing(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        await play.press("enter")
        assert isinstance(play.app.screen, DebriefScreen)
        assert not play.round.ended


async def test_a_round_that_was_given_up_says_so(tmp_path: Path) -> None:
    async with debriefed(tmp_path, solved=False) as play:
        await play.see("Given up after")


# -- passing it on --------------------------------------------------------------------


@pytest.mark.parametrize(("key", "ending"), [("m", "md"), ("h", "html"), ("v", "svg")])
async def test_export_asks_for_the_form_and_writes_it(
    tmp_path: Path, key: str, ending: str
) -> None:
    async with debriefed(tmp_path) as play:
        await play.press("x")
        await play.see("the draft of a postmortem")
        await play.press(key)
        path = tmp_path / "debriefs" / f"{NAME}.{ending}"
        await play.until(path.exists)
        await play.see("Written")
        await play.see(path.name)
        assert path.stat().st_mode & 0o777 == 0o600


async def test_a_second_export_keeps_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "debriefs"
    folder.mkdir()
    (folder / f"{NAME}.md").write_text("mine")
    async with debriefed(tmp_path) as play:
        await play.press("x")
        await play.see("the draft of a postmortem")
        await play.press("m")
        await play.until((folder / f"{NAME}-2.md").exists)
        assert (folder / f"{NAME}.md").read_text() == "mine"


async def test_all_four_at_once(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        await play.press("x")
        await play.see("All four")
        await play.press("a")
        folder = tmp_path / "debriefs"
        await play.until(lambda: folder.exists() and len(list(folder.iterdir())) == 4)


async def test_the_notes_of_the_round_go_along(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "round-1.md").write_text("it was DNS, again")
    async with debriefed(tmp_path) as play:
        await play.press("x")
        await play.see("the draft of a postmortem")
        await play.press("m")
        path = tmp_path / "debriefs" / f"{NAME}.md"
        await play.until(path.exists)
        assert "it was DNS, again" in path.read_text()


async def test_an_export_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "debriefs").write_text("a file where the folder should be")
    async with debriefed(tmp_path) as play:
        await play.press("x")
        await play.see("the draft of a postmortem")
        await play.press("m")
        await play.see("Not written")


async def test_escape_from_the_export_writes_nothing(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        await play.press("x")
        await play.see("the draft of a postmortem")
        await play.press("escape")
        await play.gone("the draft of a postmortem")
        assert not (tmp_path / "debriefs").exists()


async def test_share_copies_a_line(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        await play.press("s")
        await play.see("Copied")
        assert play.app.clipboard.startswith("breakfix “A name that nobody can find” ●●")


async def test_copy_takes_the_one_command(tmp_path: Path) -> None:
    async with debriefed(tmp_path) as play:
        await play.press("y")
        await play.see("Copied")
        assert play.app.clipboard == LOOKUP


# -- pieces ---------------------------------------------------------------------------


async def test_the_headline_says_outcome_time_and_score(tmp_path: Path) -> None:
    fake = open_round(VirtualClock(), tmp_path, 400)
    fake.give_up()
    text = headline(await fake.debrief(), 100).plain
    assert "Given up after 06:40" in text
    assert "00:40 over par" in text


async def test_a_best_round_is_told(tmp_path: Path) -> None:
    debrief = await told(tmp_path)
    better = replace(debrief.view, score=replace(debrief.view.score, total=99))
    assert "your best" in headline(replace(debrief, view=better), 100).plain
    assert "best 91 in 04:10" in headline(debrief, 100).plain
    assert "first time solved" in headline(replace(debrief, best_round=None), 100).plain


async def test_mastery_and_the_next_time_are_told(tmp_path: Path) -> None:
    debrief = await told(tmp_path)
    assert headline(debrief, 140).plain.endswith("   ▲ mastery dns 62 → 70 %   ↻ due in 9 days")
    assert max(map(len, headline(debrief, 60).plain.splitlines())) <= 60


async def test_a_mastery_that_did_not_rise_is_told_without_a_sign(tmp_path: Path) -> None:
    debrief = await told(tmp_path)
    assert debrief.learnt is not None
    same = replace(debrief.learnt, before=debrief.learnt.after, due=None)
    text = headline(replace(debrief, learnt=same), 140).plain
    assert text.endswith("   mastery dns 70 %, as before")
    assert "mastery" not in headline(replace(debrief, learnt=None), 140).plain


async def test_the_times_stand_beside_the_best(tmp_path: Path) -> None:
    text = three_times(await told(tmp_path), 100).plain
    assert text == "    ".join(
        ("detect 01:05 (best 00:20)", "locate 03:02 (best 01:35)", "mitigate 05:31 (best 04:10)")
    )


@pytest.mark.parametrize("width", [30, 54, 90])
async def test_the_score_explains_each_part_beside_best_and_par(tmp_path: Path, width: int) -> None:
    debrief = await told(tmp_path)
    table = score_table(debrief, width).plain
    assert "   you  best   par" in table
    assert all(name in table for name, _, _ in debrief.view.score.parts)
    assert max(map(len, table.splitlines())) <= width


async def test_what_was_typed_stands_before_what_was_logged(tmp_path: Path) -> None:
    text = yours(await told(tmp_path), 90).plain
    assert text.index(TYPED[-1].text) < text.index("patch configmaps/coredns")


async def test_without_a_trail_the_way_of_a_change_is_not_known(tmp_path: Path) -> None:
    debrief = replace(await told(tmp_path), typed=(), timeline=())
    assert "not known" in yours(debrief, 90).plain
    assert "Nothing was changed" in yours(replace(debrief, changes=()), 90).plain
    gone = replace(debrief, changes=(), stock_taken=False)
    assert "could not be read" in yours(gone, 90).plain


async def test_a_fix_says_what_it_shares_with_the_learners(tmp_path: Path) -> None:
    debrief = await told(tmp_path)
    text = theirs(1, debrief.repairs[0], len(debrief.changes), 90).plain
    assert text.startswith("Fix 1: take the rule out\nchanges the object that you changed")


async def test_no_audit_log_is_said(tmp_path: Path) -> None:
    debrief = await told(tmp_path)
    blind = replace(debrief, view=replace(debrief.view, has_audit=False))
    other = Change("created", "Secret", "default", "x", "+kind: Secret", expected=False)
    screen = DebriefScreen(replace(blind, changes=(*blind.changes, other)), tmp_path)
    async with debriefed(tmp_path) as play:
        await play.app.push_screen(screen)
        await play.see("There was no audit log")
        await play.press("5")
        await play.see("(not part of a known fix)")
