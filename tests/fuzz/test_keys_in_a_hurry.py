"""Any keys, however fast they come, the mouse anywhere, other sizes: the terminal stays up."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from textual.errors import NoWidget
from textual.pilot import OutOfBounds

from tests.tui.driving import Play, playing

LETTERS = "abcdefghijklmnoprstuvwxyz1234567"
NAMED = (
    "question_mark", "slash", "comma", "space", "enter", "escape", "up", "down", "left", "right",
    "tab", "shift+tab", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f11", "f12",
    "ctrl+g", "ctrl+p", "ctrl+c", "alt+c", "pageup", "pagedown", "home", "end", "backspace",
    "shift+r", "shift+e",
)  # fmt: skip
Start = Callable[[Play], Awaitable[None]]
SIZES = ((80, 24), (120, 40), (60, 15))
BURSTS, LONGEST = 15, 8  # how many, and how many keys in one
SELDOM = 0.2  # of all bursts


async def in_the_round(play: Play) -> None:
    """Where letters are the game's."""
    await play.in_round()
    await play.as_game()


async def in_the_debrief(play: Play) -> None:
    """After a round that was given up."""
    await in_the_round(play)
    await play.press("g", "g")
    await play.see("Given up")


async def click_anywhere(play: Play, chance: random.Random) -> None:
    """Once or twice, on whatever is there: in the midst of a change nothing may be."""
    size = play.app.size
    place = chance.randrange(size.width), chance.randrange(size.height)
    with suppress(NoWidget, OutOfBounds):
        await play.pilot.click(offset=place, times=chance.choice((1, 2)))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("start", [Play.home, in_the_round, in_the_debrief])
async def test_the_terminal_stays_up(tmp_path: Path, start: Start, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same at every run
    async with playing(tmp_path, chance.choice(SIZES[:2])) as play:
        await start(play)
        for _ in range(BURSTS):
            play.hurry(chance.choices([*LETTERS, *NAMED], k=chance.randint(1, LONGEST)))
            if chance.random() < SELDOM:
                await play.pilot.resize_terminal(*chance.choice(SIZES))
            if chance.random() < SELDOM:
                await click_anywhere(play, chance)
            await play.pilot.pause(chance.choice((0, 0.02)))
            if play.app._exit:  # a click on "quit"
                break
        await play.pilot.pause(0.2)
        assert play.app._exception is None
