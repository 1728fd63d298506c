"""netexec's health, and how it ends: /healthz, /readyz, /exit, /shutdown, SIGTERM."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import log
from breakfix.embedded.programs.agnhost.go_http import written
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.sockets import Serving, go_duration


class Lifecycle:
    """Ready, stopping, ended. `delay`: seconds that SIGTERM waits (--delay-shutdown)."""

    def __init__(self, process: Process, delay: str) -> None:
        self.process, self.delay = process, delay
        self.serving = Serving(process)
        self.ready = False
        self.stopping = False

    async def healthz(self, request: Request) -> Response:  # noqa: ARG002
        await log(self.process, "GET /healthz")
        return Response(status=200 if self.ready else 412)

    async def readyz(self, request: Request) -> Response:  # noqa: ARG002
        await log(self.process, "GET /readyz")
        return Response(status=503 if self.stopping else 200 if self.ready else 412)

    async def exit(self, request: Request) -> Response:
        """End with a code: after `wait`, or within `timeout` while nobody can connect."""
        form = request.form()
        code, wait, timeout = (form.get(n, "") for n in ("code", "wait", "timeout"))
        await log(self.process, f"GET /exit?code={code}&timeout={timeout}&wait={wait}")
        if fault := _fault(code, wait, timeout):
            return written(fault)
        await self.process.host.clock.sleep(go_duration(wait or "0"))
        if go_duration(timeout or "0") > 0:
            for listener in self.serving.listeners:
                listener.close()
            self.serving.start(self._end_gracefully(go_duration(timeout), int(code or 0)))
            return Response(close=True)
        return await self._end(int(code or 0))

    async def shutdown(self, request: Request) -> Response:  # noqa: ARG002
        await log(self.process, "GET /shutdown")
        return await self._end(0)

    async def _end(self, code: int) -> Response:
        """Nothing is answered any more."""
        self.serving.end(code)
        await self.process.host.clock.sleep(1e6)
        return Response()

    async def _end_gracefully(self, seconds: float, code: int) -> None:
        await self.process.host.clock.sleep(min(seconds, 0.5))
        await log(self.process, "Graceful shutdown completed with: <nil>")
        self.serving.end(code)

    async def term(self) -> None:
        """SIGTERM."""
        self.stopping = True
        delay = int(self.delay)
        if delay > 0:
            await log(self.process, f"Sleeping {delay} seconds before terminating...")
            await self.process.host.clock.sleep(delay)
        self.serving.end(0)


def _fault(code: str, wait: str, timeout: str) -> str:
    """What is wrong with the arguments of /exit; "" for nothing."""
    for name, value in (("timeout", timeout), ("wait", wait)):
        try:
            go_duration(value or "0")
        except ValueError:
            words = f"argument '{name}' must be a valid golang duration or empty"
            return f'{words}, got "{value}"\n'
    if code and not code.isdigit():
        return f"argument 'code' must be an integer [0-127] or empty, got \"{code}\"\n"
    return ""
