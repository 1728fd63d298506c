"""Where curl connects to: --connect-to, -x and --noproxy change it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.clients.curl.errors import COULDNT_CONNECT, RECV_ERROR, CurlError
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.http.client import Url, basic, parse_url
from breakfix.embedded.programs.http.messages import Headers, Request, read_response, render_request
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.sockets import Reader

_CONNECT_TO = re.compile(r"(\[[^]]*\]|[^:]*):(\d*):(\[[^]]*\]|[^:]*):(\d*)")
_PROXY_PORT = 1080
_OK = 200


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy."""

    url: Url

    @property
    def headers(self) -> Headers:
        """What it alone reads."""
        found = [("Proxy-Connection", "Keep-Alive")]
        if self.url.user:
            found.append(("Proxy-Authorization", basic(self.url.user)))
        return found


def proxy(options: Options, url: Url) -> Proxy | None:
    """-x, where --noproxy does not name the host. Raises CurlError."""
    text = options.get("x")
    if not text or url.scheme == "telnet" or _excepted(options.get("noproxy"), url.host):
        return None
    scheme = text.partition("://")[0] if "://" in text else "http"
    if scheme != "http":
        raise CurlError(COULDNT_CONNECT, f"Unsupported proxy scheme for '{text}'")
    try:
        found = parse_url(text)
    except ValueError:
        raise CurlError(COULDNT_CONNECT, f"Unsupported proxy syntax in '{text}'") from None
    if not re.search(r":\d+/?$", text):
        found = replace(found, port=_PROXY_PORT)
    return Proxy(replace(found, user=found.user or options.get("U")))


def _excepted(names: str, host: str) -> bool:
    """Does a list of names and domains have this host?"""
    for name in re.split(r"[\s,]+", names.lower()):
        domain = name.strip(".")
        if name == "*" or (domain and (host == domain or host.endswith(f".{domain}"))):
            return True
    return False


async def redirected(handle: Handle, url: Url) -> Url:
    """The host and port that --connect-to has in the place of these."""
    for entry in handle.options.all("connect-to"):
        found = _CONNECT_TO.fullmatch(entry)
        if not found or found[1].strip("[]") not in ("", url.host):
            continue
        if found[2] not in ("", str(url.port)):
            continue
        if found[3]:
            await handle.info(f"Connecting to hostname: {found[3].strip('[]')}")
        if found[4]:
            await handle.info(f"Connecting to port: {found[4]}")
        port = int(found[4]) if found[4] else url.port
        return replace(url, host=found[3].strip("[]") or url.host, port=port)
    return url


async def tunnel(handle: Handle, stream: Stream, through: Proxy, url: Url) -> None:
    """CONNECT. Raises CurlError, BadMessageError, NetworkError."""
    where = f"{url.host}:{url.port}"
    await handle.info(f"Establish HTTP proxy tunnel to {where}")
    headers = [("Host", where), ("User-Agent", "curl/7.88.1"), *through.headers]
    request = Request(headers, method="CONNECT", target=where)
    await handle.head(">", f"CONNECT {where} HTTP/1.1", headers)
    await stream.write(render_request(request))
    response = await read_response(Reader(stream.read), "CONNECT", body=False)
    first = f"{response.version} {response.status} {response.reason}"
    await handle.head("<", first, response.headers)
    if response.status != _OK:
        raise CurlError(RECV_ERROR, f"CONNECT tunnel failed, response {response.status}")
