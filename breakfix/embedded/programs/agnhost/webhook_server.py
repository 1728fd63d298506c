"""What agnhost's webhooks share: an HTTPS server, and answers to reviews."""

from __future__ import annotations

import json
import signal
import ssl
from typing import Any

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.programs.agnhost.go_http import written
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import Handler, HttpServer, mux
from breakfix.embedded.programs.sockets import Serving

FLAGS = {"tls-cert-file": "", "tls-private-key-file": "", "port": "443", "sidecar-image": "",
         "alsologtostderr": "false", "v": "0"}  # fmt: skip


def reviewed(review: dict[str, Any], response: dict[str, Any]) -> Response:
    """The review with its response."""
    body = {"response": response}
    body.update({key: review[key] for key in ("kind", "apiVersion") if review.get(key)})
    return text(200, json.dumps(body), "application/json")


async def serve_tls(process: Process, given: dict[str, str], pages: dict[str, Handler]) -> int:
    """These pages and /readyz, until SIGTERM."""
    try:
        context = server_context(process.files.read(given["tls-cert-file"]),
                                 process.files.read(given["tls-private-key-file"]))  # fmt: skip
    except (OSError, ssl.SSLError) as error:
        words = str(getattr(error, "strerror", "") or error).lower()
        await process.err(f"F config.go:38] open {given['tls-cert-file']}: {words}\n")
        return 255
    serving = Serving(process)
    process.handlers[signal.SIGTERM] = lambda: serving.end(2)
    server = HttpServer(mux({**pages, "/readyz": _ready}), process.host.clock, tls=context)
    try:
        serving.tcp(int(given["port"]), server.serve)
    except OSError as error:
        await process.err(f"panic: listen tcp :{given['port']}: bind: "
                          f"{str(error.strerror).lower()}\n")  # fmt: skip
        return 2
    return await serving.run()


async def _ready(_request: Request) -> Response:
    return written("ok")
