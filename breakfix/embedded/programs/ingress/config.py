"""The nginx.conf of an ingress controller: a server for each host."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from breakfix.embedded.programs.ingress.locations import (
    default_location,
    location_block,
    matches,
    safe,
)
from breakfix.embedded.programs.ingress.model import ANY_HOST, Location, Model, Server
from breakfix.embedded.programs.ingress.template import END, HTTP


def rendered(model: Model, ports: tuple[int, int] = (80, 443)) -> str:
    """The text; it changes only where nginx is to be told."""
    servers = sorted(model.servers.values(), key=lambda s: (s.host != ANY_HOST, s.host))
    body = HTTP + "".join(_server(s, ports) for s in servers) + END
    checksum = int(hashlib.sha256(body.encode()).hexdigest()[:16], 16)
    return f"# Configuration checksum: {checksum}\n\n# setup custom paths that do not require " \
        f"root access\npid /tmp/nginx/nginx.pid;\n{body}"  # fmt: skip


def _server(server: Server, ports: tuple[int, int]) -> str:
    main = " default_server reuseport backlog=511" if server.host == ANY_HOST else ""
    lines = [
        f"\n    ## start server {server.host}\n    server {{",
        f"        server_name {server.host} ;",
        f"        listen {ports[0]}{main} ;",
        f"        listen {ports[1]}{main} ssl;",
        '        set $proxy_upstream_name "-";',
        '        set $proxy_alternative_upstream_name "";',
        *_server_wide(server),
    ]
    is_regex = any(_is_regex(each) for each in server.locations.values())
    for location in _ordered(server):
        lines += [location_block(server, location, match) for match in matches(location, is_regex)]
    if not any(path == "/" and kind != "Exact" for path, kind in server.locations):
        lines.append(default_location('~* "^/"' if is_regex else "/"))
    if server.host == ANY_HOST:
        lines.append("        location /healthz {\n            access_log off;\n"
                     "            return 200;\n        }")  # fmt: skip
    return "\n".join([*lines, f"    }}\n    ## end server {server.host}\n"])


def _server_wide(server: Server) -> Iterator[str]:
    for each in server.locations.values():
        if root := each.annotation("app-root"):
            target = f"$scheme://$http_host{safe(root)}"
            yield f"        if ($uri = /) {{\n            return 302 {target};\n        }}"
            return


def _ordered(server: Server) -> list[Location]:
    """The longest first; of the same length, exact ones."""
    return sorted(
        server.locations.values(), key=lambda each: (-len(each.path), each.kind != "Exact")
    )


def _is_regex(location: Location) -> bool:
    return bool(location.annotation("rewrite-target")) or location.annotation("use-regex") == "true"
