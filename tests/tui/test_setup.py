"""Setting up and restoring: steps, cancel, errors."""

from __future__ import annotations

import asyncio
from pathlib import Path

from breakfix.clock import VirtualClock
from breakfix.errors import ClusterError, CommandError
from breakfix.tui.screens.home import HomeScreen
from breakfix.tui.screens.round import RoundScreen
from breakfix.tui.screens.work import WorkScreen
from tests.tui.driving import playing
from tests.tui.fakes import FakeLobby


async def test_each_step_is_shown_with_the_time_it_takes(tmp_path: Path) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, gate=asyncio.Event())
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.press("enter")
        await play.see("Applying the shop")
        assert "✓ Checking the cluster kind:breakfix" in play.frame
        lobby.clock.advance(12)
        await play.see("12 s")
        assert lobby.gate is not None
        lobby.gate.set()
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))


async def test_cancel_restores_and_goes_home(tmp_path: Path) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, gate=asyncio.Event())
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.press("enter")
        await play.see("Applying the shop")
        await play.press("escape")
        await play.until(lambda: lobby.restored)
        await play.home()


async def test_an_error_shows_what_happened_and_what_to_do(tmp_path: Path) -> None:
    error = CommandError(["kind", "create", "cluster"], 1, "no space left", "Free some space.")
    lobby = FakeLobby(VirtualClock(), tmp_path, start_error=error)
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.press("enter")
        await play.see("kind create cluster")
        assert "no space left" in play.frame
        assert "Free some space." in play.frame
        await play.see("try again")
        await play.press("y")
        await play.until(lambda: "kind create cluster" in play.app.clipboard)
        await play.press("b")
        await play.home()


async def test_retry_does_it_once_more(tmp_path: Path) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, start_error=ClusterError("it does not answer"))
    async with playing(tmp_path, lobby=lobby) as play:
        await play.home()
        await play.press("enter")
        await play.see("it does not answer")
        await play.press("r")
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert len(lobby.started) == 2


async def test_play_goes_straight_to_the_set_up_with_its_seed(tmp_path: Path) -> None:
    async with playing(tmp_path, start="and-or-in-from", seed="ABCD") as play:
        await play.until(lambda: isinstance(play.app.screen, RoundScreen))
        assert play.lobby.started == [("and-or-in-from", "ABCD")]
        await play.see("seed ABCD")


async def test_a_restore_that_fails_can_be_tried_again(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.restore_error = ClusterError("the Kubernetes API does not answer")
        await play.press("ctrl+q")
        await play.see("End and restore")
        await play.press("e")
        await play.see("does not answer")
        assert isinstance(play.app.screen, WorkScreen)
        await play.press("r")
        await play.until(lambda: play.app._exit)
        assert play.round.ended


async def test_what_could_not_be_put_back_is_said(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.in_round()
        play.round.left_over = ("PersistentVolume pvc-1: it is being deleted",)
        await play.press("ctrl+q")
        await play.see("End and restore")
        await play.press("e")
        await play.see("PersistentVolume pvc-1")
        await play.press("enter")
        await play.until(lambda: play.app._exit)


async def test_home_stays_home_after_back(tmp_path: Path) -> None:
    lobby = FakeLobby(VirtualClock(), tmp_path, start_error=ClusterError("no"))
    async with playing(tmp_path, lobby=lobby, start="and-or-in-from") as play:
        await play.see("✗ no")
        await play.press("b")
        await play.home()
        assert isinstance(play.app.screen, HomeScreen)
