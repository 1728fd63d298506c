"""The endpoints controller: the older Endpoints object of each Service."""

from __future__ import annotations

from collections import defaultdict

import orjson

from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.endpoint_pods import (
    HEADLESS,
    TRIGGER_TIME,
    address_of,
    families_of,
    hostname_of,
    is_headless,
    pods_of,
    ports_in,
    selects,
    services_of,
    target_of,
)
from breakfix.embedded.controllers.pod_helpers import is_ready
from breakfix.embedded.controllers.writes import namespace_ends
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import (
    Object,
    clone,
    is_going,
    labels_of,
    name_of,
    namespace_of,
    timestamp,
)

ENDPOINTS = "endpoints"
MANAGED_BY = "endpoints.kubernetes.io/managed-by"
CAPACITY = "endpoints.kubernetes.io/over-capacity"
MAX_ADDRESSES = 1000


class EndpointsController(Controller):
    """Keys are those of Services."""

    name = "endpoints-controller"
    component = "endpoint-controller"
    account = "endpoint-controller"
    workers = 5

    def watch(self) -> None:
        """Services, their pods, and what others do to the Endpoints."""
        self.on("services", itself)
        self.on("pods", lambda change: services_of(self.client, change))
        self.client.subscribe(
            ENDPOINTS, lambda c: self.add(*itself(c)) if c.type == "DELETED" else None
        )

    async def sync(self, key: Key) -> None:
        """Bring the Endpoints of one Service up to date; delete those of no Service."""
        service = self.client.get("services", key[1], key[0])
        if service is None:
            await self.client.delete(ENDPOINTS, key[1], key[0])
            return
        if selects(service):
            await self._update(service)

    async def _update(self, service: Object) -> None:
        subsets = _subsets(service, self._pods(service))
        labels = labels_of(service) | {MANAGED_BY: "endpoint-controller"}
        if is_headless(service):
            labels |= {HEADLESS: ""}
        there = self.client.get(ENDPOINTS, name_of(service), namespace_of(service))
        if there and (there.get("subsets") or []) == subsets and labels_of(there) == labels:
            return
        item = clone(there) if there else _fresh(service)
        item["metadata"]["labels"] = labels
        item["metadata"].setdefault("annotations", {})[TRIGGER_TIME] = timestamp(self.clock.now())
        _truncate(item, subsets)
        await self._write(service, item, create=there is None)

    def _pods(self, service: Object) -> list[Object]:
        unready = service["spec"].get("publishNotReadyAddresses")
        return [p for p in pods_of(self.client, service) if unready or not is_going(p)]

    async def _write(self, service: Object, item: Object, *, create: bool) -> None:
        try:
            if create:
                await self.client.create(ENDPOINTS, item)
            else:
                await self.client.update(ENDPOINTS, item)
        except StatusError as error:
            if namespace_ends(error):
                return
            where = f"{namespace_of(service)}/{name_of(service)}"
            reason = "FailedToCreateEndpoint" if create else "FailedToUpdateEndpoint"
            text = f"create endpoint for service {where}" if create else f"update endpoint {where}"
            self.event(item, "Warning", reason, f"Failed to {text}: {error}")
            raise


def _fresh(service: Object) -> Object:
    metadata = {"name": name_of(service), "namespace": namespace_of(service)}
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}


def _truncate(item: Object, subsets: list[Object]) -> None:
    total = sum(
        len(s.get("addresses") or []) + len(s.get("notReadyAddresses") or []) for s in subsets
    )
    annotations = item["metadata"]["annotations"]
    annotations.pop(CAPACITY, None)
    if total > MAX_ADDRESSES:
        annotations[CAPACITY] = "truncated"
        for subset in subsets:
            for field in ("addresses", "notReadyAddresses"):
                share = MAX_ADDRESSES * len(subset.get(field) or []) // total
                if subset.get(field):
                    subset[field] = subset[field][:share]
    item["subsets"] = subsets


def _address(service: Object, pod: Object) -> Object | None:
    ip = address_of(pod, families_of(service)[0])
    if ip is None:
        return None
    found: Object = {"ip": ip}
    if hostname := hostname_of(pod, service):
        found["hostname"] = hostname
    if pod["spec"].get("nodeName"):
        found["nodeName"] = pod["spec"]["nodeName"]
    return found | {"targetRef": target_of(pod)}


def _subsets(service: Object, pods: list[Object]) -> list[Object]:
    """Ports that lead to the same addresses share a subset."""
    by_port: defaultdict[bytes, list[tuple[bool, Object]]] = defaultdict(list)
    anyway = bool(service["spec"].get("publishNotReadyAddresses"))
    for pod in pods:
        address = _address(service, pod)
        if address is None:
            continue
        for port in _ports(service, pod):
            by_port[orjson.dumps(port, option=orjson.OPT_SORT_KEYS)].append(
                (anyway or is_ready(pod), address)
            )
    groups: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for port_text, addresses in by_port.items():
        groups[orjson.dumps(sorted(addresses, key=lambda a: str(a[1]["ip"])))].append(port_text)
    return [_subset(orjson.loads(who), ports) for who, ports in sorted(groups.items())]


def _ports(service: Object, pod: Object) -> list[Object]:
    if not service["spec"].get("ports") and is_headless(service):
        return [{}]
    return ports_in(pod, service)


def _subset(addresses: list[tuple[bool, Object]], ports: list[bytes]) -> Object:
    found: Object = {
        "addresses": [a for ready, a in addresses if ready],
        "notReadyAddresses": [a for ready, a in addresses if not ready],
        "ports": [p for text in sorted(ports) if (p := orjson.loads(text))],
    }
    return {k: v for k, v in found.items() if v}
