"""The API as a pod's program sees it: with its ServiceAccount's token, and no more than that."""

from __future__ import annotations

import posixpath
from typing import Protocol, runtime_checkable

from breakfix.embedded.client import Client, Reader
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.objects import Object

TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
HOST, PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"


class Api(Client, Protocol):
    """One user's API. `get` and `list` are what informers have; the rest is authorized."""

    def fetch(self, resource: str, name: str, namespace: str = "") -> Object:
        """GET. Raises StatusError: 403, 404."""

    def may_watch(self, resource: str) -> None:
        """May everything of a resource be listed and watched? Raises StatusError: 403, 404."""

    def close(self) -> None:
        """Be told of nothing any more."""


@runtime_checkable
class Door(Reader, Protocol):
    """What lets a token's owner in."""

    def enter(self, token: str, manager: str) -> Api:
        """Raises StatusError 401."""


class NoApiError(Exception):
    """The API cannot be used; the words are client-go's."""


async def in_cluster(process: Process) -> Api:
    """As rest.InClusterConfig: by environment, token and network. Raises NoApiError."""
    host, port = process.env.get(HOST, ""), process.env.get(PORT, "")
    if not host or not port:
        raise NoApiError(
            f"unable to load in-cluster configuration, {HOST} and {PORT} must be defined"
        )
    try:
        token = process.files.read(TOKEN).decode()
    except OSError as error:
        raise NoApiError(f"open {TOKEN}: {(error.strerror or '').lower()}") from error
    door = process.host.api
    if not isinstance(door, Door):
        raise NoApiError(f"dial tcp {host}:{port}: connect: connection refused")
    try:
        stream = await process.host.network.connect(process.host.space, host, int(port))
        stream.close()
        return door.enter(token, posixpath.basename(process.argv[0]))
    except NetworkError as error:
        raise NoApiError(f"dial tcp {host}:{port}: {error}") from error
    except StatusError as error:
        raise NoApiError(str(error)) from error
