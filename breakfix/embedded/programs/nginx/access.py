"""Who may: allow and deny, auth_basic."""

from __future__ import annotations

import posixpath
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from breakfix.embedded.programs.http.messages import Response
from breakfix.embedded.programs.nginx.htpasswd import credentials, matches
from breakfix.embedded.programs.nginx.location import Location
from breakfix.embedded.programs.nginx.pages import page, words

if TYPE_CHECKING:
    from breakfix.embedded.programs.nginx.exchange import Exchange

UNAUTHORIZED = 401


def allowed(x: Exchange, location: Location) -> bool:
    """By the first rule, of the nearest level that has any, that fits the client."""
    for level in (location.directive, *location.parents):
        rules = [d for d in level.block or [] if d.name in ("allow", "deny")]
        if rules:
            fitting = (d.name == "allow" for d in rules if _fits(d.args[0], x.request.peer[0]))
            return next(fitting, True)
    return True


def _fits(rule: str, client: str) -> bool:
    if rule == "all":
        return True
    try:
        return ip_address(client) in ip_network(rule, strict=False)
    except ValueError:
        return False


async def authenticated(x: Exchange, location: Location) -> Response | None:
    """The refusal of a client that did not give a good password."""
    realm, file = location.setting("auth_basic"), location.setting("auth_basic_user_file")
    if realm is None or file is None or realm.args[0] == "off":
        return None
    name, password = credentials(x.request)
    if not name:
        await x.log("no user/password was provided for basic authentication", "info")
        return _asked(x, realm.args[0])
    path = posixpath.join("/etc/nginx", file.args[0])
    try:
        lines = x.nginx.process.files.read(path).decode(errors="replace").splitlines()
    except OSError as error:
        await x.log(f'open() "{path}" failed ({error.errno}: {error.strerror})')
        return Response(status=403)
    known = dict(line.split(":", 1) for line in lines if ":" in line)
    if name not in known:
        await x.log(f'user "{name}" was not found in "{path}"')
        return _asked(x, realm.args[0])
    if not matches(password, known[name].partition(":")[0]):
        await x.log(f'user "{name}": password mismatch')
        return _asked(x, realm.args[0])
    return None


def _asked(x: Exchange, realm: str) -> Response:
    headers = [("Content-Type", "text/html"), ("WWW-Authenticate", f'Basic realm="{realm}"')]
    body = page(UNAUTHORIZED, x.nginx.signature)
    return Response(headers, body, UNAUTHORIZED, words(UNAUTHORIZED))
