"""How a webhook is reached, and what is wrong with it when it is not.

`Caller.post` is what tests and other parts of a cluster replace; `HTTPCaller` calls URLs
itself and leaves Services to a function that it is given.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from breakfix.embedded.objects import Object

_OK = 200


class CallError(Exception):
    """No answer to read; the text is what follows `failed to call webhook: `."""


class Caller(Protocol):
    """Sends a review to the webhook of a clientConfig."""

    async def post(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        """The answer's body. Raises CallError; `timeout` in seconds."""


Dial = Callable[[Object, bytes, int], Awaitable[bytes]]


def url_of(client_config: Object, timeout: int) -> str:
    """The address as errors show it."""
    if url := client_config.get("url"):
        return f"{url}?timeout={timeout}s"
    service = client_config["service"]
    path = service.get("path") or "/"
    host = f"{service['name']}.{service['namespace']}.svc"
    slash = "" if path.startswith("/") else "/"
    return f"https://{host}:{service.get('port', 443)}{slash}{path}?timeout={timeout}s"


def failed(client_config: Object, timeout: int, words: str) -> CallError:
    """As Go's HTTP client says it."""
    return CallError(f'Post "{url_of(client_config, timeout)}": {words}')


class HTTPCaller:
    """Calls `url` over HTTPS, trusting caBundle; `service` is how a Service is called."""

    def __init__(self, service: Dial | None = None) -> None:
        self._service = service

    async def post(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        if client_config.get("url"):
            return await self._url(client_config, body, timeout)
        if self._service is None:
            name = client_config["service"]["name"]
            raise failed(client_config, timeout, f'service "{name}" not found')
        return await self._service(client_config, body, timeout)

    async def _url(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        import aiohttp

        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout)) as session,
                session.post(
                    url_of(client_config, timeout), data=body, ssl=_trust(client_config),
                    headers={"Content-Type": "application/json", "Accept": "application/json"},
                ) as response,
            ):  # fmt: skip
                content: bytes = await response.read()
                return answered(response.status, content)
        except TimeoutError as error:
            raise failed(client_config, timeout, "context deadline exceeded") from error
        except aiohttp.ClientError as error:
            raise failed(client_config, timeout, _words(error)) from error


def answered(status: int, content: bytes) -> bytes:
    """A body of a good answer. Raises CallError."""
    if _OK <= status < 300:  # noqa: PLR2004
        return content
    text = content.decode(errors="replace").strip()
    known = {404: "the server could not find the requested resource", 500: text or "unknown"}
    raise CallError(known.get(status, text or f"the server responded with status {status}"))


def _trust(client_config: Object) -> ssl.SSLContext:
    bundle = client_config.get("caBundle")
    if not bundle:
        return ssl.create_default_context()
    return ssl.create_default_context(cadata=base64.b64decode(bundle).decode())


def _words(error: Any) -> str:
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    if isinstance(error, aiohttp.ClientConnectorError):
        if isinstance(error.os_error, ConnectionRefusedError):
            return f"dial tcp {error.host}:{error.port}: connect: connection refused"
        return f"dial tcp: lookup {error.host}: no such host"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "EOF"
    return str(error)


async def call(caller: Caller, client_config: Object, body: bytes, timeout: int) -> bytes:
    """Post, and no longer than `timeout` seconds. Raises CallError."""
    try:
        async with asyncio.timeout(timeout):
            return await caller.post(client_config, body, timeout)
    except TimeoutError as error:
        raise failed(client_config, timeout, "context deadline exceeded") from error
