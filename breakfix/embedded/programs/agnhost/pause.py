"""agnhost pause."""

from __future__ import annotations

import signal

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.sockets import Serving


async def pause(process: Process) -> int:
    """Waits for SIGTERM or SIGINT."""
    serving = Serving(process)
    await process.out("Paused\nSignals registered\n")
    for number in (signal.SIGTERM, signal.SIGINT):
        process.handlers[number] = lambda: serving.end(2)
    return await serving.run()
