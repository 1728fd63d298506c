"""One HTTP exchange of a client, and addresses taken apart."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass
from urllib.parse import urljoin

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import TlsStream
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.programs.http.messages import (
    BadMessageError,
    Request,
    Response,
    read_response,
    render_request,
)
from breakfix.embedded.programs.sockets import Reader, addresses, connect, within

PORTS = {"http": 80, "https": 443, "ftp": 21, "telnet": 23, "ws": 80, "wss": 443}


@dataclass(frozen=True)
class Url:
    """An address's parts. `port` is the scheme's own where none is given."""

    scheme: str
    host: str
    port: int
    target: str
    user: str = ""

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if PORTS.get(self.scheme) == self.port else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def joined(self, location: str) -> Url:
        """Where a redirect leads."""
        return parse_url(urljoin(str(self), location))


def parse_url(text: str, scheme: str = "http") -> Url:
    """Raises ValueError where host or port cannot be."""
    found, mark, rest = text.partition("://")
    if not mark:
        found, rest = scheme, text
    cut = min((i for c in "/?#" if (i := rest.find(c)) >= 0), default=len(rest))
    authority, target = rest[:cut], rest[cut:].partition("#")[0]
    user, at, place = authority.rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = place, ""
    host = host.strip("[]")
    if not host or (port and (not port.isdigit() or int(port) > 65535)):  # noqa: PLR2004
        raise ValueError(text)
    if not target.startswith("/"):
        target = "/" + target
    number = int(port) if port else PORTS.get(found.lower(), 80)
    return Url(found.lower(), host, number, target, user if at else "")


def basic(user: str) -> str:
    """`USER:PASSWORD` as the header Authorization has it."""
    return f"Basic {base64.b64encode(user.encode()).decode()}"


async def exchange(stream: Stream, request: Request) -> Response:
    """Ask and read the answer. Raises NetworkError, BadMessageError."""
    await stream.write(render_request(request))
    return await read_response(Reader(stream.read), request.method)


async def secured(stream: Stream, name: str, context: ssl.SSLContext) -> TlsStream:
    """TLS on it. Raises TlsError, NetworkError."""
    return await TlsStream(stream, context, name).start()


async def get(process: Process, address: str, timeout: float = 5.0) -> Response:
    """A plain GET, without redirects. Raises ResolveError, NetworkError, BadMessageError."""

    async def work() -> Response:
        url = parse_url(address)
        where = (await addresses(process, url.host))[0]
        stream = await connect(process, where, url.port, timeout)
        try:
            headers = [("Host", url.authority), ("Connection", "close")]
            return await exchange(stream, Request(headers, target=url.target))
        finally:
            stream.close()

    return await within(process, timeout, work())


__all__ = [
    "BadMessageError", "NetworkError", "Url", "exchange", "get", "parse_url", "secured",
]  # fmt: skip
