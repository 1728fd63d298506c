"""`time`, in busybox's words. What programs here use of the CPU is next to nothing."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import run_child, usage

_SIGNALLED = 128


async def time(process: Process) -> int:
    """`time [-vpa] [-o FILE] PROG ARGS`."""
    words, posix = process.argv[1:], False
    while words and words[0].startswith("-"):
        posix = posix or "p" in words[0]
        words = words[1:]
    if not words:
        await process.err(usage("time [-vpa] [-o FILE] PROG ARGS", "Run PROG and time it"))
        return 1
    started = process.host.clock.monotonic()
    code = await run_child(process, words)
    passed = process.host.clock.monotonic() - started
    if code > _SIGNALLED:
        await process.err(f"Command terminated by signal {code - _SIGNALLED}\n")
    elif code:
        await process.err(f"Command exited with non-zero status {code}\n")
    rows = (("real", passed), ("user", 0.0), ("sys", 0.0))
    await process.err("".join(f"{name}{_shown(value, posix)}\n" for name, value in rows))
    return code


def _shown(seconds: float, posix: bool) -> str:
    if posix:
        return f" {seconds:.2f}"
    minutes, rest = divmod(seconds, 60)
    return f"\t{minutes:.0f}m {rest:.2f}s"
