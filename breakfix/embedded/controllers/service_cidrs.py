"""ServiceCIDRs: ready as soon as they are there, and not deleted while they are needed."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.writes import drop_finalizer, new_condition, patch_metadata
from breakfix.embedded.kinds.addresses import Network, parse_ip
from breakfix.embedded.kinds.core.service_ranges import (
    ADDRESSES,
    ALLOCATOR,
    CIDRS,
    MANAGED_BY,
    contains,
    networks_of,
)
from breakfix.embedded.objects import (
    Object,
    clone,
    condition,
    is_going,
    labels_of,
    name_of,
    parse_time,
)

FINALIZER = "networking.k8s.io/service-cidr-finalizer"
GRACE = 10.0  # s that a deletion waits, so that nobody gives addresses from it any more
READY = "Kubernetes Service CIDR is ready"
IN_USE = (
    "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new "
    "ServiceCIDR"
)


class ServiceCIDRController(Controller):
    """The service-cidr-controller."""

    name = "service-cidr-controller"
    account = "service-cidrs-controller"

    def watch(self) -> None:
        """ServiceCIDRs, those around a new one, and those of an address that comes or goes."""
        self.on(CIDRS, self._around)
        self.client.subscribe(ADDRESSES, lambda change: self.add(*self._of_address(change)))

    def _around(self, change: Change) -> list[Key]:
        if change.type != "ADDED":
            return itself(change)
        mine = networks_of(change.new)
        others = self.client.list(CIDRS)
        near = [c for c in others if any(_overlap(a, b) for a in mine for b in networks_of(c))]
        return [*itself(change), *(("", name_of(c)) for c in near)]

    def _of_address(self, change: Change) -> list[Key]:
        if change.type == "MODIFIED" or labels_of(change.new).get(MANAGED_BY) != ALLOCATOR:
            return []
        return [("", name) for name in self._holding(name_of(change.new))]

    def _holding(self, text: str) -> list[str]:
        """The names of the ServiceCIDRs that have this address."""
        address = parse_ip(text)
        return [
            name_of(cidr)
            for cidr in self.client.list(CIDRS)
            if address is not None and any(contains(n, address) for n in networks_of(cidr))
        ]

    async def sync(self, key: Key) -> None:
        """Finalizer and condition; the finalizer goes when nothing needs it any more."""
        cidr = self.client.get(CIDRS, key[1])
        if cidr is None:
            return
        if not is_going(cidr):
            await self._welcome(cidr)
        elif self._is_needed(cidr):
            await self._say(cidr, "False", "Terminating", IN_USE)
        else:
            since = self.clock.now() - parse_time(cidr["metadata"]["deletionTimestamp"])
            if (left := GRACE - since.total_seconds()) > 0:
                self.add_after(key, left)
            else:
                await drop_finalizer(self.client, CIDRS, cidr, FINALIZER)

    async def _welcome(self, cidr: Object) -> None:
        finalizers = cidr["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            await patch_metadata(self.client, CIDRS, cidr, {"finalizers": [*finalizers, FINALIZER]})
        await self._say(cidr, "True", "", READY)

    async def _say(self, cidr: Object, state: str, reason: str, message: str) -> None:
        fresh = self.client.get(CIDRS, name_of(cidr))
        if fresh is None:
            return
        found = new_condition(self.clock, "Ready", state, reason, message)
        known = condition(fresh, "Ready") or {}
        if all(known.get(f) == found[f] for f in ("status", "reason", "message")):
            return
        others = (fresh.get("status") or {}).get("conditions") or []
        kept = [c for c in others if c["type"] != "Ready"]
        changed = clone(fresh) | {"status": {"conditions": [*kept, found]}}
        await self.client.update_status(CIDRS, changed)

    def _is_needed(self, cidr: Object) -> bool:
        """Would an address be in no ServiceCIDR without it?"""
        if all(self._has_parent(cidr, network) for network in networks_of(cidr)):
            return False
        return any(
            self._holding(name_of(address)) == [name_of(cidr)]
            for address in self.client.list(ADDRESSES)
            if labels_of(address).get(MANAGED_BY) == ALLOCATOR
        )

    def _has_parent(self, cidr: Object, network: Network) -> bool:
        return any(
            _overlap(network, other) and other.prefixlen <= network.prefixlen
            for each in self.client.list(CIDRS)
            if name_of(each) != name_of(cidr)
            for other in networks_of(each)
        )


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)
