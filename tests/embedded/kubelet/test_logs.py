"""What is kept of a container's output, and given of it."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.kubelet.log_reading import read
from breakfix.embedded.kubelet.logs import MAX_LINE, Log
from breakfix.embedded.nodes.access import LogOptions


async def _read(log: Log, **options: Any) -> str:
    return b"".join([part async for part in read(log, LogOptions(**options))]).decode()


async def test_lines_come_whole_and_stamped() -> None:
    log = Log(VirtualClock())
    for data in (b"one\ntw", b"o\r\n", b"three\nfour\nfi"):
        await log.write("stdout", data)
    await log.write("stderr", b"wrong\n")
    assert await _read(log) == "one\ntwo\r\nthree\nfour\nwrong\n"
    log.close()
    assert await _read(log, stream="Stdout", tail_lines=3) == "three\nfour\nfi"
    assert await _read(log, tail_lines=0) == ""
    assert await _read(log, limit_bytes=6) == "one\ntw"
    lines = (await _read(log, timestamps=True)).splitlines()
    assert [line.partition("Z ")[2] for line in lines] == [
        "one", "two", "three", "four", "wrong", "fi"
    ]  # fmt: skip
    assert log.tail(2, 100) == "wrong\nfi"


async def test_a_long_line_is_kept_in_parts() -> None:
    log = Log(VirtualClock())
    long = b"x" * (2 * MAX_LINE + 10)
    await log.write("stdout", b"a\n" + long + b"\nb\n")
    await log.write("stdout", long)
    await log.write("stdout", b"\nend\n")
    assert len(await _read(log)) == 2 * len(long) + len("a\n\nb\n\nend\n")
    assert (await _read(log, timestamps=True)).count("Z ") == 3 + 2 * 3
    assert len(await _read(log, tail_lines=2)) == len(long) + len("\nend\n")
    assert await _read(log, tail_lines=1) == "end\n"
