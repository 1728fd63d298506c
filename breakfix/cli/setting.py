"""What commands stand on: settings from the environment, the history, the packs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from breakfix.clock import SystemClock
from breakfix.settings import Settings, from_environment

if TYPE_CHECKING:
    from breakfix.clusters.process import Programs
    from breakfix.game.lobby import GameLobby
    from breakfix.game.session import Machine
    from breakfix.scenario.pack import Catalogue
    from breakfix.store.history import History

T = TypeVar("T")


def settings() -> Settings:
    """The settings of this environment."""
    return from_environment(os.environ)


def catalogue() -> Catalogue:
    """All packs."""
    from breakfix.scenario.pack import catalogue as of_settings

    return of_settings(settings())


def history() -> History:
    """The history of this data directory."""
    from breakfix.store.history import History

    return History(settings().database)


def programs() -> Programs:
    """The programs on PATH."""
    from breakfix.clusters.process import SystemPrograms

    return SystemPrograms(dict(os.environ))


def machine() -> Machine:
    """The machine, as a game needs it."""
    from breakfix.game.session import Machine

    command = " ".join(["breakfix", *sys.argv[1:3]])
    return Machine(settings(), programs(), SystemClock(), Path.home(), command)


def lobby(cluster: str = "auto") -> GameLobby:
    """The lobby, with rounds on that cluster."""
    from breakfix.game.lobby import GameLobby

    return GameLobby(machine(), history(), catalogue(), cluster)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; SIGTERM and Ctrl-C cancel it, so that it cleans up."""

    async def cancellable() -> T:
        task = asyncio.ensure_future(work)
        if sys.platform != "win32":
            loop = asyncio.get_running_loop()
            for name in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(name, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    return asyncio.run(cancellable())
