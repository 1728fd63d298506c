"""The board of a round: panes moved, sized, closed, opened, zoomed; and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import TextArea

from breakfix.tui.layout.arrangement import PANES
from breakfix.tui.layout.defaults import DEFAULTS, Kind
from breakfix.tui.preferences import FILE, PreferencesFile
from breakfix.tui.screens.panes import PaneScreen
from breakfix.tui.screens.round import RoundScreen
from tests.tui.driving import Play, playing


def board_row(play: Play) -> str:
    """The first row of the board: the titles at the top."""
    return play.frame.splitlines()[1]


async def in_mode(play: Play) -> None:
    """Into the mode for panes, from the shell."""
    await play.until(lambda: play.board.in_shell)
    await play.press("f11")
    await play.until(lambda: isinstance(play.app.screen, PaneScreen))


async def back(play: Play) -> None:
    """Out of the mode."""
    await play.press("escape")
    await play.until(lambda: isinstance(play.app.screen, RoundScreen))


async def written(play: Play) -> None:
    """Wait until the layout is on the disk."""
    await play.until(lambda: PreferencesFile(play.folder).read().layout)


# -- at once, by keys -----------------------------------------------------------------


async def test_alt_and_an_arrow_take_a_tab_out_of_its_place(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("e", "alt+right")
        await play.see("━ Events ━")
        assert "Map Checks Notes" in play.frame.replace("[", "").replace("]", "")
        assert play.board.pane("events").region.x > play.board.pane("map").region.x


async def test_ctrl_and_an_arrow_size_the_pane_in_focus(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("m")
        was = play.board.pane("map").size
        await play.press("ctrl+down", "ctrl+left")
        larger = (was.width - 4, was.height + 2)
        await play.until(lambda: play.board.pane("map").size == larger)
        await play.press("ctrl+up", "ctrl+right")
        await play.until(lambda: play.board.pane("map").size == was)


async def test_a_closed_pane_is_opened_by_its_own_key(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("m", "alt+x")
        await play.see("Map is closed; o opens it again.")
        assert not play.board.pane("map").display
        await play.press("m")
        await play.see("[Map]")
        assert play.board.focused == "map"


async def test_a_shell_that_was_closed_comes_back_as_it_was(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        terminal = play.terminal
        await in_mode(play)
        await play.press("x")
        await back(play)
        await play.gone("does not resolve")
        assert not play.board.in_shell
        await play.press("ctrl+g")
        await play.see("does not resolve")
        assert play.board.in_shell
        assert play.terminal is terminal


async def test_the_last_pane_stays(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await in_mode(play)
        await play.press(*["x"] * (len(PANES) + 2))
        assert len(play.board.arrangement.open) == 1


async def test_any_pane_can_be_chosen_from_a_menu(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("o")
        await play.see("behind a tab")
        await play.press("p")
        await play.until(lambda: play.focused is play.board.pane("page"))
        await play.press("alt+x", "o")
        await play.see("closed")
        await play.press("p")
        await play.until(lambda: play.focused is play.board.pane("page"))
        assert play.board.arrangement == DEFAULTS[Kind.WIDE]


async def test_all_panes_as_they_came(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("m", "alt+left", "ctrl+right", "alt+x", "alt+0")
        assert play.board.arrangement == DEFAULTS[Kind.WIDE]


@pytest.mark.parametrize("key", ["alt+left", "ctrl+right", "o", "alt+x"])
async def test_in_the_shell_these_keys_are_the_shells(tmp_path: Path, key: str) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.until(lambda: play.board.in_shell)
        await play.press(key)
        assert play.board.arrangement == DEFAULTS[Kind.WIDE]
        assert isinstance(play.app.screen, RoundScreen)


# -- the mode -------------------------------------------------------------------------


async def test_in_the_mode_arrows_move_the_pane_and_the_shell_keeps_the_focus(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await in_mode(play)
        await play.see("Shell")
        await play.press("down")
        await play.until(
            lambda: play.board.pane("shell").region.y > play.board.pane("map").region.y
        )
        await back(play)
        assert play.board.in_shell


async def test_the_mode_marks_its_pane_and_gives_nobody_the_keys_who_had_them_not(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, size=(80, 24)) as play:
        await play.in_round()
        await play.as_game()
        await play.press("w")
        await play.until(lambda: play.board.focused == "customers")
        await back(play)
        await play.until(lambda: not play.board.in_shell)


async def test_the_next_pane_is_chosen_by_tab_in_the_order_it_is_read(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await in_mode(play)
        seen = []
        for _ in range(4):
            await play.press("tab")
            await play.pilot.pause()
            seen.append(play.board.current)
        assert seen == ["map", "customers", "page", "shell"]
        await play.press("shift+tab")
        await play.until(lambda: play.board.current == "page")


async def test_sizes_tabs_and_places_by_single_keys(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await in_mode(play)
        width = play.board.pane("shell").region.width
        await play.press("plus")
        await play.until(lambda: play.board.pane("shell").region.width == width + 4)
        await play.press("0", "s")
        await play.until(
            lambda: play.board.pane("shell").region.y > play.board.pane("map").region.y
        )
        await play.press("0", "t")
        stack = play.board.arrangement.stack_of("shell")
        assert stack is not None
        assert stack.panes == ("map", "events", "checks", "notes", "shell")
        await play.press("z")
        await play.until(lambda: play.board.pane("shell").region.width == 120)


async def test_the_modes_line_can_be_clicked(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await in_mode(play)
        await play.see("x close")
        row = play.frame.splitlines()[-1]
        await play.pilot.click("#mode-line", offset=(row.index("x close"), 0))
        await play.until(lambda: "shell" in play.board.arrangement.closed)
        await play.pilot.click("#mode-line", offset=(row.index("esc done"), 0))
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))


async def test_everything_of_the_mode_is_in_the_palette(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        offered = {command.title for command in play.app.get_system_commands(play.app.screen)}
        wanted = {
            "Panes", "Go to pane", "Move left", "Move right", "Move up", "Move down",
            "Move as a tab", "Swap panes", "Wider pane", "Narrower pane", "Higher pane",
            "Flatter pane", "Close pane", "Panes as they came", "Zoom",
        }  # fmt: skip
        assert wanted <= offered


# -- the mouse ------------------------------------------------------------------------


async def test_a_border_can_be_dragged(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.pilot.mouse_down("#page", offset=(41, 12))
        await play.pilot.hover("#board", offset=(50, 12))
        await play.pilot.mouse_up("#board", offset=(50, 12))
        await play.until(lambda: play.board.pane("page").region.width == 51)
        assert play.app.screen.get_selected_text() in (None, "")
        await play.pilot.hover("#board", offset=(20, 12))
        await play.pilot.pause()
        assert play.board.pane("page").region.width == 51


async def test_the_border_under_the_shell_can_be_dragged_by_the_tabs_row(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        height = play.board.pane("map").region.height
        await play.pilot.mouse_down("#map", offset=(60, 0))
        await play.pilot.hover("#board", offset=(103, 20))
        await play.pilot.mouse_up("#board", offset=(103, 20))
        await play.until(lambda: play.board.pane("map").region.height == height + 5)


async def test_a_click_on_a_name_in_a_title_still_brings_it_up(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.pilot.click("#map", offset=(10, 0))
        await play.see("[Events]")
        assert play.board.pane("events").region.height == 13


# -- remembering ----------------------------------------------------------------------


async def test_the_layout_is_there_again_in_the_next_session(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("e", "alt+right", "m", "ctrl+down")
        stood = play.board.arrangement
        await written(play)
    async with playing(tmp_path) as play:
        await play.in_round()
        assert play.board.arrangement == stood
        assert "─ Events ─" in play.frame


async def test_what_was_changed_last_is_kept_though_the_round_is_left_at_once(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await in_mode(play)
        await play.press("x")
    assert "wide" in PreferencesFile(tmp_path).read().layout


async def test_small_and_wide_screens_are_remembered_apart(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await in_mode(play)
        await play.press("down")
        await back(play)
        stood = play.board.arrangement
        await play.pilot.resize_terminal(80, 24)
        await play.see("[Shell]")
        assert play.board.arrangement == DEFAULTS[Kind.SMALL]
        await play.pilot.resize_terminal(120, 40)
        await play.until(lambda: not play.board.small)
        assert play.board.arrangement == stood


@pytest.mark.parametrize("layout", ['{"wide": {"columns": []}}', '{"wide": 7}', "[]", '"x"'])
async def test_a_damaged_layout_is_the_one_it_came_with(tmp_path: Path, layout: str) -> None:
    (tmp_path / FILE).write_text(f'{{"welcomed": true, "layout": {layout}}}')
    async with playing(tmp_path) as play:
        await play.in_round()
        assert play.board.arrangement == DEFAULTS[Kind.WIDE]


async def test_a_layout_that_is_reset_by_name_is_reset_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await in_mode(play)
        await play.press("x")
        await back(play)
        await written(play)
        play.app.keep(layout={})
        await play.until(lambda: play.board.arrangement == DEFAULTS[Kind.WIDE])


# -- the focus ------------------------------------------------------------------------


async def test_tab_goes_through_the_panes_as_they_are_read(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("o", "p")
        await play.until(lambda: play.board.focused == "page")
        seen = []
        for _ in range(2):
            await play.press("shift+tab")
            seen.append(play.board.focused)
        assert seen == ["customers", "map"]


async def test_who_has_the_focus_can_be_told_without_colour(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.until(lambda: "┏━ Shell" in board_row(play))
        assert "╭─ Page" in board_row(play)
        await play.as_game()
        await play.see("┏━ [Map]")
        assert "╭─ Shell" in board_row(play)


async def test_zooming_another_pane_than_the_shell_and_going_to_the_shell(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("e", "z")
        await play.until(lambda: play.board.pane("events").size.width > 100)
        await play.press("ctrl+g")
        await play.until(lambda: play.board.in_shell)
        assert play.board.pane("page").display


# -- the key line ---------------------------------------------------------------------


def key_line(play: Play) -> str:
    """The bottom row."""
    return play.frame.splitlines()[-1]


async def test_the_key_line_says_what_counts_where_the_focus_is(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.until(lambda: "^g leave shell  F2 verify" in key_line(play))
        assert "F11 panes" in key_line(play)
        await play.as_game()
        await play.press("e")
        await play.until(lambda: "^g shell  v verify" in key_line(play))
        assert "w panes" in key_line(play)
        assert "e events" not in key_line(play)
        await play.press("n")
        await play.until(lambda: "^s save now  F2 verify" in key_line(play))


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40)])
async def test_the_key_line_never_wraps_and_ends_with_help(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        await play.until(lambda: key_line(play).endswith("F1 help"))
        assert len(key_line(play)) <= size[0]


async def test_while_something_is_looked_for_letters_are_no_keys(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.press("f5", "slash")
        await play.until(lambda: "F2 verify" in key_line(play))
        assert key_line(play).endswith("F1 help")
        await play.press("escape")
        await play.until(lambda: " v verify" in key_line(play))


async def test_a_folded_page_says_how_to_read_all_of_it(tmp_path: Path) -> None:
    async with playing(tmp_path, (80, 24)) as play:
        await play.in_round()
        await play.see("^g r reads it all")
        await play.press("ctrl+g")
        await play.gone("^g r reads it all")
        await play.see(" r reads it all")
        await play.press("r")
        await play.see("Objectives")


# -- notes ----------------------------------------------------------------------------


async def in_notes(play: Play) -> None:
    """From the shell into the notes."""
    await play.in_round()
    await play.as_game()
    await play.press("n")
    await play.until(lambda: isinstance(play.focused, TextArea))


async def test_notes_can_be_saved_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await in_notes(play)
        await play.press(*"dns", "ctrl+s")
        path = tmp_path / "notes" / "round-1.md"
        assert path.read_text() == "dns"
        assert path.stat().st_mode & 0o777 == 0o600
        await play.see(" saved ")


async def test_notes_that_cannot_be_written_are_told_and_stay_on_the_screen(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await in_notes(play)
        (tmp_path / "notes").write_text("in the way")
        await play.press(*"dns", "ctrl+s")
        await play.see("Notes are not saved")
        assert " NOT SAVED " in play.frame  # at once: the message must not cover it
        (tmp_path / "notes").unlink()
        await play.press("ctrl+s")
        await play.see(" saved ")
        assert "dns" in play.frame


async def test_notes_with_bytes_that_are_no_text_are_shown_as_far_as_they_are(
    tmp_path: Path,
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "round-1.md").write_bytes(b"seen: \xff events")
    async with playing(tmp_path) as play:
        await in_notes(play)
        await play.see("events")


async def test_escape_leaves_the_notes_for_the_games_keys(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await in_notes(play)
        await play.press("escape")
        await play.until(lambda: "v verify" in key_line(play))


# -- sizes ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (132, 43), (170, 50), (240, 70)])
async def test_every_pane_is_whole_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        await play.see("does not resolve")
        seen = [play.board.pane(name) for name in play.board.arrangement.seen]
        assert all(pane.region.width >= 30 and pane.region.height >= 1 for pane in seen)
        assert sum(pane.region.area for pane in seen) == play.board.room.width * (
            play.board.room.height
        )
        assert play.terminal.size.height >= 14


async def test_the_shell_knows_its_true_size_from_the_first_moment(tmp_path: Path) -> None:
    async with playing(tmp_path, size=(80, 24)) as play:
        await play.in_round()
        await play.see("GET /products -> 502  upstream catalog: name does not resolve")
