"""agnhost serve-hostname: the hostname by HTTP, or plainly by TCP and UDP."""

from __future__ import annotations

import signal
from functools import partial

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.agnhost.common import UsageError, flags, log
from breakfix.embedded.programs.agnhost.go_http import written
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.sockets import Serving

_FLAGS = {"tcp": "false", "udp": "false", "http": "true", "close": "false", "port": "9376"}


async def serve_hostname(process: Process) -> int:
    """`agnhost serve-hostname [--tcp] [--udp] [--http=false] [--close] [--port P]`."""
    try:
        given, _ = await flags(process, _FLAGS)
    except UsageError:
        return 1
    port = int(given["port"])
    if given["http"] == "true" and "true" in (given["tcp"], given["udp"]):
        await log(process, "Can't server TCP/UDP mode and HTTP mode at the same time")
        return 255
    serving = Serving(process)
    if given["tcp"] == "true":
        serving.tcp(port, partial(_answer_tcp, process))
    if given["udp"] == "true":
        serving.udp(port, partial(_answer_udp, process))
    if given["http"] == "true":
        handler = partial(_answer_http, process, given["close"] == "true")
        serving.tcp(port, HttpServer(handler, process.host.clock).serve)
    await log(process, f"Serving on port {port}.\n")
    process.handlers[signal.SIGTERM] = lambda: serving.begin(_goodbye(process, serving))
    return await serving.run()


async def _answer_tcp(process: Process, end: Stream) -> None:
    await log(process, f"TCP request from {end.peer[0]}:{end.peer[1]}")
    await end.write(process.host.hostname.encode())


async def _answer_udp(process: Process, _data: bytes, peer: tuple[str, int]) -> bytes:
    await log(process, f"UDP request from {peer[0]}:{peer[1]}")
    return process.host.hostname.encode()


async def _answer_http(process: Process, close: bool, request: Request) -> Response:
    await log(process, f"HTTP request from {request.peer[0]}:{request.peer[1]}")
    found = written(process.host.hostname)
    found.close = close
    return found


async def _goodbye(process: Process, serving: Serving) -> None:
    await log(process, "Shutting down after receiving signal: terminated.\n")
    await log(process, "Awaiting pod deletion.\n")
    await process.host.clock.sleep(60)
    serving.end(0)
