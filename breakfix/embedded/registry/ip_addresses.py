"""IPAddress objects: the addresses of Services, and whose they are."""

from __future__ import annotations

from breakfix.embedded.clock import Clock
from breakfix.embedded.kinds.core.service_ranges import ADDRESSES, ip_address, parent_of
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.patching import managed
from breakfix.embedded.registry import metadata
from breakfix.embedded.registry.served import Catalogue
from breakfix.embedded.storage.store import Store

MANAGER = "kube-apiserver"


class IPAddressObjects:
    """Written at once, with the Service that they belong to."""

    def __init__(self, store: Store, catalogue: Catalogue, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._served = catalogue.by_key(ADDRESSES)

    def give(self, address: str, service: Object) -> None:
        """Write that the address is the Service's."""
        item = ip_address(address, service)
        metadata.begin(item, self._clock, False)
        item["metadata"]["managedFields"] = managed.after_write(
            item, None, MANAGER, "Update", item["apiVersion"], "", self._clock.now(),
            self._served.schema,
        )  # fmt: skip
        self._store.put(ADDRESSES, item)

    def take_back(self, address: str, service: Object) -> None:
        """Delete what says so; one that somebody holds with a finalizer is left to the repair."""
        item = self._store.get(ADDRESSES, address)
        if item is None or item["metadata"].get("finalizers"):
            return
        parent = parent_of(item)
        owner = parent.get("namespace"), parent.get("name")
        if owner == (namespace_of(service), name_of(service)):
            self._store.remove(ADDRESSES, address)
