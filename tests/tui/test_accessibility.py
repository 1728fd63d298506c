"""What holds on every screen: keys, focus, palette, help, and life without colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.actions import parse
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from breakfix.errors import ClusterError
from breakfix.settings import Settings
from breakfix.tui.bindings import LAST_WAY_OUT, Reach, classes, live, owners, reach, title_of
from breakfix.tui.commands import commands_of, panes
from breakfix.tui.keys import IN_DIALOGS_TOO, keys_text
from breakfix.tui.screens.filters import FilterScreen
from breakfix.tui.screens.help import HelpScreen
from breakfix.tui.screens.home import HomeScreen
from breakfix.tui.screens.settings import SettingsScreen
from breakfix.tui.screens.small import SmallScreen
from breakfix.tui.screens.work import WorkScreen
from breakfix.tui.widgets.steps import SPINNER
from breakfix.tui.widgets.terminal import PtyTerminal
from tests.tui.contrast import pieces
from tests.tui.driving import Play, playing
from tests.tui.walks import WALKS, to_keys, to_set_up, to_settings, to_shell

MOVES = {
    "up", "down", "before", "next", "first", "last", "page up", "page down", "newest", "top",
    "end", "close", "view before",
}  # fmt: skip
"""Keys that move the light in a list or a text: their label says it all."""
TYPED_INTO = (Input, PtyTerminal, TextArea)


def colourless(folder: Path) -> Settings:
    """Settings as NO_COLOR makes them."""
    return Settings(data_dir=folder, color=False)


def told(play: Play) -> list[Binding]:
    """Every binding that can be used on the screen that is up and says what it is for."""
    app, screen = play.app, play.app.screen
    return [b for node in (screen, *panes(screen), app) for b in live(node) if b.tooltip]


# -- the table of keys ---------------------------------------------------------------------


def test_every_binding_has_an_id_and_says_what_it_does() -> None:
    nameless = [
        (owner.name, bound.keys)
        for owner in owners()
        for bound in owner.bindings
        if not (bound.id and bound.label and (bound.about or bound.label in MOVES))
    ]
    assert nameless == []


def test_no_id_is_given_twice() -> None:
    ids = Counter(bound.id for owner in owners() for bound in owner.bindings)
    assert [name for name, count in ids.items() if count > 1] == []


def test_every_screen_says_what_it_is_for() -> None:
    screens = [found for found in classes() if reach(found) in (Reach.SCREEN, Reach.DIALOG)]
    silent = [found.__name__ for found in screens if "BINDINGS" in vars(found) and not found.HELP]
    assert silent == []


# -- on every screen -----------------------------------------------------------------------


def clashes(bindings: Iterator[tuple[str, Binding]]) -> list[tuple[str, str, str]]:
    """(key, action, other action) where two listen to one key. Escape is everybody's: it
    always leaves what is nearest first."""
    taken: dict[str, tuple[str, Binding]] = {}
    found = []
    for owner, binding in bindings:
        if binding.id == LAST_WAY_OUT or binding.key == "escape":
            continue
        first = taken.setdefault(binding.key, (owner, binding))[1]
        if first.action != binding.action:
            found.append((binding.key, first.action, binding.action))
    return found


def heard(node: DOMNode, binding: Binding, screen: Screen[object]) -> bool:
    """What can be done now; over a dialog only some keys of the app."""
    _, action, parameters = parse(binding.action)
    if node.check_action(action, parameters) is False:
        return False
    in_dialogs = binding.priority or binding.id in IN_DIALOGS_TOO
    return in_dialogs or not isinstance(node, App) or not screen.is_modal


@pytest.mark.parametrize("walk", WALKS)
async def test_what_holds_on_a_screen(tmp_path: Path, walk: str) -> None:
    """All of it on one walk, for walks take long."""
    async with playing(tmp_path) as play:
        await WALKS[walk](play)
        no_two_listen_to_one_key(play)
        all_keys_are_in_the_palette(play)
        if walk not in ("help", "press"):
            await help_tells_of_it_and_goes_back(play, "f1")
            if walk != "diagnosis" and not isinstance(play.focused, TYPED_INTO):
                await help_tells_of_it_and_goes_back(play, "question_mark")
        if walk not in ("shell", "press"):
            await tab_goes_to_everything_and_comes_round(play)


def no_two_listen_to_one_key(play: Play) -> None:
    """Whichever pane has the focus."""
    app, screen = play.app, play.app.screen
    for pane in [None, *panes(screen)]:
        nodes = [node for node in (pane, screen, app) if node is not None]
        all_keys = (
            (type(node).__name__, b)
            for node in nodes
            for b in live(node)
            if b.id and heard(node, b, screen)
        )
        assert clashes(all_keys) == []


def all_keys_are_in_the_palette(play: Play) -> None:
    """What a key does can be found by its words."""
    offered = {command.help for command in commands_of(play.app, play.app.screen)}
    missing = [
        b.action
        for b in told(play)
        if b.action != "command_palette" and not any(text.startswith(b.tooltip) for text in offered)
    ]
    assert missing == []


async def help_tells_of_it_and_goes_back(play: Play, key: str) -> None:
    """Every key of the screen is in its help; the same key leads back."""
    below = play.app.screen
    await play.press(key)
    await play.until(lambda: isinstance(play.app.screen, HelpScreen))
    help_screen = play.app.screen
    assert isinstance(help_screen, HelpScreen)
    text = help_screen.text(100)
    assert str(below.HELP).split()[0] in text
    assert [b.tooltip for b in told_of(below, play) if b.tooltip not in text] == []
    await play.press(key)
    await play.until(lambda: play.app.screen is below)


async def test_a_question_mark_helps_in_a_dialog_but_not_where_it_is_typed(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("f")
        await play.see("Show only")
        await play.press("question_mark")
        await play.see("Help: Filter")
        await play.press("question_mark")
        await play.gone("Help: Filter")
        await play.press("escape")
        await to_keys(play)
        await play.press("slash", "question_mark")
        await play.until(lambda: getattr(play.focused, "value", "").endswith("?"))


async def test_a_comma_leads_from_a_dialog_to_the_settings_and_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("f", "comma")
        await play.until(lambda: isinstance(play.app.screen, SettingsScreen))
        await play.press("comma")
        await play.until(lambda: isinstance(play.app.screen, FilterScreen))


async def test_what_leaves_breakfix_is_not_heard_in_a_dialog(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("f", "ctrl+q", "question_mark")
        await play.see("Help: Filter")


def told_of(screen: object, play: Play) -> list[Binding]:
    """The bindings of a screen that is below another."""
    assert isinstance(screen, Widget)
    return [b for node in (screen, play.app) for b in live(node) if b.tooltip]


async def walk_focus(play: Play, key: str) -> set[Widget]:
    """Everything that this key goes to, until it has come round, or into the shell."""
    chain = play.app.screen.focus_chain
    visited: set[Widget] = set()
    for _ in range(len(chain) + 1):
        focused = play.focused
        if focused is None or isinstance(focused, PtyTerminal):
            break
        visited.add(focused)
        await play.press(key)
    return visited | ({play.focused} if play.focused is not None else set())


async def tab_goes_to_everything_and_comes_round(play: Play) -> None:
    """Backwards too, where the shell keeps tab for itself."""
    screen = play.app.screen
    if not screen.focus_chain:
        return
    if play.focused is None:
        await play.press("tab")
    start = play.focused
    visited = await walk_focus(play, "tab")
    if isinstance(play.focused, PtyTerminal):
        play.app.set_focus(start)
        visited |= await walk_focus(play, "shift+tab")
    assert visited >= set(screen.focus_chain)


async def test_the_shell_keeps_tab_and_ctrl_g_leaves_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_shell(play)
        await play.press("tab")
        assert play.board.in_shell
        await play.as_game()


async def test_the_palette_knows_panes_settings_themes_and_rounds(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        titles = {command.title for command in commands_of(play.app, play.app.screen)}
        assert {"Theme: Paper", "Settings", "Help", "Keys", "Reset the layout"} <= titles
        assert "Play A name that nobody can find" in titles


async def test_the_palette_plays_a_round_by_title(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.home()
        await play.press("ctrl+p", *"play a token")
        await play.see("Play A token for somebody else")
        await play.press("enter")
        await play.until(lambda: play.lobby.started)
        assert play.lobby.started[0][0].startswith("token-for")


async def test_the_palette_does_what_a_pane_can(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_shell(play)
        listed = [p for p in panes(play.app.screen) if any(b.tooltip for b in live(p))]
        titles = [command.title for command in commands_of(play.app, play.app.screen)]
        for pane in listed:
            assert any(title.startswith(title_of(type(pane))) for title in titles)


# -- without colour, without motion, without room ------------------------------------------


@pytest.mark.parametrize("walk", ["home", "shell", "verify", "settings", "debrief"])
async def test_no_color_leaves_no_colour(
    tmp_path: Path, walk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with playing(tmp_path, settings=colourless(tmp_path)) as play:
        await WALKS[walk](play)
        await play.still()
        coloured = {
            (text, str(style))
            for text, style in pieces(play.app)
            for part in (style.color, style.bgcolor)
            if part is not None and not part.is_default
        }
        assert coloured == set()


async def test_without_colour_what_is_lit_is_underlined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with playing(tmp_path, settings=colourless(tmp_path)) as play:
        await to_settings(play)
        await play.press("down")
        await play.pilot.pause()
        lit = " ".join(text for text, style in pieces(play.app) if style.underline)
        assert "Ink" in lit
        assert "Paper" not in lit


async def test_states_differ_as_plain_text(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_settings(play)
        kept = play.frame
        await play.press("down", "enter")
        await play.until(lambda: play.frame != kept)
        assert "● Ink" in play.frame


async def test_a_failed_step_and_a_running_one_differ_as_plain_text(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_set_up(play)
        running = play.frame
        play.lobby.start_error = ClusterError("no room left", "Make room.")
        assert play.lobby.gate is not None
        play.lobby.gate.set()
        await play.see("no room left")
        assert "✗" in play.frame
        assert "✗ Applying" not in running


async def test_without_animations_nothing_spins(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.app.keep(animations=False)
        await to_set_up(play)
        await play.see("… Applying")
        assert not set(SPINNER) & set(play.frame)


async def test_a_screen_too_small_says_so_and_comes_back(tmp_path: Path) -> None:
    async with playing(tmp_path, (80, 24)) as play:
        await play.home()
        await play.pilot.resize_terminal(50, 12)
        await play.see("breakfix needs 60x15")
        assert "50x12 is too small" in play.frame
        await play.pilot.resize_terminal(80, 24)
        await play.until(lambda: isinstance(play.app.screen, HomeScreen))
        await play.see("A name that nobody")


async def test_a_screen_too_small_from_the_start_says_so(tmp_path: Path) -> None:
    async with playing(tmp_path, (40, 10)) as play:
        await play.see("40x10 is too small")


async def test_a_set_up_that_ends_under_a_small_screen_goes_on(tmp_path: Path) -> None:
    async with playing(tmp_path, (80, 24)) as play:
        await to_set_up(play)
        await play.pilot.resize_terminal(50, 12)
        await play.until(lambda: isinstance(play.app.screen, SmallScreen))
        assert play.lobby.gate is not None
        play.lobby.gate.set()
        await play.until(lambda: not any(isinstance(s, WorkScreen) for s in play.app.screen_stack))
        await play.pilot.resize_terminal(80, 24)
        await play.see("Shell")


async def test_a_set_up_that_ends_under_help_goes_on(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await to_set_up(play)
        await play.press("f1")
        await play.until(lambda: isinstance(play.app.screen, HelpScreen))
        assert play.lobby.gate is not None
        play.lobby.gate.set()
        await play.until(lambda: play.app.screen.has_class("round"))


async def test_help_shows_the_keys_a_person_has_set(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.app.keep(keys={"app.settings.anywhere": "ctrl+t"})
        await play.home()
        await play.press("ctrl+t")
        await play.until(lambda: isinstance(play.app.screen, SettingsScreen))
        await play.press("escape", "f1")
        await play.see(keys_text(["comma", "ctrl+t"]))


async def test_the_terminals_theme_leaves_the_shells_colours_to_the_terminal(
    tmp_path: Path,
) -> None:
    """Red is red by its number, and what has no colour has none."""
    async with playing(tmp_path) as play:
        await to_shell(play)
        play.app.theme = "breakfix-terminal"
        play.terminal.feed("\x1b[31mwrong\x1b[0m plain\r\n")
        await play.see("wrong plain")
        styles = {text: style for text, style in pieces(play.app) if text in ("wrong", "plain")}
        red, none = styles["wrong"].color, styles["plain"].color
        assert red is not None
        assert red.number == 1
        assert none is None or none.is_default
