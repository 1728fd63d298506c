"""The service controller with a small load balancer behind it: addresses for Services."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.objects import Object, clone, is_going

FIRST, LAST = "172.18.255.1", "172.18.255.250"
FINALIZER = "service.kubernetes.io/load-balancer-cleanup"


class LoadBalancers(Controller):
    """Gives each Service of type LoadBalancer an address; keys are those of Services.

    Services with a loadBalancerClass are somebody else's.
    """

    name = "service-lb-controller"
    component = "service-controller"

    def __init__(self, client: Client, first: str = FIRST, last: str = LAST) -> None:
        super().__init__(client)
        self._range = int(ip_address(first)), int(ip_address(last))

    def watch(self) -> None:
        """Services."""
        self.on("services", itself)

    async def sync(self, key: Key) -> None:
        """Give an address, or take it back."""
        service = self.client.get("services", key[1], key[0])
        if service is None:
            return
        if wants_balancer(service) and not is_going(service):
            await self._ensure(service)
        elif FINALIZER in (service["metadata"].get("finalizers") or ()):
            await self._remove(service)

    async def _ensure(self, service: Object) -> None:
        if addresses(service):
            return
        self.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer")
        service = await self._finalizers(service, FINALIZER)
        address = self._free(service["spec"].get("loadBalancerIP") or "")
        if address is None:
            words = "Error syncing load balancer: failed to ensure load balancer: no free address"
            self.event(service, "Warning", "SyncLoadBalancerFailed", words)
            return
        await self._write(service, [{"ip": address, "ipMode": "VIP"}])
        self.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer")

    async def _remove(self, service: Object) -> None:
        self.event(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer")
        if addresses(service) and not is_going(service):
            service = await self._write(service, [])
        await self._finalizers(service)
        self.event(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer")

    async def _finalizers(self, service: Object, *wanted: str) -> Object:
        present = service["metadata"].get("finalizers") or []
        others = [f for f in present if f != FINALIZER]
        if present == [*others, *wanted]:
            return service
        changed = clone(service)
        changed["metadata"]["finalizers"] = [*others, *wanted]
        return await self.client.update("services", changed)

    async def _write(self, service: Object, ingress: list[Object]) -> Object:
        changed = clone(service)
        changed.setdefault("status", {})["loadBalancer"] = {"ingress": ingress} if ingress else {}
        return await self.client.update_status("services", changed)

    def _free(self, wanted: str) -> str | None:
        taken = {a for s in self.client.list("services") for a in addresses(s)}
        if wanted and wanted not in taken:
            return wanted
        return next((a for a in self._all() if a not in taken), None)

    def _all(self) -> Iterator[str]:
        return (str(ip_address(n)) for n in range(self._range[0], self._range[1] + 1))


def wants_balancer(service: Object) -> bool:
    """Is it ours to balance?"""
    spec = service["spec"]
    return spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass")


def addresses(service: Object) -> list[str]:
    """The addresses that it has been given."""
    status = (service.get("status") or {}).get("loadBalancer") or {}
    return [i["ip"] for i in status.get("ingress") or [] if i.get("ip")]
