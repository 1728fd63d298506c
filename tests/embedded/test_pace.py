"""The pace of waits: shortened for a while, by the administrator alone."""

from __future__ import annotations

import asyncio
import time

import pytest

from breakfix.embedded.clock import PacedClock
from tests.embedded.cluster_fixture import running


async def test_waits_are_as_long_as_they_say() -> None:
    clock, began = PacedClock(), time.monotonic()
    await clock.sleep(0.05)
    assert 0.045 < time.monotonic() - began < 1


async def test_a_quicker_pace_shortens_also_the_waits_that_have_begun() -> None:
    clock = PacedClock()
    sleeper = asyncio.ensure_future(clock.sleep(60))
    await asyncio.sleep(0)
    clock.set_pace(1000, 10)
    async with asyncio.timeout(5):
        await sleeper
    assert clock.monotonic() == pytest.approx(60, abs=20)


async def test_a_pace_ends_by_itself() -> None:
    clock = PacedClock()
    clock.set_pace(50, 0.02)
    await asyncio.sleep(0.05)
    assert clock.pace == 1
    before = clock.monotonic()
    await asyncio.sleep(0.05)
    assert clock.monotonic() - before < 1


async def test_the_time_of_day_stays_true() -> None:
    clock = PacedClock()
    before = clock.now()
    clock.set_pace(100, 10)
    await clock.sleep(10)
    assert (clock.now() - before).total_seconds() < 5


async def test_a_cancelled_wait_is_forgotten() -> None:
    clock = PacedClock()
    sleepers = [asyncio.ensure_future(clock.sleep(60)) for _ in range(3)]
    await asyncio.sleep(0)
    for sleeper in sleepers:
        sleeper.cancel()
    await asyncio.gather(*sleepers, return_exceptions=True)
    assert not clock._sleepers


async def test_the_administrator_sets_the_pace_of_a_cluster() -> None:
    async with running() as (cluster, http):
        assert await http.ask("PUT", "/debug/pace?factor=10&seconds=30") == (200, 10)
        assert await http.ask("GET", "/debug/pace") == (200, 10)
        assert isinstance(cluster.clock, PacedClock)
        assert cluster.clock.pace == 10
        assert (await http.ask("PUT", "/debug/pace?factor=1"))[0] == 200
        assert cluster.clock.pace == 1


@pytest.mark.parametrize("query", ["factor=0.5", "factor=x", "factor=1000", "seconds=-1"])
async def test_a_pace_that_makes_no_sense_is_refused(query: str) -> None:
    async with running() as (cluster, http):
        code, status = await http.ask("PUT", f"/debug/pace?{query}")
        assert (code, status["reason"]) == (400, "BadRequest")
        assert isinstance(cluster.clock, PacedClock)
        assert cluster.clock.pace == 1


async def test_nobody_else_sets_it() -> None:
    async with running(admin=False) as (_, http):
        code, status = await http.ask("PUT", "/debug/pace?factor=10&seconds=30")
        assert code == 403
        assert 'cannot put path "/debug/pace"' in status["message"]
