"""agnhost netexec: HTTP and UDP servers that do what they are asked."""

from __future__ import annotations

import re
import signal
from contextlib import suppress

from breakfix.embedded.machine.streams import Empty, Memory
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.network.types import NetworkError, RefusedError
from breakfix.embedded.programs.agnhost.common import (
    GetError,
    UsageError,
    flags,
    go_json,
    http_get,
    log,
    lookup_words,
)
from breakfix.embedded.programs.http.messages import Request, Response, http_date, text
from breakfix.embedded.programs.http.server import Handler, HttpServer, mux
from breakfix.embedded.programs.sockets import Serving, addresses, go_duration

_FLAGS = {"http-port": "8080", "udp-port": "8081", "sctp-port": "-1", "tls-cert-file": "",
          "tls-private-key-file": "", "http-override": "", "udp-listen-addresses": "",
          "delay-shutdown": "0"}  # fmt: skip
_MAX_OUTPUT = 1 << 20
_NO_SCTP = "protocol not supported"  # as on a kernel without its module
_HTML = re.compile(  # as http.DetectContentType knows it
    r"[\t\n\f\r ]*<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body"
    r"|br|p|!--)[ >]",
    re.IGNORECASE,
)


def title(name: str) -> str:
    """A header's canonical form."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def go_http_error(words: str, status: int) -> Response:
    """http.Error."""
    found = text(status, words + "\n")
    found.headers.append(("X-Content-Type-Options", "nosniff"))
    return found


def written(body: str, status: int = 200) -> Response:
    """What a handler has written: the kind is guessed from it."""
    kind = "text/html" if _HTML.match(body) else "text/plain"
    headers = [("Content-Type", f"{kind}; charset=utf-8")] if body else []
    return Response(headers, body.encode(), status)


def redirect(request: Request, location: str, status: int = 302) -> Response:
    """http.Redirect."""
    from breakfix.embedded.programs.http.messages import reason

    body = f'<a href="{location}">{reason(status)}</a>.\n\n' if request.method == "GET" else ""
    return Response([("Content-Type", "text/html; charset=utf-8"), ("Location", location)],
                    body.encode(), status)  # fmt: skip


class _Netexec:
    def __init__(self, process: Process, given: dict[str, str]) -> None:
        self.process, self.given = process, given
        self.serving = Serving(process)
        self.ready = False
        self.stopping = False
        self.started = process.host.clock.monotonic()
        self.uploads = 0

    # -- pages -------------------------------------------------------------------------

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
        return written(self.given["http-port"])

    async def header(self, request: Request) -> Response:
        key = request.form().get("key", "")
        await log(self.process, f"GET /header?key={key}" if key else "GET /header")
        if key:
            return written(request.header(key))
        found: dict[str, list[str]] = {}
        for name, value in request.headers:
            if name.lower() != "host":
                found.setdefault(title(name), []).append(value)
        return written(go_json(found))

    async def echo(self, request: Request) -> Response:
        form = request.form()
        msg, code = form.get("msg", ""), form.get("code", "")
        await log(self.process, f"GET /echo?msg={msg}&code={code}")
        if code and not code.lstrip("-").isdigit():
            return written(f"argument 'code' must be an integer or empty, got \"{code}\"\n")
        return written(msg, int(code or 200))

    async def exit(self, request: Request) -> Response:
        form = request.form()
        code, wait, timeout = (form.get(n, "") for n in ("code", "wait", "timeout"))
        await log(self.process, f"GET /exit?code={code}&timeout={timeout}&wait={wait}")
        for name, value in (("timeout", timeout), ("wait", wait)):
            try:
                go_duration(value or "0")
            except ValueError:
                return written(f"argument '{name}' must be a valid golang duration or empty, "
                               f'got "{value}"\n')  # fmt: skip
        if code and not code.isdigit():
            return written("argument 'code' must be an integer [0-127] or empty, "
                           f'got "{code}"\n')  # fmt: skip
        await self.process.host.clock.sleep(go_duration(wait or "0"))
        if go_duration(timeout or "0") > 0:
            for listener in self.serving.listeners:
                listener.close()
            self.serving.start(self.later(go_duration(timeout), int(code or 0)))
            return Response(close=True)
        self.serving.end(int(code or 0))
        await self.process.host.clock.sleep(1e6)
        return Response()

    async def later(self, seconds: float, code: int) -> None:
        await self.process.host.clock.sleep(min(seconds, 0.5))
        await log(self.process, "Graceful shutdown completed with: <nil>")
        self.serving.end(code)

    async def shutdown(self, request: Request) -> Response:  # noqa: ARG002
        await log(self.process, "GET /shutdown")
        self.serving.end(0)
        await self.process.host.clock.sleep(1e6)
        return Response()

    async def healthz(self, request: Request) -> Response:  # noqa: ARG002
        await log(self.process, "GET /healthz")
        return Response(status=200 if self.ready else 412)

    async def readyz(self, request: Request) -> Response:  # noqa: ARG002
        await log(self.process, "GET /readyz")
        return Response(status=503 if self.stopping else 200 if self.ready else 412)

    async def hostname(self, request: Request) -> Response:
        await log(self.process, f"GET {request.path}")
        return written(self.process.host.hostname)

    async def redirect(self, request: Request) -> Response:
        form = request.form()
        location, code = form.get("location", ""), form.get("code", "")
        await log(self.process, f"{request.method} /redirect?msg={location}&code={code}")
        if code and not code.isdigit():
            return written(f"argument 'code' must be an integer or empty, got \"{code}\"\n")
        return redirect(request, location, int(code or 302))

    async def shell(self, request: Request) -> Response:
        form = request.form()
        command = form.get("shellCommand") or form.get("cmd", "")
        await log(self.process, f"GET /shell?cmd={command}")
        output = Memory(_MAX_OUTPUT)
        assert self.process.spawn is not None  # noqa: S101 - every container's process has it
        code = await self.process.spawn(["/bin/sh", "-c", command], stdin=Empty(),
                                        stdout=output, stderr=output)  # fmt: skip
        found = {"output": output.text} if output.data else {}
        if code:
            found["error"] = f"exit status {code}"
        shown = " ".join(f"{k}:{v}" for k, v in sorted(found.items()))
        await log(self.process, f"Output: map[{shown}]")
        return written(go_json(found))

    async def upload(self, request: Request) -> Response:
        await log(self.process, "GET /upload")
        content = _uploaded(request)
        if content is None:
            return written(go_json({"error": "Unable to upload file."}))
        self.uploads += 1
        path = f"/uploads/upload{self.uploads:09d}"
        try:
            self.process.files.write(path, content)
        except OSError:
            return written(go_json({"error": "Unable to open file for write"}))
        with suppress(OSError, AttributeError):
            self.process.files.chmod(path, 0o700)  # type: ignore[attr-defined]
        await log(self.process, f"Wrote upload to {path}")
        return written(go_json({"output": path}), 201)

    async def dial(self, request: Request) -> Response:
        form = request.form()
        host, port, what, protocol, tries = (
            form.get(n, "") for n in ("host", "port", "request", "protocol", "tries")
        )
        await log(self.process, f"GET /dial?host={host}&protocol={protocol}&port={port}"
                  f"&request={what}&tries={tries}")  # fmt: skip
        if tries and not tries.isdigit():
            words = f'strconv.Atoi: parsing "{tries}": invalid syntax'
            return go_http_error(f"tries parameter is invalid. {words}", 400)
        if not what:
            return go_http_error("request parameter not specified. <nil>", 400)
        if protocol.lower() not in ("", "http", "udp", "sctp"):
            return go_http_error(f"unsupported protocol. {protocol}", 400)
        try:
            address = (await addresses(self.process, host))[0]
        except ResolveError as error:
            words = lookup_words(self.process, error)
            return go_http_error(f"host and/or port param are invalid. {words}", 400)
        return await self.dialled(address, int(port or 0), what, protocol.lower(), int(tries or 1))

    async def dialled(
        self, address: str, port: int, what: str, protocol: str, tries: int
    ) -> Response:
        answers: list[str] = []
        errors: list[str] = []
        last = ""
        shown = f"[{address}]" if ":" in address else address
        for _ in range(min(tries, 1000)):
            last = ""
            try:
                if protocol == "udp":
                    last = await self.dial_udp(address, port, what)
                elif protocol == "sctp":
                    raise NetworkError(f"sctp dial failed. err:{_NO_SCTP}")
                else:
                    reply = await http_get(self.process, f"http://{shown}:{port}/{what}")
                    last = reply.body.decode(errors="replace")
                answers.append(last)
            except (GetError, NetworkError) as error:
                errors.append(str(error))
        output: dict[str, list[str]] = {"responses": answers} if last else {}
        if errors:
            output["errors"] = errors
        return written(go_json(output))

    async def dial_udp(self, address: str, port: int, what: str) -> str:
        host = self.process.host
        mine = f"{host.space.addresses[0] if host.space.addresses else '127.0.0.1'}:40000"
        try:
            data = await host.network.ask(host.space, address, port, what.encode(), 5.0)
        except RefusedError:
            words = f"read udp {mine}->{address}:{port}: read: connection refused"
            raise NetworkError(f"reading from udp connection failed. err:'{words}'") from None
        except NetworkError:
            words = f"read udp {mine}->{address}:{port}: i/o timeout"
            raise NetworkError(f"reading from udp connection failed. err:'{words}'") from None
        return data.decode(errors="replace")

    # -- UDP ---------------------------------------------------------------------------

    async def udp(self, data: bytes, peer: tuple[str, int]) -> bytes | None:
        said = data.decode(errors="replace").strip().lower()
        where = f"{peer[0]}:{peer[1]}"
        if said == "hostname":
            await log(self.process, "Sending udp hostName response")
            return self.process.host.hostname.encode()
        if said.startswith("echo "):
            await log(self.process, f"Echoing {said[5:]} to UDP client {where}\n")
            return said[5:].encode()
        if said == "clientip":
            await log(self.process, f"Sending clientip back to UDP client {where}\n")
            return where.encode()
        if said == "serverport":
            return self.given["udp-port"].encode()
        if said:
            await log(self.process, f"Unknown UDP command received from {where}: {said}\n")
        return None

    # -- running -----------------------------------------------------------------------

    def handler(self) -> Handler:
        pages = {
            "/": self.root, "/clientip": self.client_ip, "/serverport": self.server_port,
            "/header": self.header, "/dial": self.dial, "/echo": self.echo, "/exit": self.exit,
            "/healthz": self.healthz, "/readyz": self.readyz, "/hostname": self.hostname,
            "/hostName": self.hostname, "/redirect": self.redirect, "/shell": self.shell,
            "/upload": self.upload, "/shutdown": self.shutdown,
        }  # fmt: skip
        found = mux(pages)
        override = self.given["http-override"]
        if not override:
            return found

        async def overridden(request: Request) -> Response:
            request.target, request.method = override, "GET"
            return await found(request)

        return overridden

    async def term(self) -> None:
        self.stopping = True
        delay = int(self.given["delay-shutdown"])
        if delay > 0:
            await log(self.process, f"Sleeping {delay} seconds before terminating...")
            await self.process.host.clock.sleep(delay)
        self.serving.end(0)

    async def run(self) -> int:
        process, given = self.process, self.given
        process.handlers[signal.SIGTERM] = lambda: self.serving.begin(self.term())
        http, udp = int(given["http-port"]), int(given["udp-port"])
        tls = None
        if given["tls-cert-file"]:
            tls = server_context(process.files.read(given["tls-cert-file"]),
                                 process.files.read(given["tls-private-key-file"]))  # fmt: skip
        server = HttpServer(self.handler(), process.host.clock, tls=tls)
        await log(process, f"Started HTTP server on port {http}")
        if given["sctp-port"] != "-1":
            words = "failed to create listener for SCTP address"
            await log(process, f"Error occurred: {words} :{given['sctp-port']}:{_NO_SCTP}")
            return 1
        try:
            if udp != -1:
                for address in given["udp-listen-addresses"].split(","):
                    self.serving.udp(udp, self.udp, address or "0.0.0.0")  # noqa: S104 - inside
                    await log(process, f"Started UDP server on port {address} {udp}")
                self.ready = True
            self.serving.tcp(http, server.serve)
        except OSError as error:
            self.serving.close()
            words = str(error.strerror).lower()
            await process.err(f"F log.go:244] listen tcp :{http}: bind: {words}\n")
            return 1
        return await self.serving.run()


def _uploaded(request: Request) -> bytes | None:
    kind = request.header("content-type")
    mark = kind.partition("boundary=")[2].strip('"').encode()
    if not kind.startswith("multipart/form-data") or not mark:
        return None
    for part in request.body.split(b"--" + mark):
        head, _, body = part.partition(b"\r\n\r\n")
        if b'name="file"' in head:
            return body.removesuffix(b"\r\n")
    return None


async def netexec(process: Process) -> int:
    """`agnhost netexec`."""
    try:
        given, _ = await flags(process, _FLAGS)
    except UsageError:
        return 1
    return await _Netexec(process, given).run()


__all__ = ["go_http_error", "http_date", "netexec", "redirect", "written"]
