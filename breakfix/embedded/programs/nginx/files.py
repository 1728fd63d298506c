"""Files that nginx serves: roots, try_files, indexes."""

from __future__ import annotations

from datetime import UTC, datetime

from breakfix.embedded.programs.http.messages import Response, http_date
from breakfix.embedded.programs.nginx.config import Directive
from breakfix.embedded.programs.nginx.exchange import Exchange, Redirect
from breakfix.embedded.programs.nginx.location import Location


async def static(x: Exchange, location: Location) -> Response:
    """The file of the path, or what try_files names. Raises Redirect."""
    tried = location.setting("try_files")
    if tried is not None and tried.args:
        return await _tried(x, location, tried)
    return await _file(x, location, x.place(location, x.path))


async def _tried(x: Exchange, location: Location, found: Directive) -> Response:
    files = x.nginx.process.files
    for pattern in found.args[:-1]:
        path = x.fill(pattern)
        full = x.place(location, path)
        if files.exists(full) and files.is_dir(full) == path.endswith("/"):
            x.path = path
            return await _file(x, location, full)
    last = x.fill(found.args[-1])
    if last.startswith("="):
        return Response(status=int(last[1:]))
    if last.startswith("@"):
        raise Redirect(x.path, named=last)
    path, mark, args = last.partition("?")
    if x.own.get("tried") == path:
        return await _file(x, location, x.place(location, path))
    x.own["tried"] = path
    raise Redirect(path, args if mark else None)


async def _file(x: Exchange, location: Location, full: str) -> Response:
    files = x.nginx.process.files
    if x.path.endswith("/"):
        return await _index(x, location, full)
    if files.is_dir(full):
        return x.moved(301, x.path + "/" + (f"?{x.args}" if x.args else ""))
    try:
        body = files.read(full)
    except OSError as error:
        await x.log(f'open() "{full}" failed ({error.errno}: {error.strerror})')
        return Response(status=403 if isinstance(error, PermissionError) else 404)
    stat = getattr(files, "stat", None)
    changed = int(stat(full).mtime) if stat else 0
    headers = [
        ("Content-Type", x.kind(location, full)), ("Content-Length", str(len(body))),
        ("Last-Modified", http_date(datetime.fromtimestamp(changed, UTC))),
        ("Connection", "keep-alive" if x.request.keeps else "close"),
        ("ETag", f'"{changed:x}-{len(body):x}"'), ("Accept-Ranges", "bytes"),
    ]  # fmt: skip
    return Response(headers, body)


async def _index(x: Exchange, location: Location, full: str) -> Response:
    files = x.nginx.process.files
    found = location.setting("index")
    names = found.args if found else ["index.html"]
    for name in names:
        if files.exists(full + name):
            raise_to = x.path + name
            inner = x.server.locate(raise_to)
            if inner is not location and x.own.get("indexed") != raise_to:
                x.own["indexed"] = raise_to
                raise Redirect(raise_to)
            x.path = raise_to
            return await _file(x, location, full + name)
    if not files.is_dir(full):
        await x.log(f'"{full}{names[-1]}" is not found (2: No such file or directory)')
        return Response(status=404)
    if location.word("autoindex") == "on":
        return _listing(x, full)
    await x.log(f'directory index of "{full}" is forbidden')
    return Response(status=403)


def _listing(x: Exchange, full: str) -> Response:
    files = x.nginx.process.files
    title = f"Index of {x.path}"
    names = sorted(n + ("/" if files.is_dir(full + n) else "") for n in files.list(full))
    rows = "".join(f'<a href="{n}">{n}</a>\r\n' for n in names)
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1><hr>"
        f'<pre><a href="../">../</a>\r\n{rows}</pre><hr></body>\r\n</html>\r\n'
    )
    return Response([("Content-Type", "text/html")], body.encode())
