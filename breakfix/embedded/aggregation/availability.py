"""The condition Available of APIServices: is there a server, and does it answer?"""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.embedded.aggregation.calling import Backends
from breakfix.embedded.aggregation.services import APISERVICES, is_remote, path_of, version_of
from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself_alive
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, labels_of, name_of, namespace_of, timestamp
from breakfix.embedded.server.streams.service_calls import UnreachedError, UnresolvedError
from breakfix.embedded.users import MASTERS, User

RESYNC = 30.0  # s
TIMEOUT = 5.0  # s
ATTEMPTS = 5
AGGREGATOR = User("system:kube-aggregator", (MASTERS,))
SLICES = "endpointslices.discovery.k8s.io"
OF_SERVICE = "kubernetes.io/service-name"


class _NotAvailable(Exception):  # noqa: N818 - a condition
    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Availability(Controller):
    """Checks each APIService when it, its Service or its endpoints change, and now and then."""

    name = "remote-available-controller"
    workers = 5

    def __init__(self, client: Client, backends: Backends) -> None:
        super().__init__(client)
        self._backends = backends

    def watch(self) -> None:
        """APIServices, Services and EndpointSlices."""
        self.on(APISERVICES, itself_alive)
        self.client.subscribe("services", self._service_changed)
        self.client.subscribe(SLICES, self._slice_changed)

    def _service_changed(self, change: Change) -> None:
        self._of_service(namespace_of(change.new), name_of(change.new))

    def _slice_changed(self, change: Change) -> None:
        self._of_service(namespace_of(change.new), labels_of(change.new).get(OF_SERVICE, ""))

    def _of_service(self, namespace: str, name: str) -> None:
        for item in self.client.list(APISERVICES):
            service = item["spec"].get("service")
            if service and (service["namespace"], service["name"]) == (namespace, name):
                self.add(("", name_of(item)))

    async def sync(self, key: Key) -> None:
        """Check one. Raises StatusError where it did not answer, to look again soon."""
        item = self.client.get(APISERVICES, key[1])
        if item is None:
            return
        if not is_remote(item):
            await self._write(item, "True", "Local", "Local APIServices are always available")
            return
        self.add_after(key, RESYNC)
        try:
            await self._check(item)
        except _NotAvailable as why:
            await self._write(item, "False", why.reason, str(why))
            if why.reason == "FailedDiscoveryCheck":
                raise StatusError(503, "ServiceUnavailable", str(why)) from None
        else:
            await self._write(item, "True", "Passed", "all checks passed")

    async def _write(self, item: Object, status: str, reason: str, message: str) -> None:
        """Where it differs; the time is that of the last transition."""
        known = (item.get("status") or {}).get("conditions") or []
        old: Object = next((c for c in known if c["type"] == "Available"), {})
        new = {"type": "Available", "status": status, "reason": reason, "message": message,
               "lastTransitionTime": timestamp(self.clock.now())}  # fmt: skip
        if old.get("status") == status:
            new["lastTransitionTime"] = old.get("lastTransitionTime") or new["lastTransitionTime"]
        if new == old:
            return
        changed = clone(item)
        changed["status"] = {"conditions": [c for c in known if c is not old] + [new]}
        await self.client.update_status(APISERVICES, changed)

    # -- the checks ----------------------------------------------------------------------

    async def _check(self, item: Object) -> None:
        """Raises _NotAvailable."""
        wanted = item["spec"]["service"]
        what = f'service/{wanted["name"]} in "{wanted["namespace"]}"'
        service = self.client.get("services", wanted["name"], wanted["namespace"])
        if service is None:
            raise _NotAvailable("ServiceNotFound", f"{what} is not present")
        if service["spec"].get("type", "ClusterIP") == "ClusterIP":
            self._endpoints(service, wanted["port"], what)
        await self._answers(item)

    def _endpoints(self, service: Object, number: int, what: str) -> None:
        ports = service["spec"].get("ports") or []
        port = next((p.get("name", "") for p in ports if p["port"] == number), None)
        if port is None:
            raise _NotAvailable("ServicePortError", f"{what} is not listening on port {number}")
        namespace, name = namespace_of(service), name_of(service)
        slices = [
            s for s in self.client.list(SLICES, namespace) if labels_of(s).get(OF_SERVICE) == name
        ]
        if not slices:
            raise _NotAvailable("EndpointsNotFound", f"cannot find endpointslices for {what}")
        if not any(_serves(s, port) for s in slices):
            words = f'endpointslices for {what} have no addresses with port name "{port}"'
            raise _NotAvailable("MissingEndpoints", words)

    async def _answers(self, item: Object) -> None:
        """Some of several attempts must come to something."""
        words = ""
        for _ in range(ATTEMPTS):
            words = await self._answer(item)
            if not words or "Timeout" in words:
                break  # the real ones run at the same time
        if words:
            raise _NotAvailable("FailedDiscoveryCheck", words)

    async def _answer(self, item: Object) -> str:
        """Why one attempt came to nothing."""
        path = path_of(version_of(item))
        try:
            host, port = self._backends.resolve(item)
            url = f"https://{host}:{port}{path}"
            head, _ = await self._backends.get(
                item, path, AGGREGATOR, timeout=TIMEOUT, trusting=True
            )
        except UnresolvedError as error:
            return str(error)
        except UnreachedError as error:
            return f'failing or missing response from {url}: Get "{url}": {error}'
        if 200 <= head.status < 300:  # noqa: PLR2004
            return ""
        return f"failing or missing response from {url}: bad status from {url}: {head.status}"


def _serves(item: Object, port: str) -> bool:
    ready = any(_ready(item.get("endpoints") or ()))
    return ready and any(
        (p.get("name") or "") == port and p.get("port") for p in item.get("ports") or []
    )


def _ready(endpoints: Iterable[Object]) -> Iterable[bool]:
    return ((e.get("conditions") or {}).get("ready") is not False for e in endpoints)
