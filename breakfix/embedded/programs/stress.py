"""`stress` and `stress-ng`: workers that keep CPU, memory and disk busy."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from breakfix.embedded.machine.metering import CORES
from breakfix.embedded.machine.types import Process

_UNITS = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_TIMES = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 31536000}
_SPEED = 1 << 30  # bytes a second that a worker fills
_STEP = 64 << 20  # bytes
_IO_LOAD = 0.3  # cores of a worker that only waits for the disk
_WORDS = {"c": "cpu", "i": "io", "m": "vm", "d": "hdd", "t": "timeout", "n": "dry-run",
          "v": "verbose", "q": "quiet", "?": "help"}  # fmt: skip
_KNOWN = ("cpu", "io", "vm", "hdd", "timeout", "backoff", "vm-bytes", "vm-stride", "vm-hang",
          "hdd-bytes")  # fmt: skip
_BARE = ("dry-run", "verbose", "quiet", "help", "version", "vm-keep", "metrics", "metrics-brief",
         "v", "verify", "times", "perf", "tz", "aggressive")  # fmt: skip


class UsageError(Exception):
    """Options that are wrong, in the program's words."""


@dataclass
class Wanted:
    """What is to be kept busy. Bytes, and seconds (0: for ever)."""

    cpu: int = 0
    io: int = 0
    vm: int = 0
    hdd: int = 0
    vm_bytes: int = 256 << 20
    hdd_bytes: int = 1 << 30
    vm_hang: float | None = None
    timeout: float = 0.0
    load: float = 1.0  # part of a core of each CPU worker
    quiet: bool = False


def options(words: list[str], ng: bool) -> dict[str, str]:
    """By long name. Raises UsageError."""
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("-") or word == "-":
            raise UsageError(f"unrecognized option: {word}")
        if not word.startswith("--"):
            name, value = _WORDS.get(word[1:2], word[1:]), word[2:]
            equals = value
        if name in _BARE:
            found[name] = "yes"
            continue
        if name not in _KNOWN and not ng:
            raise UsageError(f"unrecognized option: {word}")
        if not equals:
            if not rest:
                raise UsageError(f"missing argument to option '{word}'")
            value = rest.pop(0)
        found[name] = value
    return found


def size(text: str, memory: int = 8 << 30) -> int:
    """Bytes of "256M"; "80%" is of the memory. Raises UsageError."""
    if text.endswith("%") and text[:-1].isdigit():
        return memory * int(text[:-1]) // 100
    return int(_number(text, _UNITS))


def _number(text: str, units: dict[str, int]) -> float:
    found = re.fullmatch(r"(\d+)([a-zA-Z]?)", text)
    if not found or (found[2] and found[2].lower() not in units):
        raise UsageError(f"unrecognized suffix or number: {text}")
    return float(int(found[1]) * units.get(found[2].lower(), 1))


def wanted(found: dict[str, str], ng: bool = False) -> Wanted:
    """What the options ask for. Raises UsageError."""
    made = Wanted()
    for name in ("cpu", "io", "vm", "hdd"):
        if name in found:
            count = int(_number(found[name], {}))
            setattr(made, name, CORES if ng and count == 0 else count)
    made.vm_bytes = size(found.get("vm-bytes", "256M"))
    made.hdd_bytes = size(found.get("hdd-bytes", "1G"))
    if ng and made.vm:
        made.vm_bytes //= made.vm  # stress-ng shares it out
    if "vm-hang" in found:
        made.vm_hang = _number(found["vm-hang"], {"s": 1})
    if "timeout" in found:
        made.timeout = _number(found["timeout"], _TIMES)
    made.load = float(_number(found.get("cpu-load", found.get("l", "100")), {})) / 100
    made.quiet = "quiet" in found
    return made


async def stress(process: Process) -> int:
    """`stress [-c N] [-i N] [-m N [--vm-bytes B] [--vm-hang S]] [-d N] [-t SECONDS]`."""
    return await _main(process, "stress", ng=False)


async def stress_ng(process: Process) -> int:
    """`stress-ng`, with the options that both have."""
    return await _main(process, "stress-ng", ng=True)


async def _main(process: Process, name: str, ng: bool) -> int:
    pid = process.pid
    if "-cpus" in process.argv or "-mem-total" in process.argv:
        return await _simple(process)
    try:
        given = options(process.argv[1:], ng)
        asked = wanted(given, ng)
    except (UsageError, ValueError) as error:
        await process.err(f"{name}: FAIL: [{pid}] (244) {error}\n")
        return 1
    if "version" in given:
        await process.out(f"{name} 1.0.4\n" if not ng else "stress-ng, version 0.17.06\n")
        return 0
    if not asked.cpu + asked.io + asked.vm + asked.hdd:
        await process.out(f"`{name}' imposes certain types of compute stress on your system\n\n"
                          f"Usage: {name} [OPTION [ARG]] ...\n")  # fmt: skip
        return 0
    hogs = f"{asked.cpu} cpu, {asked.io} io, {asked.vm} vm, {asked.hdd} hdd"
    if not asked.quiet:
        await process.out(f"{name}: info: [{pid}] dispatching hogs: {hogs}\n")
    await _work(process, asked)
    if not asked.quiet:
        took = f"{int(asked.timeout)}s" if not ng else f"{asked.timeout:.2f} secs"
        await process.out(f"{name}: info: [{pid}] successful run completed in {took}\n")
    return 0


async def _work(process: Process, asked: Wanted) -> None:
    """Until its time is over."""
    assert process.use_cpu is not None  # noqa: S101 - every container's process has it
    busy = asked.vm if asked.vm_hang is None else 0
    process.use_cpu(asked.cpu * asked.load + busy + (asked.io + asked.hdd) * _IO_LOAD)
    clock = process.host.clock
    begun = clock.monotonic()
    if asked.vm:
        await _fill(process, asked.vm * asked.vm_bytes)
    if not asked.timeout:
        await asyncio.Event().wait()
    await clock.sleep(max(asked.timeout - (clock.monotonic() - begun), 0))
    process.use_cpu(0.0)


async def _fill(process: Process, total: int) -> None:
    """Take so much memory, as fast as a machine writes it."""
    assert process.use_memory is not None  # noqa: S101
    base = process.memory
    taken = 0
    while taken < total:
        step = min(_STEP, total - taken)
        await process.host.clock.sleep(step / _SPEED)
        taken += step
        process.use_memory(base + taken)


async def _simple(process: Process) -> int:
    """vish/stress: `-cpus N -mem-total B -mem-alloc-size B -mem-alloc-sleep D`."""
    from breakfix.embedded.programs.sockets import go_duration
    from breakfix.embedded.quantities import value

    assert process.use_cpu is not None and process.use_memory is not None  # noqa: S101, PT018
    words = [w.lstrip("-") for w in process.argv[1:]]
    given = dict(zip(words[::2], words[1::2], strict=False))
    total, step = value(given.get("mem-total", "0")), value(given.get("mem-alloc-size", "4Ki"))
    stamp = process.host.clock.now().strftime("%m%d %H:%M:%S.%f")
    head = f"I{stamp} {process.pid:7d} main.go:"
    await process.err(f'{head}26] Allocating "{given.get("mem-total", "0")}" memory, in "{step}" '
                      f'chunks, with a {given.get("mem-alloc-sleep", "1ms")} sleep between '
                      f'allocations\n')  # fmt: skip
    process.use_cpu(float(given.get("cpus", "0")))
    base, taken = process.memory, 0
    while taken < total:
        await process.host.clock.sleep(go_duration(given.get("mem-alloc-sleep", "1ms")))
        taken += max(step, 1 << 16)
        process.use_memory(base + min(taken, total))
    if total:
        await process.err(f'{head}39] Allocated "{given["mem-total"]}" memory\n')
    await asyncio.Event().wait()
    return 0
