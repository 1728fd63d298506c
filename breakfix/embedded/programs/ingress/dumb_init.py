"""dumb-init: runs one command, and hands signals on to it. And who asks that command to end."""

from __future__ import annotations

import os
import posixpath
import signal

from breakfix.embedded.machine.types import Process

CONTROLLER = "nginx-ingress-controller"
_LOOK = 0.5  # s


def _command(process: Process) -> list[str]:
    words = process.argv[1:]
    while words and words[0].startswith("-"):
        if words.pop(0) == "--":
            break
    return words


async def dumb_init(process: Process) -> int:
    """`dumb-init [-c] [-v] [--] COMMAND [ARGUMENT]...`."""
    words = _command(process)
    if not words:
        await process.err("Usage: dumb-init [option] program [args]\nTry dumb-init --help for full "
                          "usage.\n")  # fmt: skip
        return 1

    def hand_on(number: int) -> None:
        for other in process.siblings():
            if other.parent == process.pid and process.kill is not None:
                process.kill(other.pid, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        process.handlers[number] = lambda number=number: hand_on(number)  # type: ignore[misc]
    assert process.run is not None  # noqa: S101 - every container's process has it
    code = await process.run(words)
    if code in (126, 127):
        await process.err(f"[dumb-init] {words[0]}: {os.strerror(2)}\n")
    return code


async def wait_shutdown(process: Process) -> int:
    """`/wait-shutdown`: asks the ingress controller to end, and waits for that."""

    def running() -> list[Process]:
        named = (p for p in process.siblings() if p.argv)
        return [p for p in named if posixpath.basename(p.argv[0]) == CONTROLLER]

    for other in running():
        if process.kill is not None:
            process.kill(other.pid, signal.SIGTERM)
    while running():
        await process.host.clock.sleep(_LOOK)
    return 0
