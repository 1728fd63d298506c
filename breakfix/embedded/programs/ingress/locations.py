"""The locations of an ingress controller's nginx.conf: paths and annotations of Ingresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from breakfix.embedded.objects import name_of, namespace_of
from breakfix.embedded.programs.ingress.model import DEFAULT_BACKEND, Location, Server
from breakfix.embedded.programs.ingress.template import BALANCER, HEADERS


def matches(location: Location, is_regex: bool) -> list[str]:
    """What stands behind `location`: a Prefix matches whole elements of the path."""
    path = location.path
    if is_regex:
        return [f'~* "^{safe(path)}"']
    if location.kind == "Exact":
        return [f"= {safe(path)}"]
    if location.kind == "Prefix" and path != "/":
        bare = path.rstrip("/")
        return [f"{safe(bare)}/", f"= {safe(bare)}"]
    return [safe(path)]


def location_block(server: Server, location: Location, match: str) -> str:
    """One location; `match` is what stands behind the word."""
    item = location.ingress
    lines = [
        f"        location {match} {{",
        f'            set $namespace "{namespace_of(item)}";',
        f'            set $ingress_name "{name_of(item)}";',
        f'            set $service_name "{location.service}";',
        f'            set $service_port "{location.port}";',
        f'            set $location_path "{safe(location.path)}";',
        f'            set $proxy_upstream_name "{location.backend}";',
        "            add_header Strict-Transport-Security $hsts always;",
        *(f"            {line}" for line in _annotated(server, location)),
    ]
    scheme = location.annotation("backend-protocol", "HTTP").lower()
    scheme = {"https": "https", "grpcs": "https"}.get(scheme, "http")
    lines.append(f"            proxy_pass {scheme}://{BALANCER};\n        }}")
    return "\n".join(lines)


def default_location(match: str) -> str:
    """Where no Ingress has the path."""
    return f"""        location {match} {{
            set $namespace ""; set $ingress_name ""; set $service_name "";
            set $proxy_upstream_name "{DEFAULT_BACKEND}";
            proxy_set_header Host $best_http_host;{HEADERS}
            proxy_pass http://{BALANCER};
        }}"""


def _annotated(server: Server, location: Location) -> Iterator[str]:
    """The directives of its annotations."""
    yield from _redirects(server, location)
    yield from _access(location)
    yield from _proxy(location)
    if target := location.annotation("rewrite-target"):
        yield f'rewrite "(?i){safe(location.path)}" {safe(target)} break;'


def _redirects(server: Server, location: Location) -> Iterator[str]:
    if (server.tls and location.annotation("ssl-redirect", "true") == "true") \
            or location.annotation("force-ssl-redirect") == "true":  # fmt: skip
        target = "https://$host$request_uri"
        yield f"if ($scheme = http) {{\n                return 308 {target};\n            }}"
    if target := location.annotation("permanent-redirect"):
        code = location.annotation("permanent-redirect-code", "301")
        yield f"return {code if code.isdigit() else 301} {safe(target)};"
    if target := location.annotation("temporal-redirect"):
        yield f"return 302 {safe(target)};"


def _access(location: Location) -> Iterator[str]:
    ranges = location.annotation("allowlist-source-range") or location.annotation(
        "whitelist-source-range"
    )
    if ranges:
        yield from (f"allow {safe(each)};" for each in ranges.split(","))
        yield "deny all;"
    if location.annotation("auth-type") == "basic":
        realm = re.sub(r"[;{}\"]", "", location.annotation("auth-realm"))
        yield f'auth_basic "{realm}";'
        yield f"auth_basic_user_file {password_file(location)};"


def _proxy(location: Location) -> Iterator[str]:
    host = location.annotation("upstream-vhost")
    yield f"proxy_set_header Host {safe(host) if host else '$best_http_host'};"
    yield HEADERS.strip()
    for name, default in (("connect", "5"), ("send", "60"), ("read", "60")):
        given = location.annotation(f"proxy-{name}-timeout", default)
        yield f"proxy_{name}_timeout {given if given.isdigit() else default}s;"
    if size := location.annotation("proxy-body-size"):
        yield f"client_max_body_size {safe(size)};"


def password_file(location: Location) -> str:
    """Where the passwords of its Secret are."""
    meta = location.ingress["metadata"]
    return f"/etc/ingress-controller/auth/{meta['namespace']}-{meta['name']}-{meta['uid']}.passwd"


def safe(text: str) -> str:
    """Nothing that ends a directive."""
    braces = "" if re.search(r"\{\d", text) else "{}"
    return re.sub(rf"[\s;{braces}\"']", "", text)
