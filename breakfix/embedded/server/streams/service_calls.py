"""What calls of the API server over the cluster's network share: where a Service is, the
connection, whom its certificate must name; failures in the words of Go's HTTP client."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import datetime

from breakfix.embedded.client import Reader
from breakfix.embedded.network.certificate_checks import (
    UntrustedError,
    authorities,
    check_server,
    shown_by,
)
from breakfix.embedded.network.outside import RESOLVER
from breakfix.embedded.network.tls import TlsStream
from breakfix.embedded.network.types import NetworkError, Stream
from breakfix.embedded.objects import Object
from breakfix.embedded.server.streams.forward_ports import reason_of

Dial = Callable[[str, int], Awaitable[Stream]]
HTTPS = 443


class UnresolvedError(Exception):
    """The Service leads nowhere; the words of the resolver."""


class UnreachedError(Exception):
    """There was no answer; the words of Go's transport."""


def service_address(reader: Reader, wanted: Object) -> tuple[str, int]:
    """Host (the address, or an external name) and port of a reference to a Service.

    Raises UnresolvedError.
    """
    name, number = wanted["name"], wanted.get("port") or HTTPS
    service = reader.get("services", name, wanted["namespace"])
    if service is None:
        raise UnresolvedError(f'service "{name}" not found')
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return spec["externalName"], number
    if spec.get("clusterIP", "") in ("", "None"):
        raise UnresolvedError('cannot route to service with ClusterIP "None"')
    if not any(p["port"] == number for p in spec.get("ports") or []):
        raise UnresolvedError(f'no service port {number} found for service "{name}"')
    return spec["clusterIP"], number


def service_host(wanted: Object) -> str:
    """The name that the certificate of a Service's server must have."""
    return f"{wanted['name']}.{wanted['namespace']}.svc"


def no_such_host(host: str) -> UnreachedError:
    """Nobody knows the address of a name."""
    return UnreachedError(f"dial tcp: lookup {host} on {RESOLVER}:53: no such host")


async def dialed(dial: Dial, address: str, port: int) -> Stream:
    """A connection. Raises UnreachedError."""
    try:
        return await dial(address, port)
    except NetworkError as error:
        raise UnreachedError(f"dial tcp {address}:{port}: {reason_of(error)}") from None


def broken(stream: Stream, address: str, port: int, error: NetworkError) -> UnreachedError:
    """The connection ended before the answer did."""
    where = f"{stream.local[0]}:{stream.local[1]}->{address}:{port}"
    return UnreachedError(f"read tcp {where}: read: {reason_of(error)}")


def check_certificate(stream: TlsStream, bundle: str | None, name: str, now: datetime) -> None:
    """The server must be whom a caBundle (base64) vouches for. Raises UnreachedError."""
    try:
        check_server(shown_by(stream.ssl), authorities(_decoded(bundle)), name, now)
    except UntrustedError as error:
        raise UnreachedError(f"tls: failed to verify certificate: {error}") from None


def _decoded(bundle: str | None) -> bytes:
    try:
        return base64.b64decode(bundle or "")
    except binascii.Error:
        return b""
