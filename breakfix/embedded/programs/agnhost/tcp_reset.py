"""agnhost tcp-reset: a server that cuts its connections."""

from __future__ import annotations

import signal

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.agnhost.common import UsageError, flags, log
from breakfix.embedded.programs.sockets import Serving


async def tcp_reset(process: Process) -> int:
    """Reads a byte and cuts the connection."""
    try:
        given, _ = await flags(process, {"port": "8080"})
    except UsageError:
        return 1
    serving = Serving(process)

    async def cut(end: Stream) -> None:
        await end.read(1)
        await log(process, f"TCP request from {end.peer[0]}:{end.peer[1]}")
        getattr(end, "reset", end.close)()

    try:
        serving.tcp(int(given["port"]), cut)
    except OSError as error:
        words = f"listen tcp :{given['port']}: bind: {str(error.strerror).lower()}"
        await log(process, f"Error from net.Listen(): {words}")
        return 1
    await log(process, f"Serving on port {given['port']}.\n")
    process.handlers[signal.SIGTERM] = lambda: serving.end(0)
    return await serving.run()
