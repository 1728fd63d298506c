"""busybox's httpd: files, directory index, CGI."""

from __future__ import annotations

import asyncio
import posixpath
from datetime import UTC, datetime

from breakfix.embedded.machine.streams import Given, Memory
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.http.messages import (
    BadMessageError,
    Request,
    head,
    http_date,
    read_request,
)
from breakfix.embedded.programs.options import OptionError, getopt
from breakfix.embedded.programs.sockets import Reader, Serving, daemon

KINDS = {
    ".txt": "text/plain", ".c": "text/plain", ".h": "text/plain", ".cc": "text/plain",
    ".htm": "text/html", ".html": "text/html", ".css": "text/css", ".js": "application/javascript",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".png": "image/png",
    ".svg": "image/svg+xml", ".wav": "audio/wav", ".avi": "video/x-msvideo",
    ".json": "application/json", ".xml": "application/xml", ".pdf": "application/pdf",
}  # fmt: skip
_ERRORS = {
    400: ("Bad Request", "Unsupported method"), 401: ("Unauthorized", ""),
    403: ("Forbidden", ""), 404: ("Not Found", "The requested URL was not found"),
    408: ("Request Timeout", "No request appeared within 60 seconds"),
    501: ("Not Implemented", "The requested method is not recognized"),
}  # fmt: skip
_METHODS = ("GET", "HEAD", "POST")
_MAX_OUTPUT = 4 << 20


class _Site:
    def __init__(self, process: Process, root: str, port: int) -> None:
        self.process, self.root, self.port = process, root, port
        self.index = "index.html"

    async def serve(self, end: Stream) -> None:
        try:
            request = await read_request(Reader(end.read))
        except BadMessageError:
            await end.write(self.page(400))
            return
        except NetworkError:
            return
        if request is not None:
            request.peer = end.peer
            await end.write(await self.answer(request))

    async def answer(self, request: Request) -> bytes:
        path = posixpath.normpath("/" + request.path.lstrip("/"))
        if request.method not in _METHODS:
            return self.page(501)
        full = posixpath.normpath(self.root + path)
        if path.startswith("/cgi-bin/"):
            return await self.cgi(request, path)
        if request.method == "POST":
            return self.page(501)
        if self.process.files.is_dir(full):
            if not request.path.endswith("/"):
                return self.page(302, [("Location", path.rstrip("/") + "/")])
            full = posixpath.join(full, self.index)
        return self.file(full, request)

    def file(self, full: str, request: Request) -> bytes:
        files = self.process.files
        try:
            body = files.read(full)
        except PermissionError:
            return self.page(404)
        except OSError:
            return self.page(404)
        found = getattr(files, "stat", None)
        changed = found(full).mtime if found else self.process.host.clock.now().timestamp()
        kind = KINDS.get(posixpath.splitext(full)[1].lower(), "application/octet-stream")
        headers = [
            ("Date", http_date(self.process.host.clock.now())), ("Connection", "close"),
            ("Content-type", kind), ("Accept-Ranges", "bytes"),
            ("Last-Modified", http_date(datetime.fromtimestamp(changed, UTC))),
            ("ETag", f'"{int(changed):x}-{len(body):x}"'), ("Content-Length", str(len(body))),
        ]  # fmt: skip
        shown = b"" if request.method == "HEAD" else body
        return head("HTTP/1.1 200 OK", headers) + shown

    def page(self, status: int, more: list[tuple[str, str]] | None = None) -> bytes:
        """An error's page."""
        title, words = _ERRORS.get(status, ("Found", ""))
        headers = [
            ("Date", http_date(self.process.host.clock.now())), ("Connection", "close"),
            ("Content-type", "text/html"), *(more or []),
        ]  # fmt: skip
        body = ""
        if words:
            body = (f"<HTML><HEAD><TITLE>{status} {title}</TITLE></HEAD>\n"
                    f"<BODY><H1>{status} {title}</H1>\n{words}\n</BODY></HTML>\n")  # fmt: skip
        return head(f"HTTP/1.1 {status} {title}", headers) + body.encode()

    async def cgi(self, request: Request, path: str) -> bytes:
        """Run a script with the CGI environment; its headers are the answer's."""
        script, rest = self._script(path)
        view = self.process.files
        access = getattr(view, "access", None)
        if not script or (access and not access(self.root + script, 1)):
            return self.page(404)
        output = Memory(_MAX_OUTPUT)
        assert self.process.spawn is not None  # noqa: S101 - every container's process has it
        full = posixpath.normpath(self.root + script)
        await self.process.spawn(
            ["./" + posixpath.basename(full)], stdin=Given(request.body), stdout=output,
            env=self._environment(request, script, rest), cwd=posixpath.dirname(full),
        )  # fmt: skip
        return _cgi_answer(bytes(output.data))

    def _script(self, path: str) -> tuple[str, str]:
        """The file along the path, and what follows it."""
        parts = path.split("/")
        for i in range(3, len(parts) + 1):
            script = "/".join(parts[:i])
            full = posixpath.normpath(self.root + script)
            if self.process.files.exists(full) and not self.process.files.is_dir(full):
                return script, "/" + "/".join(parts[i:]) if parts[i:] else ""
        return "", ""

    def _environment(self, request: Request, script: str, rest: str) -> dict[str, str]:
        found = dict(self.process.env)
        for name, value in request.headers:
            found["HTTP_" + name.upper().replace("-", "_")] = value
        found |= {
            "PATH_INFO": rest, "REQUEST_METHOD": request.method, "REQUEST_URI": request.target,
            "QUERY_STRING": request.query, "SCRIPT_NAME": script,
            "SCRIPT_FILENAME": posixpath.normpath(self.root + script),
            "SERVER_SOFTWARE": "busybox httpd/1.37.0", "SERVER_PROTOCOL": request.version,
            "GATEWAY_INTERFACE": "CGI/1.1", "REMOTE_PORT": str(request.peer[1]),
            "REMOTE_ADDR": f"[::ffff:{request.peer[0]}]",
        }  # fmt: skip
        for name, header in (
            ("CONTENT_LENGTH", "content-length"),
            ("CONTENT_TYPE", "content-type"),
        ):
            if request.has(header):
                found[name] = request.header(header)
                found.pop("HTTP_" + name, None)
        return found


def _cgi_answer(output: bytes) -> bytes:
    if not output or output.startswith(b"HTTP/"):
        return output
    if output.startswith(b"Status: "):
        line, _, rest = output.partition(b"\n")
        return b"HTTP/1.1 " + line[8:].strip() + b"\r\n" + rest
    return b"HTTP/1.1 200 OK\r\n" + output


async def httpd(process: Process) -> int:
    """`httpd [-f] [-p [ADDRESS:]PORT] [-h HOME] [-c CONFFILE]`."""
    if not process.files.exists("/bin/busybox"):
        from breakfix.embedded.programs.apache import httpd as apache

        return await apache(process)
    try:
        options = getopt(process.argv[1:], "fvip:h:c:u:r:m:d:e:")
    except OptionError as error:
        await process.err(f"httpd: {error}\n")
        return 1
    root = posixpath.normpath(posixpath.join(process.cwd, options.get("h") or "."))
    if not process.files.is_dir(root):
        words = "Not a directory" if process.files.exists(root) else "No such file or directory"
        await process.err(f"httpd: can't change directory to '{options.get('h')}': {words}\n")
        return 1
    address, _, port = (options.get("p") or "80").rpartition(":")
    site = _Site(process, root.rstrip("/"), int(port))
    site.index = _index(process, options.get("c") or "/etc/httpd.conf")
    serving = Serving(process)
    try:
        serving.tcp(int(port), site.serve, address or "0.0.0.0")  # noqa: S104 - inside
    except OSError as error:
        await process.err(f"httpd: bind: {error.strerror}\n")
        return 1
    if "f" in options:
        return await serving.run()
    serving.close()
    daemon(process, [process.argv[0], "-f", *process.argv[1:]])
    await asyncio.sleep(0)
    return 0


def _index(process: Process, path: str) -> str:
    try:
        lines = process.files.read(path).decode(errors="replace").splitlines()
    except OSError:
        return "index.html"
    return next((line[2:].strip() for line in lines if line.startswith("I:")), "index.html")
