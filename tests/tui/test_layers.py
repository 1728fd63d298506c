"""Screens on screens, and keys typed faster than they come up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.widgets import Static

from breakfix.tui.layer import Dialog, Layer, to_front
from breakfix.tui.screens.pause import PauseScreen
from breakfix.tui.screens.round import RoundScreen
from tests.tui.driving import Play, playing

COMMAND = "k get pods -A"


class Below(Layer[str | None]):
    """A screen that is asked for something."""

    def compose(self) -> ComposeResult:
        yield Static("below")


class Above(Dialog[str | None]):
    """What lies on it."""

    def compose(self) -> ComposeResult:
        with Container():
            yield Static("above", id="above")

    def on_mount(self) -> None:
        self.query_one("#above", Static).update("here")

    def on_screen_resume(self) -> None:
        self.query_one("#above", Static)


async def test_under_another_screen_a_dismiss_does_nothing() -> None:
    app, said = App[None](), list[str | None]()
    async with app.run_test() as pilot:
        below, above = Below(), Above()
        app.push_screen(below, said.append)
        below.cover(above, said.append)
        below.dismiss("too early")
        await pilot.pause()
        assert app.screen is above
        assert said == []
        above.dismiss("above")
        await pilot.pause()
        below.dismiss("below")
        below.dismiss("once more")
        await pilot.pause()
        assert said == ["above", "below"]
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize("turns", range(12))
async def test_a_screen_is_taken_away_before_it_has_come_up(turns: int) -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        below = Below()
        await app.push_screen(below)
        below.cover(Above())
        for _ in range(turns):
            await asyncio.sleep(0)
        to_front(below)
        await pilot.pause()
        assert app.screen is below
        below.cover(above := Above())
        await pilot.pause()
        assert str(above.query_one("#above", Static).content) == "here"


async def test_one_screen_is_covered_by_one() -> None:
    app, said = App[None](), list[str | None]()
    async with app.run_test() as pilot:
        below = Below()
        app.push_screen(below)
        below.cover(Above(), said.append)
        below.cover(Above(), said.append)
        worker = app.run_worker(below.ask(Above()))
        assert await worker.wait() is None
        assert len(app.screen_stack) == 3
        app.screen.dismiss("seen")
        await pilot.pause()
        assert said == ["seen"]
        assert app.screen is below


def hurry(play: Play, keys: str) -> None:
    """All of a text at once."""
    names = {" ": "space", "\n": "enter", "-": "minus", "\x1b": "escape", "\x10": "ctrl+p"}
    play.hurry(names.get(k, f"shift+{k.lower()}" if k.isupper() else k) for k in keys)


def layers(play: Play) -> int:
    """How many screens lie on the round."""
    stack = play.app.screen_stack
    return len(stack) - 1 - next(n for n, s in enumerate(stack) if isinstance(s, RoundScreen))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
@pytest.mark.parametrize("keys", [f"{COMMAND}\n", f"{COMMAND}\n" * 3, "gpgpn", "hdgqpo", "vgvp"])
async def test_a_command_typed_beside_the_shell_harms_nothing(
    tmp_path: Path, size: tuple[int, int], keys: str
) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        await play.as_game()
        hurry(play, keys)
        await play.still()
        assert layers(play) <= 1
        assert play.round.view().state.in_play
        for _ in range(3):
            hurry(play, "\x1b")
            await play.still()
        assert isinstance(play.app.screen, RoundScreen | PauseScreen)


@pytest.mark.parametrize("answer", ["nnn", "\x1b\x1b\x1b", "\n\n\n"])
async def test_an_answer_given_twice_counts_once(tmp_path: Path, answer: str) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        await play.press("g")
        await play.see("Give up?")
        hurry(play, answer)
        await play.gone("Give up?")
        await play.still()
        assert play.round.view().state.in_play


@pytest.mark.parametrize(
    "keys", ["\x10\x1b" * 3, "\x10\x10\x1b\x10", "\x10hint\n\n", "\x10theme\x1b\x1b"]
)
async def test_the_palette_comes_and_goes_as_fast_as_one_types(tmp_path: Path, keys: str) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        await play.as_game()
        hurry(play, keys)
        await play.still()
        assert layers(play) <= 1
        hurry(play, "\x1b")
        await play.still()
        assert isinstance(play.app.screen, RoundScreen)
