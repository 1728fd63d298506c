"""Simulated time: waiting takes none of ours, and happens in the right order."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from breakfix.embedded.simulated_time import SimulatedClock, SimulatedTimeLoop

Work = Callable[[SimulatedClock], Awaitable[None]]


@pytest.fixture
def live() -> Callable[[Work], float]:
    """Runs something on simulated time; gives the real seconds that it took."""

    def run(work: Work) -> float:
        began = time.monotonic()
        with asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, SimulatedTimeLoop)

            async def main() -> None:
                await work(SimulatedClock(loop))

            runner.run(main())
        return time.monotonic() - began

    return run


def test_hours_pass_at_once_and_in_order(live: Callable[[Work], float]) -> None:
    woken: list[tuple[str, float]] = []

    async def sleeper(clock: SimulatedClock, name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    async def work(clock: SimulatedClock) -> None:
        before = clock.now()
        await asyncio.gather(sleeper(clock, "late", 7200), sleeper(clock, "soon", 3600))
        assert (clock.now() - before).total_seconds() == pytest.approx(7200)

    assert live(work) < 1
    assert [name for name, _ in woken] == ["soon", "late"]
    assert [at for _, at in woken] == pytest.approx([3600, 7200])


def test_a_time_out_is_one_of_simulated_time(live: Callable[[Work], float]) -> None:
    async def work(clock: SimulatedClock) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(300):
                await clock.sleep(301)
        assert clock.monotonic() == pytest.approx(300)

    assert live(work) < 1


def test_a_thread_gets_its_real_time(live: Callable[[Work], float]) -> None:
    """Else whoever waits for a thread with a time-out would always be too late."""

    async def work(clock: SimulatedClock) -> None:
        async with asyncio.timeout(5):
            await asyncio.to_thread(time.sleep, 0.05)
        assert 0.04 < clock.monotonic() < 5

    live(work)


def test_a_process_gets_its_real_time(live: Callable[[Work], float]) -> None:
    async def work(clock: SimulatedClock) -> None:
        async with asyncio.timeout(20):
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "print('done')", stdout=asyncio.subprocess.PIPE
            )
            out, _ = await child.communicate()
        assert (out.strip(), child.returncode) == (b"done", 0)
        passed = clock.monotonic()
        await clock.sleep(1000)
        assert clock.monotonic() - passed == pytest.approx(1000)

    live(work)


def test_what_passes_over_sockets_takes_no_time(live: Callable[[Work], float]) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(4))
        writer.close()

    async def work(clock: SimulatedClock) -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for _ in range(50):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"ping")
            async with asyncio.timeout(0.01):
                assert await reader.readexactly(4) == b"ping"
            writer.close()
        server.close()
        assert clock.monotonic() < 0.01

    live(work)


def test_who_waits_for_the_rest_of_a_rounding_is_not_woken_for_ever(
    live: Callable[[Work], float],
) -> None:
    async def work(clock: SimulatedClock) -> None:
        await clock.sleep(100.1)
        deadline, looks = clock.monotonic() + 5e-10, 0
        while clock.monotonic() < deadline:
            looks += 1
            assert looks < 100
            await clock.sleep(1e-15)  # less than the difference to any later time that there is

    assert live(work) < 1
