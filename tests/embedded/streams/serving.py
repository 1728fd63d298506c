"""The streams over plain HTTP, with two pods in an otherwise empty store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
from aiohttp import web

from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from breakfix.embedded.server.paths import parse
from breakfix.embedded.server.streams import pod_streams
from breakfix.embedded.server.verbs import Request
from breakfix.embedded.storage.store import Store
from breakfix.embedded.users import LOOPBACK
from tests.embedded.streams.fakes import FakeAccess

PODS = "/api/v1/namespaces/ns/pods"
SERVICES = "/api/v1/namespaces/ns/services"


class Serving:
    """A server, its pods and a client."""

    def __init__(self, client: aiohttp.ClientSession, port: int, access: FakeAccess) -> None:
        self.client = client
        self.port = port
        self.access = access
        self.store = Store()
        self.clock = VirtualClock()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        async with self.client.get(self.url(path), allow_redirects=False, **options) as response:
            return response.status, await response.text()

    def socket(self, path: str, *protocols: str) -> Any:
        return self.client.ws_connect(self.url(path), protocols=protocols, max_msg_size=0)


def pod(name: str, containers: tuple[str, ...], node: str = "worker") -> Object:
    """A running one."""
    spec: Object = {"containers": [{"name": c} for c in containers]}
    if node:
        spec |= {"nodeName": node, "initContainers": [{"name": "init"}]}
    status = {"podIP": "10.0.0.9", "podIPs": [{"ip": "10.0.0.9"}]} if node else {}
    meta = {"name": name, "namespace": "ns", "uid": f"uid-of-{name}"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status}


@asynccontextmanager
async def serving() -> AsyncIterator[Serving]:
    """One that runs."""
    access = FakeAccess()
    async with aiohttp.ClientSession() as client:
        found = Serving(client, 0, access)
        registry = cast("Any", SimpleNamespace(store=found.store, clock=found.clock))
        streams = pod_streams(registry, access, access.dial_address)
        for each in (pod("one", ("a",)), pod("two", ("a", "waiting")), pod("new", ("a",), "")):
            found.store.put("pods", each)

        async def handle(http: web.BaseRequest) -> web.StreamResponse:
            info = parse(http.method, http.path, http.query)
            request = Request(info, http.query, http.headers, await http.read(), LOOPBACK)
            try:
                return await streams[info.resource, info.subresource](http, request)
            except StatusError as error:
                return web.Response(status=error.code, text=error.message)

        runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found.port = runner.addresses[0][1]
        try:
            yield found
        finally:
            await runner.cleanup()
