"""Settings and keys: taken at once, kept at once, and nothing lost by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from breakfix.settings import Settings, from_environment
from breakfix.tui.bindings import by_id, owners
from breakfix.tui.keymap import refusal, rivals, sound, swapped
from breakfix.tui.keys import keys_text
from breakfix.tui.preferences import PreferencesFile
from breakfix.tui.screens.diagnose import DiagnoseScreen
from breakfix.tui.screens.home import HomeScreen
from breakfix.tui.screens.keys import KeysScreen
from breakfix.tui.screens.press import PressScreen
from breakfix.tui.screens.settings import SettingsScreen
from breakfix.tui.screens.verify import VerifyScreen
from breakfix.tui.theme import DARK, LIGHT, TERMINAL, chosen
from tests.tui.apps import make_app
from tests.tui.conftest import Golden
from tests.tui.driving import Play, playing
from tests.tui.walks import to_help, to_keys, to_settings, to_shell

SOMEWHERE = Path("/nowhere/breakfix")  # never written
SIZES = [(80, 24), (120, 40), (200, 60)]


# -- the theme -----------------------------------------------------------------------------


def test_the_first_theme_is_the_one_that_fits_the_terminal() -> None:
    assert chosen("", light_terminal=True) == LIGHT.name
    assert chosen("", light_terminal=False) == DARK.name
    assert chosen(DARK.name, light_terminal=True) == DARK.name
    assert chosen(LIGHT.name, light_terminal=True, colour=False) == TERMINAL.name


@pytest.mark.parametrize(
    ("told", "light"), [("0;15", True), ("15;default;0", False), ("0;7", True), ("", False)]
)
def test_the_terminal_tells_of_its_background(told: str, light: bool) -> None:
    assert from_environment({"COLORFGBG": told, "BREAKFIX_HOME": "/x"}).light_terminal is light


async def test_going_over_a_theme_shows_it_and_escape_leaves_what_was(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_settings(play)
        await play.press("down", "down")
        await play.until(lambda: play.app.theme == LIGHT.name)
        await play.press("escape")
        await play.until(lambda: play.app.theme == DARK.name)
        assert PreferencesFile(tmp_path).read().theme == ""


async def test_enter_keeps_a_theme_for_the_next_time(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_settings(play)
        await play.press("down", "down", "enter")
        await play.see("● Paper")
        assert PreferencesFile(tmp_path).read().theme == LIGHT.name
    assert make_app(tmp_path).theme == LIGHT.name


async def test_f12_opens_settings_from_the_shell_and_closes_them(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_shell(play)
        await play.press("f12")
        await play.until(lambda: isinstance(play.app.screen, SettingsScreen))
        await play.press("f12")
        await play.until(lambda: play.app.screen.has_class("round"))


async def test_animations_off_is_kept(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_settings(play)
        await play.press("end", "up", "up", "enter")
        await play.see("Animations: off")
        assert play.app.animation_level == "none"
    assert make_app(tmp_path).animation_level == "none"


async def test_the_layout_is_put_back(tmp_path: Path) -> None:
    PreferencesFile(tmp_path).change(layout={"wide": 1})
    async with playing(tmp_path) as play:
        await to_settings(play)
        await play.press("end", "enter")
        await play.until(lambda: PreferencesFile(tmp_path).read().layout == {})


async def test_a_disk_that_refuses_is_told_and_the_choice_holds(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_settings(play)
        (tmp_path / "terminal.json").mkdir()
        await play.press("down", "down", "enter")
        await play.see("Not kept")
        await play.press("escape")
        await play.until(lambda: isinstance(play.app.screen, HomeScreen))
        assert play.app.theme == LIGHT.name


async def test_a_damaged_file_is_left_aside_and_told(tmp_path: Path) -> None:
    (tmp_path / "terminal.json").write_text('{"theme": "breakf')
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("left aside")


# -- keys ----------------------------------------------------------------------------------


async def to_line(play: Play, words: str) -> None:
    """The list of keys, on the first line with these words."""
    await to_keys(play)
    await play.press("slash", *words, "enter")
    await play.pilot.pause()


async def test_a_new_key_is_taken_by_pressing_it_and_kept(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_line(play, "home.search")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, PressScreen))
        await play.press("f11")
        await play.until(lambda: isinstance(play.app.screen, KeysScreen))
        assert PreferencesFile(tmp_path).read().keys == {"home.search": "f11"}
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("F11 search")
        await play.press("slash")
        assert play.focused is not None
        assert play.focused.id != "search"
        await play.press("f11")
        await play.until(lambda: play.focused is not None and play.focused.id == "search")


async def test_a_key_that_somebody_has_is_exchanged_on_enter(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_line(play, "round.verify v")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, PressScreen))
        await play.press("h")
        await play.see("is “hint” of Round")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, KeysScreen))
        await play.press("escape", "escape", "escape")
        await play.in_round()
        await play.as_game()
        await play.press("h")
        await play.until(lambda: isinstance(play.app.screen, VerifyScreen))


async def test_escape_leaves_the_old_key(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_line(play, "home.search")
        await play.press("enter")
        await play.until(lambda: isinstance(play.app.screen, PressScreen))
        await play.press("escape")
        await play.until(lambda: isinstance(play.app.screen, KeysScreen))
        assert PreferencesFile(tmp_path).read().keys == {}


async def test_one_more_key_beside_the_old_one(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_line(play, "home.search")
        await play.press("a")
        await play.until(lambda: isinstance(play.app.screen, PressScreen))
        await play.press("f11")
        await play.until(lambda: PreferencesFile(tmp_path).read().keys)
        assert PreferencesFile(tmp_path).read().keys == {"home.search": "slash,f11"}


async def test_one_key_or_all_are_as_they_came_again(tmp_path: Path) -> None:
    PreferencesFile(tmp_path).change(keys={"home.search": "f11", "round.verify": "w"})
    async with playing(tmp_path) as play:
        await to_line(play, "home.search")
        await play.press("r")
        await play.until(lambda: PreferencesFile(tmp_path).read().keys == {"round.verify": "w"})
        await play.press("R")
        await play.until(lambda: PreferencesFile(tmp_path).read().keys == {})


async def test_the_key_line_of_a_round_shows_the_keys_that_were_set(tmp_path: Path) -> None:
    keys = {"round.verify.anywhere": "ctrl+b", "round.switch": "ctrl+o", "round.diagnose": "D"}
    PreferencesFile(tmp_path).change(keys=keys)
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.see("^o leave shell")
        assert "^b verify" in play.frame
        await play.press("ctrl+o")
        await play.until(lambda: not play.board.in_shell)
        await play.press("D")
        await play.until(lambda: isinstance(play.app.screen, DiagnoseScreen))


def test_what_is_heard_in_the_shell_cannot_be_a_key_of_the_shell() -> None:
    leave = by_id()["round.switch"]
    assert refusal(leave, "x")
    assert refusal(leave, "enter")
    assert refusal(leave, "slash")
    assert refusal(leave, "ctrl+c")
    assert refusal(leave, "f11") == ""


def test_nothing_is_left_without_a_key_by_an_exchange() -> None:
    verify, hint = by_id()["round.verify"], by_id()["round.hint"]
    keymap = swapped(verify, "h", {})
    assert keymap is not None
    assert keymap == {"round.verify": "h", "round.hint": "v"}
    assert rivals(verify, "h", keymap) == []
    assert rivals(hint, "v", keymap) == []


def test_no_exchange_puts_a_letter_where_the_shell_listens() -> None:
    assert swapped(by_id()["round.verify"], "ctrl+g", {}) is None


def test_unknown_and_impossible_keys_are_left_aside_with_a_reason() -> None:
    good, told = sound({
        "home.search": "f11", "no.such": "x", "round.switch": "x", "round.verify": "h",
        "round.hint": "", "app.help": 7,
    })  # fmt: skip
    assert good == {"home.search": "f11"}
    assert len(told) == 5
    assert "nothing is called no.such" in told


async def test_what_is_left_aside_is_told_and_the_way_out_stays(tmp_path: Path) -> None:
    (tmp_path / "terminal.json").write_text(
        json.dumps({"keys": {"[/no.such]": "x", "round.switch": "x", "app.help": 7}})
    )
    async with playing(tmp_path) as play:
        await play.home()
        await play.see("left aside")
        await play.see("[/no.such]")  # words of a file are no markup
        await play.in_round()
        await play.as_game()


# -- the docs ------------------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs" / "terminal.md"
HEAD, FOOT = "<!-- keys -->\n", "<!-- /keys -->"


def table_of_keys() -> str:
    """Every binding as a row of Markdown."""
    rows = [
        f"| {owner.title} | {keys_text(bound.keys).replace('|', chr(92) + '|')} "
        f"| {bound.about or bound.label} | `{bound.id}` |"
        for owner in owners()
        for bound in owner.bindings
    ]
    return "\n".join(["| Where | Keys | What for | Id |", "|---|---|---|---|", *rows]) + "\n"


def test_the_docs_list_every_key(request: pytest.FixtureRequest) -> None:
    """`--update-frames` writes the table anew."""
    before, rest = DOCS.read_text().split(HEAD)
    found, after = rest.split(FOOT, 1)
    if request.config.getoption("--update-frames"):
        DOCS.write_text(before + HEAD + table_of_keys() + FOOT + after)
        found = table_of_keys()
    assert found == table_of_keys()


# -- frames --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_frames(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size, settings=Settings(SOMEWHERE)) as play:
        for name, walk in (("settings", to_settings), ("help", to_help), ("keys", to_keys)):
            await walk(play)
            golden(f"{name}-{size[0]}x{size[1]}", await play.still())
            await play.press("escape")
