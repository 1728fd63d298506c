"""The nginx.conf of an ingress controller."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from breakfix.embedded.objects import name_of, namespace_of
from breakfix.embedded.programs.ingress.model import (
    ANY_HOST,
    DEFAULT_BACKEND,
    Location,
    Model,
    Server,
)

BALANCER = "upstream_balancer"
LOG_FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] '
    "[$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length "
    "$upstream_response_time $upstream_status $req_id"
)
_HTTP = f"""
daemon off;
worker_processes 4;
worker_shutdown_timeout 240s ;
events {{
    multi_accept        on;
    worker_connections  16384;
    use                 epoll;
}}
http {{
    default_type text/html;
    server_tokens off;
    keepalive_timeout 75s;
    client_max_body_size 1m;
    server_name_in_redirect off;
    port_in_redirect off;
    log_format upstreaminfo '{LOG_FORMAT}';
    access_log /var/log/nginx/access.log upstreaminfo;
    error_log /var/log/nginx/error.log notice;
    map $http_host $best_http_host {{
        default $http_host;
        '' $host;
    }}
    map $http_x_request_id $req_id {{
        default $http_x_request_id;
        '' $request_id;
    }}
    map $scheme $hsts {{
        default '';
        https 'max-age=31536000; includeSubDomains';
    }}
    upstream {BALANCER} {{
        server 0.0.0.1; # placeholder
    }}
"""
_END = """
    # default server, used for NGINX healthcheck and access to nginx stats
    server {
        listen 127.0.0.1:10246;
        set $proxy_upstream_name "internal";
        access_log off;
        location /healthz {
            return 200;
        }
        location / {
            return 404;
        }
    }
    # backend for when default-backend-service is not configured or it does not have endpoints
    server {
        listen 8181 default_server reuseport backlog=511;
        set $proxy_upstream_name "internal";
        access_log off;
        location / {
            return 404;
        }
    }
}
"""
_HEADERS = """
            proxy_set_header X-Request-ID $req_id;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Host $best_http_host;
            proxy_set_header X-Forwarded-Port $server_port;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Scheme $scheme;
            proxy_set_header X-Scheme $scheme;
            proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
            proxy_set_header Proxy "";
            proxy_http_version 1.1;"""


def rendered(model: Model, ports: tuple[int, int] = (80, 443)) -> str:
    """The text; it changes only where nginx is to be told."""
    servers = sorted(model.servers.values(), key=lambda s: (s.host != ANY_HOST, s.host))
    body = _HTTP + "".join(_server(s, ports) for s in servers) + _END
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
        lines += [_location(server, location, match) for match in matches(location, is_regex)]
    if not any(path == "/" and kind != "Exact" for path, kind in server.locations):
        lines.append(_default('~* "^/"' if is_regex else "/"))
    if server.host == ANY_HOST:
        lines.append("        location /healthz {\n            access_log off;\n"
                     "            return 200;\n        }")  # fmt: skip
    return "\n".join([*lines, f"    }}\n    ## end server {server.host}\n"])


def _server_wide(server: Server) -> Iterator[str]:
    for each in server.locations.values():
        if root := each.annotation("app-root"):
            target = f"$scheme://$http_host{_safe(root)}"
            yield f"        if ($uri = /) {{\n            return 302 {target};\n        }}"
            return


def _ordered(server: Server) -> list[Location]:
    """The longest first; of the same length, exact ones."""
    return sorted(
        server.locations.values(), key=lambda each: (-len(each.path), each.kind != "Exact")
    )


def _is_regex(location: Location) -> bool:
    return bool(location.annotation("rewrite-target")) or location.annotation("use-regex") == "true"


def matches(location: Location, is_regex: bool) -> list[str]:
    """What stands behind `location`: a Prefix matches whole elements of the path."""
    path = location.path
    if is_regex:
        return [f'~* "^{_safe(path)}"']
    if location.kind == "Exact":
        return [f"= {_safe(path)}"]
    if location.kind == "Prefix" and path != "/":
        bare = path.rstrip("/")
        return [f"{_safe(bare)}/", f"= {_safe(bare)}"]
    return [_safe(path)]


def _safe(text: str) -> str:
    """Nothing that ends a directive."""
    braces = "" if re.search(r"\{\d", text) else "{}"
    return re.sub(rf"[\s;{braces}\"']", "", text)


def _default(match: str) -> str:
    return f"""        location {match} {{
            set $namespace ""; set $ingress_name ""; set $service_name "";
            set $proxy_upstream_name "{DEFAULT_BACKEND}";
            proxy_set_header Host $best_http_host;{_HEADERS}
            proxy_pass http://{BALANCER};
        }}"""


def _location(server: Server, location: Location, match: str) -> str:
    item = location.ingress
    lines = [
        f"        location {match} {{",
        f'            set $namespace "{namespace_of(item)}";',
        f'            set $ingress_name "{name_of(item)}";',
        f'            set $service_name "{location.service}";',
        f'            set $service_port "{location.port}";',
        f'            set $location_path "{_safe(location.path)}";',
        f'            set $proxy_upstream_name "{location.backend}";',
        "            add_header Strict-Transport-Security $hsts always;",
        *(f"            {line}" for line in _annotated(server, location)),
    ]
    scheme = location.annotation("backend-protocol", "HTTP").lower()
    scheme = {"https": "https", "grpcs": "https"}.get(scheme, "http")
    lines.append(f"            proxy_pass {scheme}://{BALANCER};\n        }}")
    return "\n".join(lines)


def _annotated(server: Server, location: Location) -> Iterator[str]:
    if (server.tls and location.annotation("ssl-redirect", "true") == "true") \
            or location.annotation("force-ssl-redirect") == "true":  # fmt: skip
        target = "https://$host$request_uri"
        yield f"if ($scheme = http) {{\n                return 308 {target};\n            }}"
    if target := location.annotation("permanent-redirect"):
        code = location.annotation("permanent-redirect-code", "301")
        yield f"return {code if code.isdigit() else 301} {_safe(target)};"
    if target := location.annotation("temporal-redirect"):
        yield f"return 302 {_safe(target)};"
    yield from _access(location)
    host = location.annotation("upstream-vhost")
    yield f"proxy_set_header Host {_safe(host) if host else '$best_http_host'};"
    yield _HEADERS.strip()
    for name, default in (("connect", "5"), ("send", "60"), ("read", "60")):
        given = location.annotation(f"proxy-{name}-timeout", default)
        yield f"proxy_{name}_timeout {given if given.isdigit() else default}s;"
    if size := location.annotation("proxy-body-size"):
        yield f"client_max_body_size {_safe(size)};"
    if target := location.annotation("rewrite-target"):
        yield f'rewrite "(?i){_safe(location.path)}" {_safe(target)} break;'


def _access(location: Location) -> Iterator[str]:
    ranges = location.annotation("allowlist-source-range") or location.annotation(
        "whitelist-source-range"
    )
    if ranges:
        yield from (f"allow {_safe(each)};" for each in ranges.split(","))
        yield "deny all;"
    if location.annotation("auth-type") == "basic":
        realm = re.sub(r"[;{}\"]", "", location.annotation("auth-realm"))
        yield f'auth_basic "{realm}";'
        yield f"auth_basic_user_file {password_file(location)};"


def password_file(location: Location) -> str:
    """Where the passwords of its Secret are."""
    meta = location.ingress["metadata"]
    return f"/etc/ingress-controller/auth/{meta['namespace']}-{meta['name']}-{meta['uid']}.passwd"
