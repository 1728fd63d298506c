"""How agnhost's smaller servers serve: one HTTP port until SIGTERM."""

from __future__ import annotations

import signal

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import log
from breakfix.embedded.programs.http.server import Handler, HttpServer
from breakfix.embedded.programs.sockets import Serving


async def serve(process: Process, port: int, handler: Handler) -> int:
    """One HTTP server until it is stopped; SIGTERM ends it as Go does."""
    serving = Serving(process)
    try:
        serving.tcp(port, HttpServer(handler, process.host.clock).serve)
    except OSError as error:
        await log(process, f"listen tcp :{port}: bind: {str(error.strerror).lower()}")
        return 1
    process.handlers[signal.SIGTERM] = lambda: serving.end(2)
    return await serving.run()
