"""How nginx ends: what master and worker say about it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from breakfix.embedded.programs.sockets import Serving

if TYPE_CHECKING:
    from breakfix.embedded.programs.nginx.logs import Logs

_WORKERS_NEED = 0.05  # s to end: whoever has sent the signal ends before


def leave_on_signals(logs: Logs, serving: Serving) -> None:
    """SIGQUIT lets requests end, SIGTERM and SIGINT do not."""
    for number in (signal.SIGQUIT, signal.SIGTERM, signal.SIGINT):
        logs.process.handlers[number] = lambda number=number: serving.begin(  # type: ignore[misc]
            _leave(logs, serving, number)
        )


async def _leave(logs: Logs, serving: Serving, number: signal.Signals) -> None:
    slowly, worker = number == signal.SIGQUIT, logs.worker_pid
    word = "shutting down" if slowly else "exiting"
    await logs.log("notice", f"signal {number.value} ({number.name}) received, {word}")
    await logs.process.host.clock.sleep(_WORKERS_NEED)
    for text in ("gracefully shutting down", "exiting", "exit")[0 if slowly else 1 :]:
        await logs.log("notice", text, worker=True)
    await logs.log("notice", f"signal 17 (SIGCHLD) received from {worker}")
    await logs.log("notice", f"worker process {worker} exited with code 0")
    await logs.log("notice", "exit")
    serving.end(0)
