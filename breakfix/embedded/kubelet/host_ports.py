"""hostPorts: ports of the node that lead to a pod."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial

from breakfix.embedded.network.types import (
    Listener,
    Network,
    NetworkError,
    NetworkNamespace,
    Stream,
)
from breakfix.embedded.objects import Object


def open_ports(
    pod: Object, network: Network, node: NetworkNamespace, address: str
) -> list[Listener]:
    """Listen on the node for every TCP hostPort of a pod that has an address of its own."""
    if pod["spec"].get("hostNetwork"):
        return []
    found = []
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or []:
            if port.get("hostPort") and (port.get("protocol") or "TCP") == "TCP":
                serve = partial(_join, network, node, address, port["containerPort"])
                with contextlib.suppress(OSError):
                    found.append(network.listen(node, port["hostPort"], serve))
    return found


async def _join(
    network: Network, node: NetworkNamespace, address: str, port: int, client: Stream
) -> None:
    server = await network.connect(node, address, port)
    try:
        await asyncio.gather(_copy(client, server), _copy(server, client))
    finally:
        server.close()


async def _copy(source: Stream, target: Stream) -> None:
    with contextlib.suppress(NetworkError):
        while data := await source.read():
            await target.write(data)
        target.end_writing()
