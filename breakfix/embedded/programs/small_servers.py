"""Programs that only need to be there: each serves the little that is asked of it."""

from __future__ import annotations

import posixpath
from datetime import UTC, datetime

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.busybox.httpd import KINDS
from breakfix.embedded.programs.http.messages import Request, Response, http_date, text
from breakfix.embedded.programs.http.server import Handler, HttpServer
from breakfix.embedded.programs.options import FlagError, go_flags
from breakfix.embedded.programs.sockets import Reader, Serving


async def _serve(process: Process, port: int, handler: Handler, name: str = "") -> int:
    serving = Serving(process)
    try:
        serving.tcp(port, HttpServer(handler, process.host.clock, name).serve)
    except OSError as error:
        await process.err(f"listen tcp :{port}: bind: {str(error.strerror).lower()}\n")
        return 1
    return await serving.run()


async def http_echo(process: Process) -> int:
    """hashicorp/http-echo: `-text=WORDS [-listen=:5678] [-status-code=200]`."""
    try:
        given, rest = go_flags(
            process.argv[1:],
            {"text": process.env.get("ECHO_TEXT", ""), "listen": ":5678", "status-code": "200"},
        )
    except FlagError as error:
        await process.err(f"flag provided but not defined: {error}\n")
        return 2
    if rest:
        await process.err("Too many arguments!\n")
        return 127
    if not given["text"]:
        await process.err("Missing -text option!\n")
        return 127

    async def page(request: Request) -> Response:
        now = process.host.clock.now().strftime("%Y/%m/%d %H:%M:%S")
        body = given["text"] + "\n"
        await process.out(f"{now} {request.header('host')} {request.peer[0]}:{request.peer[1]} "
                          f'"{request.method} {request.target} {request.version}" '
                          f'{given["status-code"]} {len(body)} "{request.header("user-agent")}" '
                          "10.000µs\n")  # fmt: skip
        found = text(int(given["status-code"]), body)
        found.headers += [("X-App-Name", "http-echo"), ("X-App-Version", "1.0.0")]
        return found

    now = process.host.clock.now().strftime("%Y/%m/%d %H:%M:%S")
    await process.out(f"{now} [INFO] server is listening on {given['listen']}\n")
    return await _serve(process, int(given["listen"].rpartition(":")[2]), page)


async def hello_app(process: Process) -> int:
    """google-samples/hello-app."""
    port = int(process.env.get("PORT") or 8080)

    async def page(_request: Request) -> Response:
        words = f"Hello, world!\nVersion: 1.0.0\nHostname: {process.host.hostname}\n"
        return text(200, words)

    now = process.host.clock.now().strftime("%Y/%m/%d %H:%M:%S")
    await process.err(f"{now} Server listening on port {port}\n")
    return await _serve(process, port, page)


async def python(process: Process) -> int:
    """`python3 -m http.server [PORT]`; nothing else of Python is here."""
    words = process.argv[1:]
    if words[:1] in (["-V"], ["--version"]):
        await process.out(f"Python {process.env.get('PYTHON_VERSION', '3.13.5')}\n")
        return 0
    if words[:2] != ["-m", "http.server"]:
        if words and not words[0].startswith("-"):
            path = posixpath.join(process.cwd, words[0])
            if not process.files.exists(path):
                await process.err(f"python3: can't open file '{path}': [Errno 2] No such file or "
                                  "directory\n")  # fmt: skip
                return 2
        if not words:
            return 0
        await process.err("python3: this lab runs only `python3 -m http.server`\n")
        return 1
    port = next((int(w) for w in words[2:] if w.isdigit()), 8000)
    root = next((words[i + 1] for i, w in enumerate(words[:-1]) if w in ("-d", "--directory")),
                process.cwd)  # fmt: skip
    await process.out(f"Serving HTTP on 0.0.0.0 port {port} (http://0.0.0.0:{port}/) ...\n")
    return await _serve(process, port, _files(process, root), "SimpleHTTP/0.6 Python/3.13.5")


def _files(process: Process, root: str) -> Handler:
    files = process.files

    async def page(request: Request) -> Response:
        full = posixpath.normpath(root + posixpath.normpath("/" + request.path.lstrip("/")))
        response = read(full, request)
        now = process.host.clock.now().strftime("%d/%b/%Y %H:%M:%S")
        await process.err(f'{request.peer[0]} - - [{now}] "{request.method} {request.target} '
                          f'{request.version}" {response.status} -\n')  # fmt: skip
        return response

    def read(full: str, request: Request) -> Response:
        if files.is_dir(full):
            if not request.path.endswith("/"):
                return Response([("Location", request.path + "/")], b"", 301, close=True)
            if not files.exists(posixpath.join(full, "index.html")):
                return listing(full, request)
            full = posixpath.join(full, "index.html")
        try:
            body = files.read(full)
        except OSError:
            words = (
                '<!DOCTYPE HTML>\n<html lang="en"><head><title>Error response</title></head>'
                "<body><h1>Error response</h1><p>Error code: 404</p>"
                "<p>Message: File not found.</p></body></html>\n"
            )
            return Response([("Content-Type", "text/html;charset=utf-8")], words.encode(), 404,
                            "File not found", close=True)  # fmt: skip
        stat = getattr(files, "stat", None)
        changed = stat(full).mtime if stat else 0
        kind = KINDS.get(posixpath.splitext(full)[1].lower(), "application/octet-stream")
        headers = [("Content-type", kind),
                   ("Last-Modified", http_date(datetime.fromtimestamp(changed, UTC)))]  # fmt: skip
        return Response(headers, body, close=True)

    def listing(full: str, request: Request) -> Response:
        names = [
            n + ("/" if files.is_dir(posixpath.join(full, n)) else "") for n in files.list(full)
        ]
        rows = "".join(f'<li><a href="{n}">{n}</a></li>\n' for n in names)
        title = f"Directory listing for {request.path}"
        body = (
            f'<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}'
            f"</title>\n</head>\n<body>\n<h1>{title}</h1>\n<hr>\n<ul>\n{rows}</ul>\n<hr>\n"
            "</body>\n</html>\n"
        )
        return Response([("Content-type", "text/html; charset=utf-8")], body.encode(), close=True)

    return page


async def memcached(process: Process) -> int:
    """`memcached [-p PORT]`: set, add, get, delete, incr, flush_all, stats, version, quit."""
    words = process.argv[1:]
    port = next((int(words[i + 1]) for i, w in enumerate(words[:-1]) if w == "-p"), 11211)
    kept: dict[str, tuple[str, bytes]] = {}

    async def serve(end: Stream) -> None:
        reader = Reader(end.read)
        while line := (await reader.line()).decode(errors="replace").split():
            if line[0] == "quit":
                return
            data = b""
            if line[0] in ("set", "add", "replace") and len(line) > 4 and line[4].isdigit():  # noqa: PLR2004
                data = await reader.exactly(min(int(line[4]), 1 << 20))
                await reader.line()
            await end.write(_memcached(kept, line, data))

    serving = Serving(process)
    try:
        serving.tcp(port, serve)
    except OSError as error:
        await process.err(f"bind(): {error.strerror}\nfailed to listen on TCP port {port}: "
                          f"{error.strerror}\n")  # fmt: skip
        return 71
    return await serving.run()


def _memcached(kept: dict[str, tuple[str, bytes]], line: list[str], data: bytes) -> bytes:
    command, key = line[0], line[1] if len(line) > 1 else ""
    match command:
        case "set" | "add" | "replace":
            if (command == "add" and key in kept) or (command == "replace" and key not in kept):
                return b"NOT_STORED\r\n"
            kept[key] = (line[2], data)
            return b"STORED\r\n"
        case "get" | "gets":
            rows = [f"VALUE {k} {kept[k][0]} {len(kept[k][1])}\r\n".encode() + kept[k][1] + b"\r\n"
                    for k in line[1:] if k in kept]  # fmt: skip
            return b"".join(rows) + b"END\r\n"
        case "delete":
            return b"DELETED\r\n" if kept.pop(key, None) else b"NOT_FOUND\r\n"
        case "flush_all":
            kept.clear()
            return b"OK\r\n"
        case "version":
            return b"VERSION 1.6.38\r\n"
        case "stats":
            return b"STAT pid 1\r\nSTAT curr_items %d\r\nEND\r\n" % len(kept)
    return b"ERROR\r\n"


async def mysqld(process: Process) -> int:
    """A listener that greets; its image refuses to start without a password."""
    names = [f"{p}_{n}" for p in ("MYSQL", "MARIADB")
             for n in ("ROOT_PASSWORD", "ALLOW_EMPTY_PASSWORD", "RANDOM_ROOT_PASSWORD",
                       "ALLOW_EMPTY_ROOT_PASSWORD", "ROOT_PASSWORD_FILE")]  # fmt: skip
    now = process.host.clock.now()
    if not any(process.env.get(n) for n in names) and not process.files.exists(
        "/var/lib/mysql/mysql"
    ):
        await process.err(
            f"{now:%Y-%m-%d %H:%M:%S}+00:00 [ERROR] [Entrypoint]: Database is uninitialized and "
            "password option is not specified\n    You need to specify one of the following as an "
            "environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n"
            "    - MYSQL_RANDOM_ROOT_PASSWORD\n"
        )  # fmt: skip
        return 1
    try:
        process.files.mkdir("/var/lib/mysql/mysql", True)
    except OSError as error:
        await process.err("[ERROR] [MY-010187] [Server] Could not open file "
                          f"'/var/lib/mysql/mysql' ({error.strerror})\n")  # fmt: skip
        return 1
    serving = Serving(process)
    greeting = b"\x0a8.4.6\x00\x01\x00\x00\x00abcdefgh\x00\xff\xf7\xff\x02\x00\xff\xdf\x15" \
        + bytes(10) + b"abcdefghijkl\x00caching_sha2_password\x00"  # fmt: skip
    denied = b"\xff\x15\x04#28000Access denied for user"

    async def serve(end: Stream) -> None:
        try:
            await end.write(len(greeting).to_bytes(3, "little") + b"\x00" + greeting)
            if await end.read():
                await end.write(len(denied).to_bytes(3, "little") + b"\x02" + denied)
        except NetworkError:
            return

    serving.tcp(3306, serve)
    await process.err(
        f"{now:%Y-%m-%dT%H:%M:%S.%fZ} 0 [System] [MY-010931] [Server] mysqld: ready for "
        "connections. Version: '8.4.6'  socket: '/var/run/mysqld/mysqld.sock'  port: "
        "3306  MySQL Community Server - GPL.\n"
    )
    return await serving.run()
