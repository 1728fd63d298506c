"""What containers use, and what all of them together may use."""

from __future__ import annotations

import asyncio

import pytest

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.machine import inodes
from breakfix.embedded.machine.governor import BURST, TOTAL, Share
from breakfix.embedded.machine.volumes import Volume
from tests.embedded.machine.fixture import started


async def test_loops_share_a_fixed_rate_and_fill_their_core() -> None:
    clock, seconds = VirtualClock(), 0.0

    def spend(more: float, _held: float) -> None:
        nonlocal seconds
        seconds += more

    shares = [Share(clock, 0.0, spend) for _ in range(4)]

    async def loop(share: Share) -> None:
        while True:
            await share.take()

    tasks = [asyncio.create_task(loop(share)) for share in shares]
    for _ in range(200):
        await clock.advance(0.1)
    before, seconds = sum(share.used for share in shares), 0.0
    assert before < len(shares) * BURST + 21 * TOTAL
    for _ in range(200):
        await clock.advance(0.1)
    assert sum(share.used for share in shares) - before < 21 * TOTAL
    assert 60 < seconds < 90  # four loops for twenty seconds: a core each
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_is_wanted_over_the_limit_is_throttled() -> None:
    box = await started("sleep", "3600", limits={"cpu": 500})
    main = box.container.main
    assert main is not None
    assert main.process.use_cpu is not None
    main.process.use_cpu(2.0)
    await box.clock.advance(10)
    used = box.container.cgroup.meter.used()
    assert (round(used.seconds, 1), used.periods, used.throttled_periods) == (5.0, 100, 100)
    box.container.cgroup.resize({"cpu": 3000})
    await box.clock.advance(10)
    used = box.container.cgroup.meter.used()
    assert (round(used.seconds, 1), used.throttled_periods) == (25.0, 100)
    assert (await box.run(["cat", "/sys/fs/cgroup/cpu.max"]))[1] == "300000 100000\n"
    await box.container.stop(0)


async def test_zeros_take_no_memory_and_other_bytes_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box = await started("sleep", "3600", mounts={"/v": Volume("v")})
    code, text = await box.sh(
        "dd if=/dev/zero of=/v/x bs=1M count=300; echo end >> /v/y; wc -c </v/y"
    )
    assert (code, text.splitlines()[-1].strip()) == (0, "4")
    store = box.container.space.mounts["/v"].store
    assert (store.used, store.held) == ((300 << 20) + 4, 4)
    monkeypatch.setattr(inodes, "HELD", 1 << 20)
    code, text = await box.sh("dd if=/dev/urandom of=/v/r bs=1M count=3")
    assert code == 1
    assert "error writing '/v/r': No space left on device" in text
    await box.sh("rm /v/x /v/y /v/r")
    assert (store.used, store.held) == (0, 0)
    await box.container.stop(0)
