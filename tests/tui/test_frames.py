"""The goldens: home, round and verify at three sizes; others are beside their screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import Golden
from tests.tui.driving import playing

SIZES = [(80, 24), (120, 40), (200, 60)]
PLAYED = 252.0


def name(of: str, size: tuple[int, int]) -> str:
    """`home-80x24`."""
    return f"{of}-{size[0]}x{size[1]}"


@pytest.mark.parametrize("size", SIZES)
async def test_home(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size) as play:
        await play.home()
        await play.see("rounds solved")
        await play.see("Objectives" if size[0] > 80 else "The front page")
        golden(name("home", size), await play.still())


@pytest.mark.parametrize("size", SIZES)
async def test_round(tmp_path: Path, golden: Golden, size: tuple[int, int]) -> None:
    async with playing(tmp_path, size) as play:
        await play.in_round()
        play.lobby.clock.advance(PLAYED)
        await play.see("04:12")
        await play.see("leave shell")
        await play.see("F1")
        if size[0] > 80:
            await play.see("coredns")
        golden(name("round", size), await play.still())
