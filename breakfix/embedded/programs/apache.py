"""Apache's httpd, as its image serves: files under /usr/local/apache2/htdocs."""

from __future__ import annotations

import posixpath
import re
from datetime import UTC, datetime

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.httpd import KINDS
from breakfix.embedded.programs.http.messages import Request, Response, http_date
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.sockets import Serving, read_text

_NAME = "Apache/2.4.65 (Unix)"
_PAGE = (
    '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>{s} {t}</title>\n'
    "</head><body>\n<h1>{t}</h1>\n<p>{w}</p>\n</body></html>\n"
)
_WORDS = {404: ("Not Found", "The requested URL was not found on this server."),
          403: ("Forbidden", "You don't have permission to access this resource."),
          301: ("Moved Permanently", "The document has moved.")}  # fmt: skip


def _refusal(status: int) -> Response:
    title, words = _WORDS[status]
    body = _PAGE.format(s=status, t=title, w=words).encode()
    return Response([("Content-Type", "text/html; charset=iso-8859-1")], body, status)


async def httpd(process: Process) -> int:
    """`httpd-foreground`."""
    conf = read_text(process, "/usr/local/apache2/conf/httpd.conf")
    port = (
        int(found[1])
        if (found := re.search(r"^Listen\s+(?:\S+:)?(\d+)", conf, re.MULTILINE))
        else 80
    )
    root = found[1] if (found := re.search(r'^DocumentRoot\s+"?([^"\n]+)', conf, re.MULTILINE)) \
        else "/usr/local/apache2/htdocs"  # fmt: skip

    async def page(request: Request) -> Response:
        response = _file(process, request, root)
        now = process.host.clock.now().strftime("%d/%b/%Y:%H:%M:%S +0000")
        await process.out(
            f'{request.peer[0]} - - [{now}] "{request.method} {request.target} '
            f'{request.version}" {response.status} {len(response.body)}\n'
        )
        return response

    serving = Serving(process)
    try:
        serving.tcp(port, HttpServer(page, process.host.clock, _NAME).serve)
    except OSError as error:
        await process.err(f"({error.errno}){error.strerror}: AH00072: make_sock: could not bind to "
                          f"address 0.0.0.0:{port}\nno listening sockets available, shutting down\n"
                          "AH00015: Unable to open logs\n")  # fmt: skip
        return 1
    own = next(iter(process.host.space.addresses), "127.0.0.1")
    await process.err("AH00558: httpd: Could not reliably determine the server's fully qualified "
                      f"domain name, using {own}. Set the 'ServerName' directive globally to "
                      "suppress this message\n")  # fmt: skip
    return await serving.run()


def _file(process: Process, request: Request, root: str) -> Response:
    files, path = process.files, posixpath.normpath("/" + request.path.lstrip("/"))
    full = posixpath.normpath(root + path)
    if files.is_dir(full):
        if not request.path.endswith("/"):
            moved = _refusal(301)
            host = request.header("host", "localhost")
            moved.headers.append(("Location", f"http://{host}{path}/"))
            return moved
        full = posixpath.join(full, "index.html")
    try:
        body = files.read(full)
    except PermissionError:
        return _refusal(403)
    except OSError:
        return _refusal(404)
    stat = getattr(files, "stat", None)
    changed = int(stat(full).mtime) if stat else 0
    headers = [("Last-Modified", http_date(datetime.fromtimestamp(changed, UTC))),
               ("ETag", f'"{len(body):x}-{changed:x}"'), ("Accept-Ranges", "bytes")]  # fmt: skip
    if kind := KINDS.get(posixpath.splitext(full)[1].lower()):
        headers.append(("Content-Type", kind))
    return Response(headers, body)
