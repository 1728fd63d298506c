"""A part of a node's log file, through the API server: the kubelet serves /var/log.

So a log is read with nothing but a kubeconfig. The server answers Range requests
(RFC 9110, section 14).
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breakfix.clusters.api import BAD_REQUEST, NOT_FOUND, USER_AGENT, ApiError
from breakfix.clusters.client_import import import_client
from breakfix.errors import ClusterError

BEYOND_THE_END = 416


@dataclass(frozen=True)
class LogPart:
    """Bytes of a log from `start` on; `size` is the whole file's."""

    data: bytes
    start: int
    size: int


ReadPart = Callable[[str], Awaitable[LogPart | None]]
"""Takes a Range (`bytes=100-`, `bytes=-100`); None where there is no such log."""


def kubelet_log(kubeconfig: Path, node: str, file: str) -> ReadPart:
    """A reader of /var/log/FILE of a node. It raises ClusterError where nothing answers."""
    path = f"/api/v1/nodes/{node}/proxy/logs/{file}"

    async def read(wanted: str) -> LogPart | None:
        import aiohttp

        try:
            return await _get(kubeconfig, path, wanted)
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise ClusterError(f"the audit log of {node} cannot be read: {error}") from error

    return read


def file_log(path: Path) -> ReadPart:
    """A reader of a log on this machine."""

    async def read(wanted: str) -> LogPart | None:
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        try:
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                start = min(int(first), size) if first else max(0, size - int(last))
                file.seek(start)
                return LogPart(file.read(), start, size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ClusterError(f"the audit log {path} cannot be read: {error}") from error

    return read


async def _get(kubeconfig: Path, path: str, wanted: str) -> LogPart | None:
    import_client()
    from kubernetes.aio import config
    from kubernetes.aio.client import ApiClient, Configuration

    settings = Configuration()
    await config.load_kube_config(config_file=str(kubeconfig), client_configuration=settings)
    async with ApiClient(settings) as client:
        headers: dict[str, str] = {"User-Agent": USER_AGENT, "Range": wanted}
        await client.update_params_for_auth(headers, [], ["BearerToken"], path, "GET", None)
        response = await client.rest_client.request("GET", settings.host + path, headers=headers)
        return _part(response, await response.read(), path)


def _part(response: Any, data: bytes, path: str) -> LogPart | None:
    """The answer as a part; `Content-Range: bytes 0-99/250`, or `bytes */250` for none."""
    if response.status == NOT_FOUND:
        return None
    span, _, size = response.headers.get("Content-Range", "").rpartition("/")
    if response.status == BEYOND_THE_END:
        return LogPart(b"", int(size or 0), int(size or 0))
    if response.status >= BAD_REQUEST:
        raise ApiError(response.status, {"message": data.decode("utf-8", "replace")}, path)
    if not span:  # the whole file: the server took no notice of the Range
        return LogPart(data, 0, len(data))
    return LogPart(data, int(span.split()[-1].split("-")[0]), int(size))
