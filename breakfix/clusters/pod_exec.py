"""`exec` in a container over WebSocket, subprotocol v5.channel.k8s.io.

Each message begins with a byte that names the channel: 1 stdout, 2 stderr, 3 the Status
in which the exit code stands. Source: k8s.io/apimachinery/pkg/util/remotecommand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from breakfix.clusters.base import Object

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient

    from breakfix.clusters.api import ExecResult

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDOUT, STDERR, STATUS = 1, 2, 3


async def run(client: ApiClient, path: str) -> ExecResult:
    """Run and collect. Raises ApiError where the server refuses, OSError where it is lost."""
    import aiohttp

    from breakfix.clusters.api import ApiError, ExecResult

    channels: dict[int, bytearray] = {STDOUT: bytearray(), STDERR: bytearray(), STATUS: bytearray()}
    headers: dict[str, str] = dict(client.default_headers)
    await client.update_params_for_auth(headers, [], ["BearerToken"], path, "GET", None)
    rest = client.rest_client
    if rest.pool_manager is None:
        rest.pool_manager = rest._create_pool_manager()
    url = client.configuration.host + path
    try:
        async with rest.pool_manager.ws_connect(
            url, headers=headers, protocols=PROTOCOLS
        ) as socket:
            async for message in socket:
                if isinstance(message.data, bytes) and message.data[0] in channels:
                    channels[message.data[0]] += message.data[1:]
    except aiohttp.WSServerHandshakeError as error:
        raise ApiError(error.status, {"message": error.message}, f"exec {path}") from error
    except aiohttp.ClientError as error:
        raise OSError(str(error)) from error
    out, err = (channels[c].decode("utf-8", "replace") for c in (STDOUT, STDERR))
    status: Object = json.loads(channels[STATUS] or b"{}")
    code = exit_code(status)
    return ExecResult(code, out, err if code >= 0 else str(status.get("message", "")))


def exit_code(status: Object) -> int:
    """Of the Status on the error channel: the command's exit code; -1 where it never ran."""
    if status.get("status") == "Success":
        return 0
    for cause in status.get("details", {}).get("causes", []):
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    return -1
