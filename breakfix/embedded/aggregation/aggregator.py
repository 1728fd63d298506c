"""The aggregation layer of one API server, in one piece."""

from __future__ import annotations

from aiohttp import web

from breakfix.embedded.aggregation.availability import Availability
from breakfix.embedded.aggregation.calling import Backends, FrontProxy
from breakfix.embedded.aggregation.discovery import Discovery
from breakfix.embedded.aggregation.metrics import ResourceMetrics
from breakfix.embedded.aggregation.proxying import Proxy
from breakfix.embedded.aggregation.registration import Registration
from breakfix.embedded.aggregation.services import RemoteServices
from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.client import LocalClient
from breakfix.embedded.server.streams.service_calls import Dial
from breakfix.embedded.storage.store import Store
from breakfix.embedded.users import User


class Aggregator:
    """`dial` connects from the control plane to an address of the cluster's network."""

    def __init__(self, store: Store, client: LocalClient, dial: Dial) -> None:
        self.front_proxy = FrontProxy.create(client.clock.now())
        self._services = RemoteServices(store)
        backends = Backends(client, dial, client.clock, self.front_proxy)
        self._proxy = Proxy(backends)
        self.discovery = Discovery(client, self._services, backends)
        self.metrics = ResourceMetrics(self._services, backends)
        self._client, self._backends = client, backends

    def controllers(self) -> list[Controller]:
        """What keeps APIServices as they should be."""
        return [
            Availability(self._client, self._backends), Registration(self._client),
            self.discovery,
        ]  # fmt: skip

    def at(self, path: str) -> Object | None:
        """The APIService that sends requests for a path to a Service."""
        return self._services.at(path)

    async def pass_on(
        self, http: web.BaseRequest, body: bytes, item: Object, user: User
    ) -> web.StreamResponse:
        """The answer of that Service."""
        return await self._proxy.pass_on(http, body, item, user)
