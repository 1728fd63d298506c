"""nginx as a proxy: a request to an upstream, time-outs, and its errors' words."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import TlsError, TlsStream, client_context
from breakfix.embedded.network.types import (
    NetworkError,
    NoRouteError,
    RefusedError,
    Stream,
    TimedOutError,
)
from breakfix.embedded.programs.http.client import exchange
from breakfix.embedded.programs.http.messages import BadMessageError, Request, Response
from breakfix.embedded.programs.sockets import connect, within

BAD_GATEWAY, GATEWAY_TIMEOUT = 502, 504
_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "te"}


class ProxyError(Exception):
    """A status and what the error log says of it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


@dataclass
class Call:
    """One request to an upstream."""

    process: Process
    request: Request
    scheme: str
    uri: str  # as the log shows it
    connect_timeout: float = 60.0
    read_timeout: float = 60.0

    async def once(self, address: str, port: int) -> Response:
        """Raises ProxyError."""
        stream = await self._connect(address, port)
        try:
            if self.scheme == "https":
                stream = await self._secured(stream)
            return await within(self.process, self.read_timeout, exchange(stream, self.request))
        except TimedOutError:
            words = ("upstream timed out (110: Connection timed out) while reading response "
                     "header from upstream")  # fmt: skip
            raise ProxyError(GATEWAY_TIMEOUT, words) from None
        except BadMessageError as error:
            words = ("upstream prematurely closed connection while reading response header "
                     "from upstream")  # fmt: skip
            if str(error) and str(error) != "short body":
                words = "upstream sent no valid HTTP/1.0 header while reading response header " \
                    "from upstream"  # fmt: skip
            raise ProxyError(BAD_GATEWAY, words) from None
        except NetworkError:
            words = ("recv() failed (104: Connection reset by peer) while reading response "
                     "header from upstream")  # fmt: skip
            raise ProxyError(BAD_GATEWAY, words) from None
        finally:
            stream.close()

    async def _secured(self, stream: Stream) -> Stream:
        try:
            name = self.request.header("host").partition(":")[0]
            context: ssl.SSLContext = client_context(verify=False)
            return await TlsStream(stream, context, name).start()
        except TlsError as error:
            words = f"SSL_do_handshake() failed (SSL: error: {error.reason.lower()}) while SSL " \
                "handshaking to upstream"  # fmt: skip
            raise ProxyError(BAD_GATEWAY, words) from None

    async def _connect(self, address: str, port: int) -> Stream:
        try:
            return await connect(self.process, address, port, self.connect_timeout)
        except RefusedError:
            words = "connect() failed (111: Connection refused) while connecting to upstream"
        except NoRouteError:
            words = "connect() failed (113: Host is unreachable) while connecting to upstream"
        except TimedOutError:
            words = "upstream timed out (110: Connection timed out) while connecting to upstream"
            raise ProxyError(GATEWAY_TIMEOUT, words) from None
        except NetworkError:
            words = "connect() failed (104: Connection reset by peer) while connecting to upstream"
        raise ProxyError(BAD_GATEWAY, words)


def passed_on(response: Response) -> Response:
    """An upstream's answer without what belongs to its connection."""
    kept = [
        (n, v)
        for n, v in response.headers
        if n.lower() not in _HOP and n.lower() not in ("content-length", "server", "date")
    ]
    return Response(kept, response.body, response.status, response.reason)
