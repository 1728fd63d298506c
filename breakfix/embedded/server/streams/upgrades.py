"""From an HTTP request to an upgraded connection, or the refusal of it."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from breakfix.embedded.errors import bad_request
from breakfix.embedded.server.streams.wire import Upgraded

VERSIONS = "X-Stream-Protocol-Version"
ACCEPTED = "X-Accepted-Stream-Protocol-Versions"
LARGEST_MESSAGE = 4 * 1024 * 1024  # bytes of one WebSocket message
CLOSING = 1.0  # s in which a client may say goodbye


class NotUpgraded(Exception):  # noqa: N818 - an answer, not a failure
    """The response to a client that asked for something else."""

    def __init__(self, response: web.Response) -> None:
        super().__init__(response.status)
        self.response = response


def wants(http: web.BaseRequest, protocol: str) -> bool:
    """Is this a request for an upgrade to `protocol` ("websocket", "SPDY/3.1")?"""
    return (
        "upgrade" in http.headers.get("Connection", "").lower()
        and http.headers.get("Upgrade", "").lower() == protocol.lower()
    )


def subprotocols(http: web.BaseRequest) -> list[str]:
    """What a WebSocket's client offers."""
    text = ",".join(http.headers.getall("Sec-WebSocket-Protocol", []))
    return [p.strip() for p in text.split(",") if p.strip()]


async def websocket(
    http: web.BaseRequest, known: Sequence[str], anonymous: bool = True
) -> tuple[web.WebSocketResponse, str]:
    """An open WebSocket and its subprotocol. Raises NotUpgraded."""
    offered = subprotocols(http)
    chosen = next((p for p in offered if p in known), "")
    if not chosen and (offered or not anonymous):
        raise NotUpgraded(web.Response(status=403))
    socket = web.WebSocketResponse(
        protocols=[chosen] if chosen else [], compress=False, timeout=CLOSING,
        max_msg_size=LARGEST_MESSAGE, decode_text=False,
    )  # fmt: skip
    try:
        await socket.prepare(http)
    except web.HTTPException as error:
        raise NotUpgraded(web.Response(status=error.status, text=error.text)) from None
    return socket, chosen


async def spdy(http: web.BaseRequest, known: Sequence[str]) -> tuple[Upgraded, str]:
    """An open SPDY connection's bytes and its protocol. Raises NotUpgraded, StatusError 400."""
    if not wants(http, "SPDY/3.1"):
        raise bad_request("Upgrade request required")
    text = ",".join(http.headers.getall(VERSIONS, []))
    offered = [p.strip() for p in text.split(",") if p.strip()]
    chosen = next((p for p in offered if p in known), "")
    if offered and not chosen:
        raise NotUpgraded(_not_negotiated(offered, known))
    wire = Upgraded(http)
    version = {VERSIONS: chosen} if chosen else {}
    await wire.start({"Connection": "Upgrade", "Upgrade": "SPDY/3.1", **version})
    return wire, chosen


def _not_negotiated(offered: Sequence[str], known: Sequence[str]) -> web.Response:
    words = (
        f"unable to upgrade: unable to negotiate protocol: client supports "
        f"[{' '.join(offered)}], server accepts [{' '.join(known)}]"
    )
    response = web.Response(status=403, text=words + "\n")
    for protocol in known:
        response.headers.add(ACCEPTED, protocol)
    return response
