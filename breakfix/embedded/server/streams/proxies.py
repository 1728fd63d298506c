"""pods/proxy, services/proxy and nodes/proxy."""

from __future__ import annotations

from aiohttp import web

from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.streams import locations
from breakfix.embedded.server.streams.locations import Location
from breakfix.embedded.server.streams.node_pages import NodePages
from breakfix.embedded.server.streams.proxying import Dial, Target, proxy
from breakfix.embedded.server.verbs import Request


class Proxies:
    """Ways into the cluster's network, from the control plane's node."""

    def __init__(self, registry: Registry, dial: Dial, nodes: NodePages) -> None:
        self._registry = registry
        self._dial = dial
        self._nodes = nodes

    async def pod(self, http: web.BaseRequest, request: Request) -> web.StreamResponse:
        """To a pod's address. Raises StatusError 400, 404 and 503."""
        info = request.info
        found = locations.of_pod(self._registry, info.namespace, info.name)
        return await self._to(http, request, found)

    async def service(self, http: web.BaseRequest, request: Request) -> web.StreamResponse:
        """To one of a service's pods. Raises StatusError 400, 404 and 503."""
        info = request.info
        found = locations.of_service(self._registry, info.namespace, info.name)
        return await self._to(http, request, found)

    async def node(self, http: web.BaseRequest, request: Request) -> web.StreamResponse:
        """What a kubelet shows, or another port of the node. Raises StatusError."""
        _, name, port = locations.split(request.info.name, "node")
        node = self._nodes.named(name)
        if port in ("", self._nodes.port(node)):
            return self._nodes.page(http, name, "/" + request.info.rest)
        scheme = locations.split(request.info.name, "node")[0] or "http"
        found = Location(scheme, self._nodes.address(node), port)
        return await self._to(http, request, found)

    async def _to(
        self, http: web.BaseRequest, request: Request, location: Location
    ) -> web.StreamResponse:
        prefix, path = split_path(http.raw_path)
        return await proxy(http, request.body, Target(location, path, prefix), self._dial)


def split_path(raw: str) -> tuple[str, str]:
    """The path up to its proxy, and what follows, both escaped."""
    parts = raw.partition("?")[0].split("/")
    end = 8 if parts[3] == "namespaces" else 6
    rest = parts[end:]
    return "/".join(parts[:end]), "/" + "/".join(rest) if rest else ""
