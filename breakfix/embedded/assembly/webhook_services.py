"""Webhooks, called over the cluster's own network: Services, and URLs of hosts in it.

The Service's address and port decide where to, kube-proxy and policies included; the words of
failures are those of Go's HTTP client. Nothing on this machine's network is ever called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from multidict import CIMultiDict

from breakfix.embedded.admission.webhooks_calling import answered, failed, url_of
from breakfix.embedded.client import Reader
from breakfix.embedded.clock import Clock, within
from breakfix.embedded.network.resolving import is_address
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.http_client import BadResponseError, request_head
from breakfix.embedded.server.streams.http_client import Reader as HttpReader
from breakfix.embedded.server.streams.service_calls import (
    HTTPS,
    Dial,
    UnreachedError,
    UnresolvedError,
    broken,
    check_certificate,
    dialed,
    no_such_host,
    service_address,
    service_host,
)
from breakfix.embedded.server.streams.tls_client import HandshakeError, InsecureTlsStream


class NetworkCaller:
    """Posts a review to the Service or URL of a clientConfig; `look_up` gives the addresses
    of a host outside the cluster."""

    def __init__(
        self, reader: Reader, dial: Dial, clock: Clock, look_up: Callable[[str], Sequence[str]]
    ) -> None:
        self._reader, self._dial, self._clock, self._look_up = reader, dial, clock, look_up

    async def post(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        """The answer's body. Raises CallError; TimeoutError after `timeout` seconds."""
        work = self._exchange(client_config, body, timeout)
        try:
            status, content = await within(self._clock, timeout, work, TimeoutError)
        except (UnreachedError, UnresolvedError) as error:
            raise failed(client_config, timeout, str(error)) from None
        return answered(status, content)

    async def _exchange(self, config: Object, body: bytes, timeout: int) -> tuple[int, bytes]:
        """Raises UnreachedError, UnresolvedError."""
        address, port, name = self._target(config)
        stream = await dialed(self._dial, address, port)
        try:
            secured = await self._secured(stream, config, name)
            return await _post(secured, url_of(config, timeout), body)
        except NetworkError as error:
            raise broken(stream, address, port, error) from None
        except (BadResponseError, HandshakeError) as error:
            raise UnreachedError(str(error)) from None
        finally:
            stream.close()

    def _target(self, config: Object) -> tuple[str, int, str]:
        """Address, port, and the name that the certificate must have.

        Raises UnreachedError, UnresolvedError.
        """
        if url := config.get("url"):
            parts = urlsplit(url)
            host = parts.hostname or ""
            return self._looked_up(host), parts.port or HTTPS, host
        host, port = service_address(self._reader, config["service"])
        return self._looked_up(host), port, service_host(config["service"])

    def _looked_up(self, host: str) -> str:
        if is_address(host):
            return host
        if found := self._look_up(host.lower().rstrip(".")):
            return found[0]
        raise no_such_host(host)

    async def _secured(self, stream: Stream, config: Object, name: str) -> InsecureTlsStream:
        """TLS with whom caBundle vouches for. Raises UnreachedError and all of the stream."""
        found = InsecureTlsStream(stream, name)
        await found.start()
        check_certificate(found, config.get("caBundle"), name, self._clock.now())
        return found


async def _post(stream: InsecureTlsStream, url: str, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer. Raises BadResponseError, NetworkError."""
    host, _, target = url.removeprefix("https://").partition("/")
    headers = CIMultiDict({
        "Host": host, "User-Agent": "kube-apiserver-admission",
        "Content-Length": str(len(body)), "Accept": "application/json, */*",
        "Content-Type": "application/json",
    })  # fmt: skip
    await stream.write(request_head("POST", f"/{target}", headers) + body)
    reader = HttpReader(stream)
    head = await reader.head()
    return head.status, b"".join([piece async for piece in reader.body("POST", head)])
