"""netexec's pages that tell about the server and the request."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import go_json, log
from breakfix.embedded.programs.agnhost.go_http import canonical_header, redirect, written
from breakfix.embedded.programs.http.messages import Request, Response


class Pages:
    """One method for each. `port`: of the HTTP server."""

    def __init__(self, process: Process, port: str) -> None:
        self.process, self.port = process, port
        self.started = process.host.clock.monotonic()

    async def root(self, request: Request) -> Response:  # noqa: ARG002
        await log(self.process, "GET /")
        clock = self.process.host.clock
        now = clock.now().strftime("%Y-%m-%d %H:%M:%S.%f000 +0000 UTC")
        return written(f"NOW: {now} m=+{clock.monotonic() - self.started:.9f}")

    async def client_ip(self, request: Request) -> Response:
        await log(self.process, "GET /clientip")
        host = f"[{request.peer[0]}]" if ":" in request.peer[0] else request.peer[0]
        return written(f"{host}:{request.peer[1]}")

    async def server_port(self, request: Request) -> Response:  # noqa: ARG002
        await log(self.process, "GET /serverport")
        return written(self.port)

    async def hostname(self, request: Request) -> Response:
        await log(self.process, f"GET {request.path}")
        return written(self.process.host.hostname)

    async def header(self, request: Request) -> Response:
        """One header, or all but Host."""
        key = request.form().get("key", "")
        await log(self.process, f"GET /header?key={key}" if key else "GET /header")
        if key:
            return written(request.header(key))
        found: dict[str, list[str]] = {}
        for name, value in request.headers:
            if name.lower() != "host":
                found.setdefault(canonical_header(name), []).append(value)
        return written(go_json(found))

    async def echo(self, request: Request) -> Response:
        form = request.form()
        msg, code = form.get("msg", ""), form.get("code", "")
        await log(self.process, f"GET /echo?msg={msg}&code={code}")
        if code and not code.lstrip("-").isdigit():
            return _bad_code(code)
        return written(msg, int(code or 200))

    async def redirect(self, request: Request) -> Response:
        form = request.form()
        location, code = form.get("location", ""), form.get("code", "")
        await log(self.process, f"{request.method} /redirect?msg={location}&code={code}")
        if code and not code.isdigit():
            return _bad_code(code)
        return redirect(request, location, int(code or 302))


def _bad_code(code: str) -> Response:
    return written(f"argument 'code' must be an integer or empty, got \"{code}\"\n")
