"""agnhost test-webserver: the files of its container."""

from __future__ import annotations

import posixpath
from functools import partial

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import UsageError, flags
from breakfix.embedded.programs.agnhost.go_http import go_http_error
from breakfix.embedded.programs.agnhost.serving import serve
from breakfix.embedded.programs.http.messages import Request, Response, text


async def test_webserver(process: Process) -> int:
    """Serves any file."""
    try:
        given, _ = await flags(process, {"port": "80"})
    except UsageError:
        return 1
    return await serve(process, int(given["port"]), partial(_file, process))


async def _file(process: Process, request: Request) -> Response:
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
