"""A program that an image has and that nobody has written here.

As the first process of a container it is a plain service that does nothing; as a command it
says so. See docs/fidelity.md.
"""

from __future__ import annotations

from breakfix.embedded.machine.types import Process

CANNOT_RUN = 126


async def unwritten(process: Process) -> int:
    """Stands in for any program."""
    if process.pid != 1:
        await process.err(f"{process.argv[0]}: this cluster has no such program, only its name\n")
        return CANNOT_RUN
    while True:
        await process.host.clock.sleep(1e6)
