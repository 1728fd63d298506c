"""Applets about time: sleep, timeout, watch, date, uptime."""

from __future__ import annotations

import re
import signal
from datetime import UTC, datetime

from breakfix.embedded.clock import within
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import run_child, usage

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(word: str) -> float:
    """A duration with its unit: "1.5m". Raises ValueError."""
    if word in ("infinity", "inf"):
        return float("inf")
    unit = _UNITS.get(word[-1:], 0)
    number = word[:-1] if unit else word
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", number):
        raise ValueError(word)
    return float(number) * (unit or 1)


async def sleep(process: Process) -> int:
    """`sleep N[smhd]...`."""
    words = process.argv[1:]
    if not words:
        await process.err(usage("sleep [N]...", (
            "Pause for a time equal to the total of the args given, where each arg can\n"
            "have an optional suffix of (s)econds, (m)inutes, (h)ours, or (d)ays")))  # fmt: skip
        return 1
    total = 0.0
    for word in words:
        try:
            total += seconds(word)
        except ValueError:
            await process.err(f"sleep: invalid number '{word}'\n")
            return 1
    while total > 0:
        await process.host.clock.sleep(min(total, 1e6))
        total -= 1e6
    return 0


async def usleep(process: Process) -> int:
    """`usleep N`: microseconds."""
    await process.host.clock.sleep(int(process.argv[1]) / 1e6 if len(process.argv) > 1 else 0)
    return 0


_GNU_LATE = 124


async def timeout(process: Process) -> int:
    """`timeout [-s SIG] [-k KILL] SECS PROG ARGS`."""
    words, number = process.argv[1:], int(signal.SIGTERM)
    while words and words[0].startswith("-"):
        if words[0] == "-s":
            number = _signal_number("".join(words[1:2])) or number
        words = words[2:] if words[0] in ("-s", "-k") else words[1:]
    try:
        limit = seconds(words[0])
    except (IndexError, ValueError):
        await process.err(usage("timeout [-s SIG] [-k KILL_SECS] SECS PROG ARGS", "Run PROG."))
        return 1
    try:
        return await within(process.host.clock, limit, run_child(process, words[1:]))
    except TimeoutError:
        return _late(process, number)


def _late(process: Process, number: int) -> int:
    """Busybox's has the child's pid, so that the signal ends it; GNU's says 124."""
    if not process.files.exists("/bin/busybox"):
        return _GNU_LATE if number != signal.SIGKILL else 128 + number
    running = process.container.pids.table.get(process.pid)  # type: ignore[attr-defined]
    if running is not None:
        running.killed = 128 + number
    return 128 + number


def _signal_number(word: str) -> int | None:
    from breakfix.embedded.programs.busybox.ps import signal_number

    return signal_number(word)


async def watch(process: Process) -> int:
    """`watch [-n SECS] PROG ARGS`: until it is stopped."""
    words, pause_, title = process.argv[1:], 2.0, True
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "-n":
            pause_ = max(seconds(words.pop(0)), 0.1)
        title = title and option != "-t"
    while True:
        now = process.host.clock.now()
        told, at = f"Every {pause_:.1f}s: {' '.join(words)}", f"{now:%Y-%m-%d %H:%M:%S}"
        width = process.window.columns if process.window and process.window.columns else 80
        head = f"{told:<{width - 1 - len(at)}}{at}\n\n"
        await process.out("\x1b[H\x1b[J" + (head if title else ""))
        await run_child(process, ["sh", "-c", " ".join(words)])
        await process.host.clock.sleep(pause_)


async def uptime(process: Process) -> int:
    """`uptime`."""
    clock = process.host.clock
    minutes = int(clock.monotonic()) // 60
    up = f"{minutes // 60:2d}:{minutes % 60:02d}" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004
    await process.out(
        f" {clock.now():%H:%M:%S} up {up},  0 users,  load average: 0.08, 0.03, 0.01\n"
    )
    return 0


_FORMATS = {"-R": "%a, %d %b %Y %H:%M:%S +0000", "-I": "%Y-%m-%d", "-Iseconds":
            "%Y-%m-%dT%H:%M:%S+00:00", "-Is": "%Y-%m-%dT%H:%M:%S+00:00"}  # fmt: skip


async def date(process: Process) -> int:
    """`date [-u] [-d TIME] [-I|-R] [+FORMAT]`: the cluster's time."""
    words, now = process.argv[1:], process.host.clock.now()
    shape = "%a %b %e %H:%M:%S UTC %Y"
    while words:
        word = words.pop(0)
        if word == "-d" and words:
            given = _moment(words.pop(0), now)
            if given is None:
                await process.err(
                    f"date: invalid date '{process.argv[process.argv.index('-d') + 1]}'\n"
                )
                return 1
            now = given
        elif word in _FORMATS:
            shape = _FORMATS[word]
        elif word.startswith("+"):
            shape = word[1:]
    shape = shape.replace("%s", str(int(now.timestamp()))).replace("%N", f"{now.microsecond}000")
    await process.out(now.strftime(shape) + "\n")
    return 0


def _moment(word: str, now: datetime) -> datetime | None:
    if word.startswith("@") and word[1:].isdigit():
        return datetime.fromtimestamp(int(word[1:]), UTC)
    if word == "now":
        return now
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
