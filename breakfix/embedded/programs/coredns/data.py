"""What CoreDNS knows of Services and their endpoints, kept up to date by a watch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from breakfix.embedded.client import Change
from breakfix.embedded.network.nodes import Watched
from breakfix.embedded.objects import Object, labels_of, name_of, namespace_of

SLICES = "endpointslices.discovery.k8s.io"
SERVICE = "kubernetes.io/service-name"
Key = tuple[str, str]


@dataclass(frozen=True)
class Backend:
    """One endpoint with one port."""

    address: str
    hostname: str
    pod: str
    port: int
    port_name: str
    protocol: str

    def name(self, by_pod: bool) -> str:
        """Its label under a headless Service."""
        if self.hostname or (by_pod and self.pod):
            return self.hostname or self.pod
        return self.address.replace(".", "-").replace(":", "-")


class Data:
    """Indexes over one API."""

    def __init__(self, api: Watched) -> None:
        self.api = api
        self._slices: dict[Key, dict[str, Object]] = {}
        self._at: dict[str, dict[Key, None]] = {}
        self._services: dict[str, Key] = {}
        for item in api.list(SLICES):
            self._put(item)
        for item in api.list("services"):
            self._service_seen(Change("ADDED", "services", item, None, 0))
        api.subscribe(SLICES, self._slice_seen)
        api.subscribe("services", self._service_seen)

    def _slice_seen(self, change: Change) -> None:
        if change.old is not None:
            self._drop(change.old)
        if change.type == "DELETED":
            self._drop(change.new)
        else:
            self._put(change.new)

    def _put(self, item: Object) -> None:
        if not (service := labels_of(item).get(SERVICE)):
            return
        key = (namespace_of(item), service)
        self._slices.setdefault(key, {})[name_of(item)] = item
        for endpoint in item.get("endpoints") or ():
            for address in endpoint["addresses"]:
                self._at.setdefault(address, {})[key] = None

    def _drop(self, item: Object) -> None:
        key = (namespace_of(item), labels_of(item).get(SERVICE, ""))
        known = self._slices.get(key)
        if known is None or known.pop(name_of(item), None) is None:
            return
        if not known:
            del self._slices[key]
        for endpoint in item.get("endpoints") or ():
            for address in endpoint["addresses"]:
                self._at.get(address, {}).pop(key, None)
        for other in known.values():
            self._put(other)

    def _service_seen(self, change: Change) -> None:
        key = (namespace_of(change.new), name_of(change.new))
        for item in (change.old, change.new):
            for address in cluster_addresses(item) if item else ():
                if self._services.get(address) == key:
                    del self._services[address]
        if change.type != "DELETED":
            self._services.update(dict.fromkeys(cluster_addresses(change.new), key))

    # -- questions -----------------------------------------------------------------------

    def has_namespace(self, name: str) -> bool:
        """Is there such a namespace?"""
        return self.api.get("namespaces", name) is not None

    def service(self, namespace: str, name: str) -> Object | None:
        """A Service."""
        return self.api.get("services", name, namespace)

    def service_at(self, address: str) -> Key | None:
        """The Service with this cluster address."""
        return self._services.get(address)

    def backends(self, key: Key) -> Iterator[Backend]:
        """The ready endpoints of a Service, each with each of its ports."""
        slices = self._slices.get(key, {})
        for name in sorted(slices):
            yield from _backends(slices[name])

    def at(self, address: str) -> Iterator[tuple[Key, Backend]]:
        """The endpoints with this address."""
        for key in self._at.get(address, ()):
            for backend in self.backends(key):
                if backend.address == address:
                    yield key, backend

    def has_pod(self, namespace: str, address: str) -> bool:
        """Is there a pod with this address?"""
        return any(
            (p.get("status") or {}).get("podIP") == address
            for p in self.api.list("pods", namespace)
        )


def _backends(item: Object) -> Iterator[Backend]:
    empty: dict[str, Any] = {"port": -1}
    for endpoint in item.get("endpoints") or ():
        if (endpoint.get("conditions") or {}).get("ready") is False:
            continue
        target = endpoint.get("targetRef") or {}
        for address in endpoint["addresses"]:
            for port in item.get("ports") or [empty]:
                yield Backend(
                    address, endpoint.get("hostname") or "", target.get("name") or "",
                    port.get("port") or -1, port.get("name") or "",
                    (port.get("protocol") or "").lower(),
                )  # fmt: skip


def cluster_addresses(service: Object) -> list[str]:
    """The cluster addresses of a Service; none for a headless one."""
    spec = service["spec"]
    found = spec.get("clusterIPs") or [spec.get("clusterIP", "")]
    return [a for a in found if a not in ("", "None")]


_KNOWN: WeakKeyDictionary[Any, Data] = WeakKeyDictionary()


def data_of(api: Watched) -> Data:
    """One index for each API, however many CoreDNS watch it."""
    found = _KNOWN.get(api)
    if found is None:
        found = _KNOWN[api] = Data(api)
    return found
