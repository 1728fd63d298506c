"""HTTP requests of probes and hooks, with the words of Go's client."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from multidict import CIMultiDict

from breakfix.embedded.clock import Clock, within
from breakfix.embedded.network.types import (
    Network,
    NetworkError,
    NetworkNamespace,
    NoRouteError,
    RefusedError,
    Stream,
    TimedOutError,
)
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.http_client import (
    BadResponseError,
    Duplex,
    Reader,
    request_head,
)

MAX_BODY = 10 * 1024  # bytes that a probe looks at
MAX_REDIRECTS = 10
PORTS = {"http": 80, "https": 443}


class RequestError(Exception):
    """No response; the words as Go's client has them."""


@dataclass(frozen=True)
class Caller:
    """Who asks: the node."""

    network: Network
    space: NetworkNamespace
    clock: Clock


@dataclass(frozen=True)
class Outcome:
    """Of a probe. `warning`: it counts as a success, and something is said."""

    ok: bool
    output: str = ""
    warning: bool = False


@dataclass
class Answer:
    """A response. `elsewhere`: it is a redirect to another host, which is not followed."""

    status: int
    body: str
    elsewhere: bool = False


@dataclass
class Get:
    """One request."""

    url: str
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    method: str = "GET"


def dial_words(address: str, port: int, error: Exception) -> str:
    """`dial tcp 10.244.1.5:80: connect: connection refused`."""
    host = f"[{address}]" if ":" in address else address
    match error:
        case RefusedError():
            why = "connect: connection refused"
        case NoRouteError():
            why = "connect: no route to host"
        case TimedOutError() | TimeoutError():
            why = "i/o timeout"
        case _:
            why = str(error)
    return f"dial tcp {host}:{port}: {why}"


def request_of(action: Object, host: str, port: int, agent: str) -> Get:
    """An httpGet's request."""
    scheme = (action.get("scheme") or "HTTP").lower()
    path = action.get("path") or "/"
    address = action.get("host") or host
    name = f"[{address}]" if ":" in address else address
    headers: CIMultiDict[str] = CIMultiDict()
    for pair in action.get("httpHeaders") or []:
        headers.add(pair["name"], pair.get("value", ""))
    headers.setdefault("User-Agent", f"{agent}/1.34")
    headers.setdefault("Accept", "*/*")
    slash = "" if path.startswith("/") else "/"
    return Get(f"{scheme}://{name}:{port}{slash}{path}", headers)


async def get(caller: Caller, wanted: Get, timeout: float) -> Answer:
    """Raises RequestError."""
    text = f'Get "{wanted.url}": '
    try:
        return await within(caller.clock, timeout, _follow(caller, wanted, timeout))
    except (TimeoutError, TimedOutError):
        why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        raise RequestError(text + why) from None
    except _FailedError as error:
        raise RequestError(text + str(error)) from None
    except BadResponseError as error:
        raise RequestError(f"{text}{error}") from None
    except NetworkError as error:
        raise RequestError(f"{text}read tcp: {error}") from None


class _FailedError(Exception):
    pass


async def _follow(caller: Caller, wanted: Get, timeout: float) -> Answer:
    url = wanted.url
    for _ in range(MAX_REDIRECTS):
        status, location, body = await _once(caller, wanted, url, timeout)
        if not (300 <= status < 400 and location):  # noqa: PLR2004
            return Answer(status, body)
        target = urljoin(url, location)
        if urlsplit(target).hostname != urlsplit(wanted.url).hostname:
            return Answer(status, body, elsewhere=True)
        url = target
    raise _FailedError("stopped after 10 redirects")


async def _once(caller: Caller, wanted: Get, url: str, timeout: float) -> tuple[int, str, str]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        stream = await caller.network.connect(caller.space, host, port, timeout)
    except TimedOutError:
        raise
    except NetworkError as error:
        raise _FailedError(dial_words(host, port, error)) from None
    try:
        duplex = await _secured(stream) if parts.scheme == "https" else stream
        return await _exchange(duplex, wanted, parts.netloc, _target(url))
    finally:
        stream.close()


async def _secured(stream: Stream) -> Stream:
    from breakfix.embedded.server.streams.tls_client import HandshakeError, InsecureTlsStream

    try:
        return await InsecureTlsStream(stream).start()
    except HandshakeError as error:
        raise _FailedError(str(error)) from None


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


async def _exchange(duplex: Duplex, wanted: Get, host: str, target: str) -> tuple[int, str, str]:
    headers: CIMultiDict[str] = CIMultiDict()
    headers["Host"] = wanted.headers.get("Host", host)
    headers.extend([(k, v) for k, v in wanted.headers.items() if k.lower() != "host"])
    headers["Connection"] = "close"
    await duplex.write(request_head(wanted.method, target, headers))
    reader = Reader(duplex)
    head = await reader.head()
    body = b""
    async for piece in reader.body(wanted.method, head):
        body += piece
        if len(body) >= MAX_BODY:
            break
    text = body[:MAX_BODY].decode(errors="replace")
    return head.status, head.headers.get("Location", ""), text
