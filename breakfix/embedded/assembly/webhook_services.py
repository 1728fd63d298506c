"""Webhooks, called over the cluster's own network: Services, and URLs of hosts in it.

The Service's address and port decide where to, kube-proxy and policies included; the words of
failures are those of Go's HTTP client. Nothing on this machine's network is ever called.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from multidict import CIMultiDict

from breakfix.embedded.admission.webhooks_calling import answered, failed, url_of
from breakfix.embedded.client import Reader
from breakfix.embedded.clock import Clock, within
from breakfix.embedded.network.certificate_checks import (
    UntrustedError,
    authorities,
    check_server,
    shown_by,
)
from breakfix.embedded.network.outside import RESOLVER
from breakfix.embedded.network.resolving import is_address
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.forward_ports import reason_of
from breakfix.embedded.server.streams.http_client import BadResponseError, request_head
from breakfix.embedded.server.streams.http_client import Reader as HttpReader
from breakfix.embedded.server.streams.tls_client import HandshakeError, InsecureTlsStream

Dial = Callable[[str, int], Awaitable[Stream]]


class _UnreachedError(Exception):
    """Words that follow `Post "https://...": `."""


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
        except _UnreachedError as error:
            raise failed(client_config, timeout, str(error)) from None
        return answered(status, content)

    async def _exchange(self, config: Object, body: bytes, timeout: int) -> tuple[int, bytes]:
        """Raises _UnreachedError."""
        address, port, name = self._target(config)
        try:
            stream = await self._dial(address, port)
        except NetworkError as error:
            raise _UnreachedError(f"dial tcp {address}:{port}: {reason_of(error)}") from None
        try:
            secured = await self._secured(stream, config, name)
            return await _post(secured, url_of(config, timeout), body)
        except NetworkError as error:
            where = f"{stream.local[0]}:{stream.local[1]}->{address}:{port}"
            raise _UnreachedError(f"read tcp {where}: read: {reason_of(error)}") from None
        except (BadResponseError, HandshakeError) as error:
            raise _UnreachedError(str(error)) from None
        finally:
            stream.close()

    def _target(self, config: Object) -> tuple[str, int, str]:
        """Address, port, and the name that the certificate must have. Raises _UnreachedError."""
        if url := config.get("url"):
            parts = urlsplit(url)
            host = parts.hostname or ""
            return self._looked_up(host), parts.port or 443, host
        wanted = config["service"]
        return *self._resolved(wanted), f"{wanted['name']}.{wanted['namespace']}.svc"

    def _looked_up(self, host: str) -> str:
        if is_address(host):
            return host
        if found := self._look_up(host.lower().rstrip(".")):
            return found[0]
        raise _UnreachedError(f"dial tcp: lookup {host} on {RESOLVER}:53: no such host")

    def _resolved(self, wanted: Object) -> tuple[str, int]:
        """The address of a Service and its port. Raises _UnreachedError."""
        name, number = wanted["name"], wanted.get("port") or 443
        service = self._reader.get("services", name, wanted["namespace"])
        if service is None:
            raise _UnreachedError(f'service "{name}" not found')
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return self._looked_up(spec["externalName"]), number
        if spec.get("clusterIP", "") in ("", "None"):
            raise _UnreachedError('cannot route to service with ClusterIP "None"')
        if not any(p["port"] == number for p in spec.get("ports") or []):
            raise _UnreachedError(f'no service port {number} found for service "{name}"')
        return spec["clusterIP"], number

    async def _secured(self, stream: Stream, config: Object, name: str) -> InsecureTlsStream:
        """TLS with whom caBundle vouches for. Raises _UnreachedError and all of the stream."""
        found = InsecureTlsStream(stream, name)
        await found.start()
        try:
            roots = authorities(_bundle(config))
            check_server(shown_by(found.ssl), roots, name, self._clock.now())
        except UntrustedError as error:
            raise _UnreachedError(f"tls: failed to verify certificate: {error}") from None
        return found


def _bundle(config: Object) -> bytes:
    try:
        return base64.b64decode(config.get("caBundle") or "")
    except binascii.Error:
        return b""


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
