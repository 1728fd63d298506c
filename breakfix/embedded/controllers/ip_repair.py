"""Services and IPAddress objects are brought to agree: as one of the API server's own loops."""

from __future__ import annotations

from breakfix.embedded.controllers.base import Controller, Key, itself, itself_alive
from breakfix.embedded.kinds.checks import parse_ip
from breakfix.embedded.kinds.core.service_addresses import family_of
from breakfix.embedded.kinds.core.service_ranges import (
    ADDRESSES,
    ALLOCATOR,
    CIDRS,
    FAMILY,
    MANAGED_BY,
    contains,
    ip_address,
    networks_of,
    parent_of,
)
from breakfix.embedded.objects import Object, labels_of, name_of, namespace_of, parse_time

INTERVAL = 180.0  # s between two looks at everything
_PARENT = ("group", "resource", "namespace", "name")  # the fields of a parentRef
LEAK, YOUNG = 60.0, 5.0  # s that an address may be without its Service, or before it


class IPRepairController(Controller):
    """The ipallocator-repair-controller. A key without a namespace is an IPAddress's."""

    name = "ipallocator-repair-controller"

    def watch(self) -> None:
        """Both, and both again from time to time."""
        self.on("services", itself)
        self.on(ADDRESSES, itself_alive)

    async def sync(self, key: Key) -> None:
        """One Service or one IPAddress."""
        if not key[0]:
            await self._address(key[1])
            return
        service = self.client.get("services", key[1], key[0])
        if service is None:
            return
        for text in service["spec"].get("clusterIPs") or ():
            if text != "None" and service["spec"].get("type") != "ExternalName":
                await self._of_service(service, text)
        self.add_after(key, INTERVAL)

    # -- is a Service's address written down as its own? --------------------------------

    async def _of_service(self, service: Object, text: str) -> None:
        address, family = parse_ip(text), family_of(text)
        networks = [n for c in self.client.list(CIDRS) for n in networks_of(c)]
        if address is None or not any(contains(n, address) for n in networks):
            words = f"Cluster IP [{family}]: {text} is not within any configured Service CIDR"
            self._tell(service, "ClusterIPOutOfRange", f"{words}; please recreate service")
            return
        item = self.client.get(ADDRESSES, str(address))
        if item is None:
            words = f"Cluster IP [{family}]: {text} is not allocated; repairing"
            self._tell(service, "ClusterIPNotAllocated", words)
            await self.client.create(ADDRESSES, ip_address(str(address), service))
        elif not self._is_owner(service, item):
            await self._of_another(service, item, family)
        elif not _is_labelled(item):
            await self._make_again(service, item)

    def _is_owner(self, service: Object, item: Object) -> bool:
        parent = parent_of(item)
        wanted = "", "services", namespace_of(service), name_of(service)
        return tuple(parent.get(f) or "" for f in _PARENT) == wanted

    async def _of_another(self, service: Object, item: Object, family: str) -> None:
        address, other = name_of(item), self._parent(item)
        if other is not None:
            if address in (other["spec"].get("clusterIPs") or ()):
                words = f"Cluster IP [{family}]:{address} was assigned to multiple services"
                self._tell(
                    service, "ClusterIPAlreadyAllocated", f"{words}; please recreate service"
                )
            return
        words = f"the ClusterIP [{family}]: {address} for Service "
        words += f"{namespace_of(service)}/{name_of(service)} has a wrong reference; repairing"
        self._tell(service, "ClusterIPNotAllocated", words)
        await self._make_again(service, item)

    def _parent(self, item: Object) -> Object | None:
        parent = parent_of(item)
        if parent.get("group") or parent.get("resource") != "services":
            return None
        return self.client.get("services", parent.get("name", ""), parent.get("namespace", ""))

    async def _make_again(self, service: Object, item: Object) -> None:
        await self.client.delete(ADDRESSES, name_of(item))
        await self.client.create(ADDRESSES, ip_address(name_of(item), service))

    # -- does somebody have what is written down? ----------------------------------------

    async def _address(self, name: str) -> None:
        item = self.client.get(ADDRESSES, name)
        if item is None or labels_of(item).get(MANAGED_BY) != ALLOCATOR:
            return
        parent = parent_of(item)
        if parent.get("group") or parent.get("resource") != "services":
            words = f"IPAddress {name} appears to have been modified, not referencing a Service"
            shown = " ".join(parent.get(f) or "" for f in _PARENT)
            words += f" &{{{shown}}}: cleaning up"
            await self._clean(item, "IPAddressNotAllocated", words)
            return
        service = self._parent(item)
        if service is None:
            await self._orphan(item, f"{parent.get('namespace', '')}/{parent.get('name', '')}")
        elif name not in (service["spec"].get("clusterIPs") or ()):
            await self._wrong(item, service)

    async def _orphan(self, item: Object, owner: str) -> None:
        age = self._age(item)
        if age > LEAK:
            words = f"IPAddress: {name_of(item)} for Service {owner} appears to have leaked"
            await self._clean(item, "IPAddressNotAllocated", f"{words}: cleaning up")
        else:
            self.add_after(("", name_of(item)), LEAK - age + 1)

    async def _wrong(self, item: Object, service: Object) -> None:
        """A Service has other addresses; one that is just being made may be in between."""
        later = item["metadata"]["creationTimestamp"] > service["metadata"]["creationTimestamp"]
        if later and self._age(item) < YOUNG:
            self.add_after(("", name_of(item)), YOUNG)
            return
        owner = f"{namespace_of(service)}/{name_of(service)}"
        words = f"IPAddress: {name_of(item)} for Service {owner} has a wrong reference; cleaning up"
        await self._clean(item, "IPAddressWrongReference", words)

    def _age(self, item: Object) -> float:
        made = parse_time(item["metadata"]["creationTimestamp"])
        return (self.clock.now() - made).total_seconds()

    async def _clean(self, item: Object, reason: str, message: str) -> None:
        self.client.event(
            item, "Warning", reason, message, component=self.name, action="IPAddressAllocation"
        )
        await self.client.delete(ADDRESSES, name_of(item))

    def _tell(self, service: Object, reason: str, message: str) -> None:
        self.client.event(
            service, "Warning", reason, message, component=self.name, action="ClusterIPAllocation"
        )


def _is_labelled(item: Object) -> bool:
    labels = labels_of(item)
    return labels.get(MANAGED_BY) == ALLOCATOR and labels.get(FAMILY) == family_of(name_of(item))
