"""agnhost liveness: a server whose health ends."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.go_http import redirect, written
from breakfix.embedded.programs.agnhost.serving import serve
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import Handler, mux

_LIVE = 10.0  # s


async def liveness(process: Process) -> int:
    """Healthy for ten seconds."""
    clock = process.host.clock
    started = clock.monotonic()

    async def age(_request: Request) -> Response:
        return written(f"{clock.monotonic() - started:.9f}s")

    async def healthz(_request: Request) -> Response:
        passed = clock.monotonic() - started
        return written(f"error: {passed}", 500) if passed > _LIVE else written("ok")

    async def away(request: Request) -> Response:
        return redirect(request, request.form().get("loc", ""))

    pages: dict[str, Handler] = {"/started": age, "/healthz": healthz, "/redirect": away}
    return await serve(process, 8080, mux(pages))
