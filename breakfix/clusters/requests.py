"""The smallest view of a Kubernetes API: one request, and four things made of it.

What breakfix keeps in a cluster (marker, lease, cache) is read and written by path, so
that a warm start costs one request and not the discovery of all kinds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from breakfix.clock import Clock
from breakfix.clusters.api import CONFLICT, NOT_FOUND, ApiError
from breakfix.clusters.base import Object
from breakfix.errors import ClusterError

SYSTEM_NAMESPACE = "breakfix-system"
"""The namespace of all that breakfix keeps in a cluster."""

LABELS = {"app.kubernetes.io/managed-by": "breakfix"}


class Api(Protocol):
    """Whatever answers a request as KubeApi does."""

    async def request(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        timeout: float = 30.0,
    ) -> Any:
        """The JSON of the answer. Raises ApiError, or ClusterError where none comes."""


Connect = Callable[[Path], AbstractAsyncContextManager[Api]]
"""Opens a connection by a kubeconfig; KubeApi itself in play."""


async def find(api: Api, path: str, timeout: float = 30.0) -> Object | None:
    """The object at a path, or None where there is none."""
    try:
        found: Object = await api.request("GET", path, timeout=timeout)
    except ApiError as error:
        if error.code == NOT_FOUND:
            return None
        raise
    return found


async def create_if_missing(api: Api, collection: str, body: Object) -> bool:
    """Create an object; False where one of that name is there already."""
    try:
        await api.request("POST", collection, body=body)
    except ApiError as error:
        if error.code == CONFLICT:
            return False
        raise
    return True


async def put(api: Api, collection: str, body: Object) -> None:
    """Create an object, or replace the one of that name whatever it holds."""
    if not await create_if_missing(api, collection, body):
        await api.request("PUT", f"{collection}/{body['metadata']['name']}", body=body)


async def remove(api: Api, path: str) -> bool:
    """Delete an object with what belongs to it; False where there was none."""
    try:
        await api.request("DELETE", path, body={"propagationPolicy": "Background"})
    except ApiError as error:
        if error.code == NOT_FOUND:
            return False
        raise
    return True


async def until(
    check: Callable[[], Awaitable[bool]], clock: Clock, timeout: float, every: float = 0.25
) -> bool:
    """Ask again and again until it holds; False after `timeout` seconds.

    A ClusterError while asking counts as not yet.
    """
    end = clock.monotonic() + timeout
    while True:
        try:
            if await check():
                return True
        except ClusterError:
            pass
        if clock.monotonic() >= end:
            return False
        await clock.sleep(every)


def config_map(name: str, data: dict[str, str]) -> Object:
    """A ConfigMap of breakfix's own namespace."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": SYSTEM_NAMESPACE, "labels": LABELS},
        "data": data,
    }


def namespace(name: str, labels: dict[str, str] | None = None) -> Object:
    """A namespace that breakfix makes."""
    metadata = {"name": name, "labels": LABELS | (labels or {})}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
