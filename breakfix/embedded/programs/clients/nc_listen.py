"""nc -l: serve one connection, or one after another."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.clients.talk import execute, talk
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.sockets import Serving


async def listen(process: Process, options: Options, port: int, verbose: bool = False) -> int:
    """With -k or -ll until it is killed."""
    forever = options.count("l") > 1 or "k" in options
    serving = Serving(process)

    async def serve(end: Stream) -> None:
        if not forever:
            _stop_listening(serving)
        if verbose:
            await process.err(f"Connection received on {end.peer[0]} {end.peer[1]}\n")
        code = await _served(process, options, end)
        if not forever:
            serving.end(code)

    try:
        found = serving.tcp(port, serve)
    except OSError as error:
        await process.err(f"nc: bind: {error.strerror}\n")
        return 1
    if verbose:
        await process.err(f"Listening on 0.0.0.0 {found.port}\n")
    return await serving.run()


def _stop_listening(serving: Serving) -> None:
    for listener in serving.listeners:
        listener.close()


async def _served(process: Process, options: Options, end: Stream) -> int:
    if "e" in options:
        return await execute(process, [options.get("e"), *options.rest], end)
    return await talk(process, end)
