"""The variables of nginx that are facts of one request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from breakfix.embedded.programs.http.messages import render_request
from breakfix.embedded.programs.nginx.htpasswd import user_of

if TYPE_CHECKING:
    from breakfix.embedded.programs.nginx.exchange import Exchange


def _now(x: Exchange) -> datetime:
    return x.nginx.process.host.clock.now()


SIMPLE: dict[str, Callable[[Exchange], str]] = {
    "uri": lambda x: x.path, "document_uri": lambda x: x.path, "args": lambda x: x.args,
    "query_string": lambda x: x.args, "is_args": lambda x: "?" if x.args else "",
    "request_uri": lambda x: x.request.target, "request_method": lambda x: x.request.method,
    "scheme": lambda x: "https" if x.request.tls else "http", "host": lambda x: x.host,
    "https": lambda x: "on" if x.request.tls else "",
    "hostname": lambda x: x.nginx.process.host.hostname,
    "server_name": lambda x: x.server.names[0], "server_port": lambda x: str(x.request.local[1]),
    "server_addr": lambda x: x.request.local[0], "server_protocol": lambda x: x.request.version,
    "remote_addr": lambda x: x.request.peer[0], "remote_port": lambda x: str(x.request.peer[1]),
    "request": lambda x: f"{x.request.method} {x.request.target} {x.request.version}",
    "status": lambda x: str(x.response.status) if x.response else "",
    "body_bytes_sent": lambda x: str(
        len(x.response.body) if x.response and x.request.method != "HEAD" else 0),
    "bytes_sent": lambda x: str(len(x.response.body) if x.response else 0),
    "time_local": lambda x: _now(x).strftime("%d/%b/%Y:%H:%M:%S +0000"),
    "time_iso8601": lambda x: _now(x).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
    "msec": lambda x: f"{_now(x).timestamp():.3f}",
    "request_time": lambda x: f"{x.nginx.process.host.clock.monotonic() - x.started:.3f}",
    "upstream_response_time": lambda x: (
        f"{x.nginx.process.host.clock.monotonic() - x.started:.3f}" if x.upstream else ""),
    "upstream_addr": lambda x: x.upstream, "upstream_status": lambda x: x.upstream_status,
    "upstream_response_length": lambda x: x.upstream_length,
    "remote_user": lambda x: user_of(x.request),
    "request_length": lambda x: str(len(render_request(x.request))),
    "connection": lambda x: str(x.number),
    "request_body": lambda x: x.request.body.decode(errors="replace"),
    "content_type": lambda x: x.request.header("content-type"),
    "content_length": lambda x: x.request.header("content-length"),
    "nginx_version": lambda x: x.nginx.version, "pid": lambda x: str(x.nginx.process.pid),
    "proxy_add_x_forwarded_for": lambda x: ", ".join(
        p for p in (x.request.header("x-forwarded-for"), x.request.peer[0]) if p),
    "document_root": lambda x: x.fill((x.location or x.server.top).word("root", "html")),
    "request_filename": lambda x: x.place(x.location or x.server.top, x.path),
    "request_id": lambda x: hashlib.sha256(f"{x.number}/{x.started}".encode()).hexdigest()[:32],
}  # fmt: skip
