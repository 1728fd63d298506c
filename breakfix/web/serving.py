"""Serving until a signal, and nothing left behind afterwards."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from breakfix.web.access import Keys
from breakfix.web.address import Place, check, listen, names_of, tls, url_of
from breakfix.web.door import Door
from breakfix.web.password import Password, Slowdown
from breakfix.web.server import Server

SHUTDOWN_SECONDS = 2.0  # for requests under way; sessions have their own time


@dataclass(frozen=True)
class Opened:
    """Where the server is: the URL for the person, and one that works a single time."""

    url: str
    once: str


async def serve(
    place: Place, password: Password | None, command: list[str], environ: Mapping[str, str],
    opened: Callable[[Opened], None],
) -> None:  # fmt: skip
    """Serve until SIGTERM, SIGHUP or Ctrl-C; `opened` is called when the page can be had.
    Raises BreakfixError where it cannot be served."""
    check(place, password is not None)
    context, listening = tls(place), listen(place)
    port = listening.getsockname()[1]
    keys = Keys()
    door = Door(names_of(place, port), keys, password, Slowdown(time.monotonic))
    runner = web.AppRunner(
        Server(door, command, environ).app(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
    )
    async with _told_by_signals() as told:  # during the clean-up too: it is not cut off
        try:
            await runner.setup()
            await web.SockSite(runner, listening, ssl_context=context).start()
            url = url_of(place, port)
            opened(Opened(f"{url}?token={keys.token}", f"{url}?token={keys.ticket()}"))
            await told.wait()
        finally:
            await runner.cleanup()


@asynccontextmanager
async def _told_by_signals() -> AsyncIterator[asyncio.Event]:
    """An event that is set when somebody wants this process to end. Signals that were
    switched off for it (`nohup`) stay so."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    every = () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    numbers = [number for number in every if signal.getsignal(number) is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
