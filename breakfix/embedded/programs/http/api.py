"""The API over HTTPS, as programs in pods ask it: with their token, through the network."""

from __future__ import annotations

from typing import Any

import orjson

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import TlsError, TlsStream, client_context
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.agnhost.common import dial_words
from breakfix.embedded.programs.http.client import exchange
from breakfix.embedded.programs.http.messages import BadMessageError, Request
from breakfix.embedded.programs.sockets import connect, within

TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
_TIMEOUT = 30.0  # s


class ApiUnreachedError(Exception):
    """There was no answer; the words of Go's client."""


async def ask(process: Process, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and body. Raises ApiUnreachedError."""
    host, port = process.env.get("KUBERNETES_SERVICE_HOST", ""), 443
    url = f'{method.capitalize()} "https://{host}:{port}{path}"'
    try:
        token = process.files.read(TOKEN).decode()
        return await within(process, _TIMEOUT, _ask(process, host, port, token, method, path, body))
    except OSError as error:
        raise ApiUnreachedError(f"open {TOKEN}: {(error.strerror or '').lower()}") from None
    except NetworkError as error:
        words = dial_words(error, "tcp", f"{host}:{port}")
        raise ApiUnreachedError(f"{url}: {words}") from None
    except (BadMessageError, TlsError, ValueError) as error:
        raise ApiUnreachedError(f"{url}: {error or 'EOF'}") from None


async def _ask(
    process: Process, host: str, port: int, token: str, method: str, path: str, body: Any
) -> tuple[int, Any]:
    stream = await connect(process, host, port, _TIMEOUT)
    try:
        secured = await TlsStream(stream, client_context(verify=False)).start()
        headers = [("Host", f"{host}:{port}"), ("Authorization", f"Bearer {token}"),
                   ("Accept", "application/json"), ("Content-Type", "application/json"),
                   ("Connection", "close")]  # fmt: skip
        data = orjson.dumps(body) if body is not None else b""
        answer = await exchange(secured, Request(headers, data, method, path))
        return answer.status, orjson.loads(answer.body)
    finally:
        stream.close()
