"""agnhost's smaller servers."""

from __future__ import annotations

import posixpath
import signal
import ssl

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.agnhost.common import (
    GetError,
    UsageError,
    flags,
    go_json,
    http_get,
    log,
)
from breakfix.embedded.programs.agnhost.netexec import go_http_error, redirect, written
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import Handler, HttpServer, mux
from breakfix.embedded.programs.sockets import Serving

_LIVE = 10.0  # s


async def serve(process: Process, port: int, handler: Handler) -> int:
    """One HTTP server until it is stopped; SIGTERM ends it as Go does."""
    serving = Serving(process)
    try:
        serving.tcp(port, HttpServer(handler, process.host.clock).serve)
    except OSError as error:
        await log(process, f"listen tcp :{port}: bind: {str(error.strerror).lower()}")
        return 1
    process.handlers[signal.SIGTERM] = lambda: serving.end(2)
    return await serving.run()


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
        port = int(key.rpartition("_")[2])
        handler = _constant(value, given["json-response"] == "true")
        serving.tcp(port, HttpServer(handler, process.host.clock, tls=context).serve)
    return await serving.run()


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


async def pause(process: Process) -> int:
    """Waits for SIGTERM or SIGINT."""
    serving = Serving(process)
    await process.out("Paused\nSignals registered\n")
    for number in (signal.SIGTERM, signal.SIGINT):
        process.handlers[number] = lambda: serving.end(2)
    return await serving.run()


async def serve_hostname(process: Process) -> int:  # noqa: C901 - flat cases
    """The hostname by HTTP, or plainly by TCP and UDP."""
    known = {"tcp": "false", "udp": "false", "http": "true", "close": "false", "port": "9376"}
    try:
        given, _ = await flags(process, known)
    except UsageError:
        return 1
    port, name = int(given["port"]), process.host.hostname
    if given["http"] == "true" and "true" in (given["tcp"], given["udp"]):
        await log(process, "Can't server TCP/UDP mode and HTTP mode at the same time")
        return 255
    serving = Serving(process)

    async def raw(end: Stream) -> None:
        await log(process, f"TCP request from {end.peer[0]}:{end.peer[1]}")
        await end.write(name.encode())

    async def datagram(_data: bytes, peer: tuple[str, int]) -> bytes:
        await log(process, f"UDP request from {peer[0]}:{peer[1]}")
        return name.encode()

    async def page(request: Request) -> Response:
        await log(process, f"HTTP request from {request.peer[0]}:{request.peer[1]}")
        found = written(name)
        found.close = given["close"] == "true"
        return found

    if given["tcp"] == "true":
        serving.tcp(port, raw)
    if given["udp"] == "true":
        serving.udp(port, datagram)
    if given["http"] == "true":
        serving.tcp(port, HttpServer(page, process.host.clock).serve)
    await log(process, f"Serving on port {port}.\n")
    process.handlers[signal.SIGTERM] = lambda: serving.begin(_goodbye(process, serving))
    return await serving.run()


async def _goodbye(process: Process, serving: Serving) -> None:
    await log(process, "Shutting down after receiving signal: terminated.\n")
    await log(process, "Awaiting pod deletion.\n")
    await process.host.clock.sleep(60)
    serving.end(0)


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


async def test_webserver(process: Process) -> int:
    """Serves any file."""
    try:
        given, _ = await flags(process, {"port": "80"})
    except UsageError:
        return 1

    async def page(request: Request) -> Response:
        path = posixpath.normpath(request.path)
        try:
            if process.files.is_dir(path):
                names = "".join(f'<a href="{n}">{n}</a>\n' for n in process.files.list(path))
                return text(200, f"<pre>\n{names}</pre>\n", "text/html; charset=utf-8")
            body = process.files.read(path)
        except PermissionError:
            return go_http_error("403 Forbidden", 403)
        except OSError:
            return go_http_error("404 page not found", 404)
        return Response([("Content-Type", "text/plain; charset=utf-8")], body)

    return await serve(process, int(given["port"]), page)


async def tcp_reset(process: Process) -> int:
    """Reads a byte and cuts the connection."""
    try:
        given, _ = await flags(process, {"port": "8080"})
    except UsageError:
        return 1
    serving = Serving(process)

    async def cut(end: Stream) -> None:
        await end.read(1)
        await log(process, f"TCP request from {end.peer[0]}:{end.peer[1]}")
        getattr(end, "reset", end.close)()

    serving.tcp(int(given["port"]), cut)
    await log(process, f"Serving on port {given['port']}.\n")
    process.handlers[signal.SIGTERM] = lambda: serving.end(0)
    return await serving.run()


async def no_snat_test(process: Process) -> int:
    """/whoami and /checknosnat."""
    try:
        given, _ = await flags(process, {"port": "8080"})
    except UsageError:
        return 1
    pod, node = process.env.get("POD_IP", ""), process.env.get("NODE_IP", "")

    async def whoami(request: Request) -> Response:
        return written(f"{request.peer[0]}:{request.peer[1]}")

    async def check(request: Request) -> Response:
        errors = [e for ip in request.form().get("ips", "").split(",") if (e := await one(ip))]
        return written(", ".join(errors), 500) if errors else Response()

    async def one(address: str) -> str:
        url = f"http://{address}/whoami"
        try:
            seen = (await http_get(process, url)).body.decode().rpartition(":")[0]
        except (GetError, NetworkError) as error:
            return str(error)
        if seen == pod:
            return ""
        if seen == node:
            return f'Returned ip "{seen}" != my Pod ip "{pod}", == my Node ip "{node}" - SNAT'
        return (f'Returned ip "{seen}" != my Pod ip "{pod}" or my Node ip "{node}" - SNAT to '
                "unexpected ip (possible SNAT through unexpected interface on the way into "
                "another node)")  # fmt: skip

    pages: dict[str, Handler] = {"/whoami": whoami, "/checknosnat": check}
    return await serve(process, int(given["port"]), mux(pages))


async def no_snat_test_proxy(process: Process) -> int:
    """Passes /checknosnat on."""
    try:
        given, _ = await flags(process, {"port": "31235"})
    except UsageError:
        return 1

    async def check(request: Request) -> Response:
        form = request.form()
        url = f"http://{form.get('target', '')}/checknosnat?ips={form.get('ips', '')}"
        try:
            found = await http_get(process, url, 60.0)
        except GetError as error:
            return written(f'error querying "{url}", err: {error}', 500)
        return Response([("Content-Type", "text/plain; charset=utf-8")], found.body, found.status)

    return await serve(process, int(given["port"]), mux({"/checknosnat": check}))
