"""How a webhook is reached, and what is wrong with it when it is not.

`Caller.post` is what tests replace; in a cluster it is assembly.webhook_services.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from breakfix.embedded.objects import Object

_OK = 200


class CallError(Exception):
    """No answer to read; the text is what follows `failed to call webhook: `."""


class Caller(Protocol):
    """Sends a review to the webhook of a clientConfig."""

    async def post(self, client_config: Object, body: bytes, timeout: int) -> bytes:
        """The answer's body. Raises CallError; `timeout` in seconds."""


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


def answered(status: int, content: bytes) -> bytes:
    """A body of a good answer. Raises CallError."""
    if _OK <= status < 300:  # noqa: PLR2004
        return content
    text = content.decode(errors="replace").strip()
    known = {404: "the server could not find the requested resource", 500: text or "unknown"}
    raise CallError(known.get(status, text or f"the server responded with status {status}"))


async def call(caller: Caller, client_config: Object, body: bytes, timeout: int) -> bytes:
    """Post, and no longer than `timeout` seconds. Raises CallError."""
    try:
        async with asyncio.timeout(timeout):
            return await caller.post(client_config, body, timeout)
    except TimeoutError as error:
        raise failed(client_config, timeout, "context deadline exceeded") from error
