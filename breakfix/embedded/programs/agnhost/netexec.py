"""agnhost netexec: HTTP and UDP servers that do what they are asked."""

from __future__ import annotations

import signal
import ssl
from functools import partial

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.programs.agnhost.common import UsageError, flags, log
from breakfix.embedded.programs.agnhost.netexec_dial import NO_SCTP, dial
from breakfix.embedded.programs.agnhost.netexec_lifecycle import Lifecycle
from breakfix.embedded.programs.agnhost.netexec_pages import Pages
from breakfix.embedded.programs.agnhost.netexec_shell import Uploads, shell
from breakfix.embedded.programs.agnhost.netexec_udp import answer
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import Handler, HttpServer, mux
from breakfix.embedded.programs.sockets import ANY

_FLAGS = {"http-port": "8080", "udp-port": "8081", "sctp-port": "-1", "tls-cert-file": "",
          "tls-private-key-file": "", "http-override": "", "udp-listen-addresses": "",
          "delay-shutdown": "0"}  # fmt: skip


async def netexec(process: Process) -> int:
    """`agnhost netexec`."""
    try:
        given, _ = await flags(process, _FLAGS)
    except UsageError:
        return 1
    lifecycle = Lifecycle(process, given["delay-shutdown"])
    process.handlers[signal.SIGTERM] = lambda: lifecycle.serving.begin(lifecycle.term())
    http, udp = int(given["http-port"]), int(given["udp-port"])
    handler = _overridden(_handler(process, given, lifecycle), given["http-override"])
    server = HttpServer(handler, process.host.clock, tls=_tls(process, given))
    await log(process, f"Started HTTP server on port {http}")
    if given["sctp-port"] != "-1":
        words = "failed to create listener for SCTP address"
        await log(process, f"Error occurred: {words} :{given['sctp-port']}:{NO_SCTP}")
        return 1
    try:
        if udp != -1 and not await _listen_udp(process, given, lifecycle, udp):
            lifecycle.serving.close()
            return 1
        lifecycle.serving.tcp(http, server.serve)
    except OSError as error:
        lifecycle.serving.close()
        await log(process, f"listen tcp :{http}: bind: {str(error.strerror).lower()}")
        return 1
    return await lifecycle.serving.run()


def _handler(process: Process, given: dict[str, str], lifecycle: Lifecycle) -> Handler:
    pages, uploads = Pages(process, given["http-port"]), Uploads(process)
    return mux({
        "/": pages.root, "/clientip": pages.client_ip, "/serverport": pages.server_port,
        "/header": pages.header, "/dial": partial(dial, process), "/echo": pages.echo,
        "/exit": lifecycle.exit, "/healthz": lifecycle.healthz, "/readyz": lifecycle.readyz,
        "/hostname": pages.hostname, "/hostName": pages.hostname, "/redirect": pages.redirect,
        "/shell": partial(shell, process), "/upload": uploads.upload,
        "/shutdown": lifecycle.shutdown,
    })  # fmt: skip


def _overridden(handler: Handler, path: str) -> Handler:
    """--http-override: whatever is asked for, this path is answered."""
    if not path:
        return handler

    async def handle(request: Request) -> Response:
        request.target, request.method = path, "GET"
        return await handler(request)

    return handle


def _tls(process: Process, given: dict[str, str]) -> ssl.SSLContext | None:
    if not given["tls-cert-file"]:
        return None
    return server_context(process.files.read(given["tls-cert-file"]),
                          process.files.read(given["tls-private-key-file"]))  # fmt: skip


async def _listen_udp(
    process: Process, given: dict[str, str], lifecycle: Lifecycle, port: int
) -> bool:
    """On each address; False after saying which one failed."""
    for address in given["udp-listen-addresses"].split(","):
        where = f"{f'[{address}]' if ':' in address else address}:{port}"
        reply = partial(answer, process, given["udp-port"])
        try:
            lifecycle.serving.udp(port, reply, address or ANY)
        except OSError as error:
            fault = f"listen udp {where}: bind: {str(error.strerror).lower()}"
            words = f"failed to create listener for UDP address {where}:{fault}"
            await log(process, f"Error occurred: {words}")
            return False
        await log(process, f"Started UDP server on port {address} {port}")
    lifecycle.ready = True
    return True
