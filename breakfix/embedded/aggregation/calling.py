"""Requests to the Services behind APIServices, over the cluster's own network, as front proxy."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from urllib.parse import quote

from multidict import CIMultiDict

from breakfix.embedded.auth.certificates import Authority, Pair
from breakfix.embedded.client import Reader
from breakfix.embedded.clock import Clock, within
from breakfix.embedded.network.resolving import is_address
from breakfix.embedded.network.tls import client_context, load_pair
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.http_client import BadResponseError, Head, request_head
from breakfix.embedded.server.streams.http_client import Reader as HttpReader
from breakfix.embedded.server.streams.service_calls import (
    Dial,
    UnreachedError,
    broken,
    check_certificate,
    dialed,
    no_such_host,
    service_address,
    service_host,
)
from breakfix.embedded.server.streams.tls_client import HandshakeError, InsecureTlsStream
from breakfix.embedded.users import User

FRONT_PROXY, FRONT_PROXY_CA = "front-proxy-client", "front-proxy-ca"
_SLOW_DIAL = (
    "net/http: request canceled while waiting for connection "
    "(Client.Timeout exceeded while awaiting headers)"
)
_SLOW = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"


@dataclass
class Call:
    """One request that is passed on; `target` with its query."""

    method: str
    target: str
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    body: bytes = b""


@dataclass
class Answered:
    """The head of an answer, and where its body comes from. `close` it."""

    head: Head
    reader: HttpReader
    stream: Stream

    def close(self) -> None:
        """Done with it."""
        self.stream.close()


@dataclass(frozen=True)
class FrontProxy:
    """Who the API server is to the servers behind it."""

    authority: Authority
    pair: Pair

    @classmethod
    def create(cls, now: datetime) -> FrontProxy:
        """With keys of its own."""
        authority = Authority.create(now, FRONT_PROXY_CA)
        return cls(authority, authority.client(now, FRONT_PROXY))


def identity(user: User) -> list[tuple[str, str]]:
    """The headers that say who asks."""
    found = [("X-Remote-User", user.name)]
    found += [("X-Remote-Uid", user.uid)] if user.uid else []
    found += [("X-Remote-Group", group) for group in user.groups]
    for name, values in user.extra.items():
        escaped = quote(name.lower(), safe="!#$&'*+-.^_`|~")
        found += [(f"X-Remote-Extra-{escaped}", value) for value in values]
    return found


class Backends:
    """The servers behind APIServices."""

    def __init__(self, reader: Reader, dial: Dial, clock: Clock, proxy: FrontProxy) -> None:
        self._reader, self._dial, self._clock = reader, dial, clock
        self._pair = proxy.pair

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """With the front proxy's certificate; whom it believes is checked afterwards."""
        context = client_context(verify=False)
        load_pair(context, self._pair.certificate_pem, self._pair.key_pem)
        return context

    def resolve(self, item: Object) -> tuple[str, int]:
        """Where the Service is. Raises UnresolvedError."""
        return service_address(self._reader, item["spec"]["service"])

    async def send(
        self, item: Object, call: Call, *, trusting: bool = False,
        connected: Callable[[], None] | None = None,
    ) -> Answered:  # fmt: skip
        """Ask, up to the head of the answer. `trusting`: whatever its certificate; `connected`
        is called when there is a connection.

        Raises UnresolvedError, UnreachedError.
        """
        host, port = self.resolve(item)
        stream = await self._connected(host, port)
        if connected is not None:
            connected()
        try:
            secured = await self._secured(stream, item, trusting)
            headers = CIMultiDict(call.headers)
            headers["Host"] = f"{host}:{port}"
            await secured.write(request_head(call.method, call.target, headers) + call.body)
            reader = HttpReader(secured)
            return Answered(await reader.head(), reader, secured)
        except BaseException as error:
            stream.close()
            if isinstance(error, NetworkError):
                raise broken(stream, host, port, error) from None
            if isinstance(error, BadResponseError):
                raise UnreachedError(str(error) or "EOF") from None
            raise

    async def _connected(self, host: str, port: int) -> Stream:
        if not is_address(host):
            raise no_such_host(host)
        return await dialed(self._dial, host, port)

    async def _secured(self, stream: Stream, item: Object, trusting: bool) -> InsecureTlsStream:
        spec = item["spec"]
        name = service_host(spec["service"])
        found = InsecureTlsStream(stream, name, self._context)
        try:
            await found.start()
        except HandshakeError as error:
            raise UnreachedError(str(error)) from None
        if not (trusting or spec.get("insecureSkipTLSVerify")):
            check_certificate(found, spec.get("caBundle"), name, self._clock.now())
        return found

    async def get(
        self, item: Object, target: str, user: User, *, accept: str = "application/json",
        timeout: float = 5.0, trusting: bool = False,
    ) -> tuple[Head, bytes]:  # fmt: skip
        """A whole answer. Raises UnresolvedError, UnreachedError."""
        headers = CIMultiDict(identity(user))
        headers["Accept"], headers["Connection"] = accept, "close"
        words = _SLOW_DIAL

        def connected() -> None:
            nonlocal words
            words = _SLOW

        work = self._whole(item, Call("GET", target, headers), trusting, connected)
        try:
            return await within(self._clock, timeout, work, TimeoutError)
        except TimeoutError:
            raise UnreachedError(words) from None

    async def _whole(
        self, item: Object, call: Call, trusting: bool, connected: Callable[[], None]
    ) -> tuple[Head, bytes]:
        found = await self.send(item, call, trusting=trusting, connected=connected)
        try:
            pieces = [p async for p in found.reader.body(call.method, found.head)]
        except (NetworkError, BadResponseError) as error:
            raise UnreachedError(str(error) or "EOF") from None
        finally:
            found.close()
        return found.head, b"".join(pieces)
