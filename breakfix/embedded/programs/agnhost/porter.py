"""agnhost porter: a server for each port that its environment names."""

from __future__ import annotations

import posixpath
import signal
import ssl

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.programs.agnhost.common import UsageError, flags, go_json, log
from breakfix.embedded.programs.agnhost.go_http import written
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import Handler, HttpServer
from breakfix.embedded.programs.sockets import Serving

_LAST_PORT = 65535


async def porter(process: Process) -> int:
    """Serves what SERVE_PORT_N and SERVE_TLS_PORT_N say."""
    try:
        given, _ = await flags(process, {"json-response": "false"})
    except UsageError:
        return 1
    serving = Serving(process)
    process.handlers[signal.SIGTERM] = lambda: serving.end(2)
    for key, value in process.env.items():
        tls = key.startswith("SERVE_TLS_PORT_")
        if not tls and not key.startswith("SERVE_PORT_"):
            continue
        context = _pair(process) if tls else None
        port = key.rpartition("_")[2]
        handler = _constant(value, given["json-response"] == "true")
        server = HttpServer(handler, process.host.clock, tls=context)
        if fault := _listen(serving, port, server):
            await log(process, f'server on port "{port}" failed: {fault}')
    return await serving.run()


def _listen(serving: Serving, port: str, server: HttpServer) -> str:
    """What is wrong, in Go's words; "" where it listens. The other ports go on."""
    if not port.isdigit():
        return f"listen tcp: lookup tcp/{port}: unknown port"
    if int(port) > _LAST_PORT:
        return f"listen tcp: address {port}: invalid port"
    try:
        serving.tcp(int(port), server.serve)
    except OSError as error:
        return f"listen tcp 0.0.0.0:{port}: bind: {str(error.strerror).lower()}"
    return ""


def _pair(process: Process) -> ssl.SSLContext:
    names = [process.env.get("CERT_FILE") or "localhost.crt",
             process.env.get("KEY_FILE") or "localhost.key"]  # fmt: skip
    paths = [posixpath.join(process.cwd, name) for name in names]
    if not all(process.files.exists(path) for path in paths):
        from breakfix.embedded.programs.tls_pairs import own_pair

        return server_context(*own_pair(("localhost",), ("127.0.0.1", "::1")))
    return server_context(*(process.files.read(path) for path in paths))


def _constant(value: str, as_json: bool) -> Handler:
    async def handle(request: Request) -> Response:
        if as_json:
            body = go_json({"Method": request.method, "Body": value})
            return text(200, body, "application/json")
        return written(value)

    return handle
