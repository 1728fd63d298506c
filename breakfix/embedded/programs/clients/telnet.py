"""telnet, in busybox's words."""

from __future__ import annotations

import asyncio

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.sockets import addresses, connect, pump, strerror

_PORT = 23
_END_OF_INPUT = 0.01  # s that it may take


async def telnet(process: Process) -> int:
    """`telnet HOST [PORT]`."""
    words = [w for w in process.argv[1:] if not w.startswith("-")]
    if not words:
        await process.err("telnet: missing host\n")
        return 1
    try:
        where = (await addresses(process, words[0]))[0]
        stream = await connect(process, where, int(words[1]) if len(words) > 1 else _PORT)
    except ResolveError:
        await process.err(f"telnet: bad address '{words[0]}'\n")
        return 1
    except NetworkError as error:
        await process.err(f"telnet: can't connect to remote host ({where}): {strerror(error)}\n")
        return 1
    await process.out(f"Connected to {words[0]}\n")
    if not await _closed_by_host(process, stream):
        return 0
    await process.err("Connection closed by foreign host\n")
    return 1


async def _closed_by_host(process: Process, stream: Stream) -> bool:
    """Talk until one side ends; was it the other one? The end of input counts first."""
    sending = asyncio.ensure_future(pump(process.stdin.read, stream.write))
    receiving = asyncio.ensure_future(pump(stream.read, process.stdout.write))
    try:
        await asyncio.wait([sending, receiving], return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            await process.host.clock.sleep(_END_OF_INPUT)
        return not sending.done()
    finally:
        sending.cancel()
        receiving.cancel()
        stream.close()
