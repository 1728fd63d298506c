"""Endpoints that somebody made by hand are mirrored to EndpointSlices."""

from __future__ import annotations

from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.endpointslice_plan import Group, group_key, plan
from breakfix.embedded.controllers.endpointslices import (
    MANAGED_BY,
    SERVICE,
    SLICES,
    service_of_slice,
)
from breakfix.embedded.controllers.writes import owner_reference
from breakfix.embedded.objects import (
    Object,
    annotations_of,
    is_going,
    labels_of,
    name_of,
    namespace_of,
)

MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
NOT_COPIED = ("kubectl.kubernetes.io/last-applied-configuration",
              "endpoints.kubernetes.io/last-change-trigger-time")  # fmt: skip


class EndpointSliceMirroringController(Controller):
    """Keys are those of Endpoints, which are those of Services."""

    name = "endpointslice-mirroring-controller"
    component = "endpoint-slice-mirroring-controller"
    account = "endpointslicemirroring-controller"

    def watch(self) -> None:
        """Endpoints, Services and the slices."""
        self.on("endpoints", itself)
        self.on("services", itself)
        self.client.subscribe(SLICES, lambda change: self.add(*service_of_slice(change, MANAGER)))

    async def sync(self, key: Key) -> None:
        """Bring the mirror of one Endpoints up to date."""
        endpoints = self.client.get("endpoints", key[1], key[0])
        service = self.client.get("services", key[1], key[0])
        present = [
            s
            for s in self.client.list(SLICES, key[0])
            if labels_of(s).get(SERVICE) == key[1] and labels_of(s).get(MANAGED_BY) == MANAGER
        ]
        if endpoints is None or not _is_mirrored(endpoints, service):
            for item in present:
                await self.client.delete(SLICES, name_of(item), key[0])
            return
        await self._write(endpoints, present)

    async def _write(self, endpoints: Object, present: list[Object]) -> None:
        wanted = _groups(endpoints)
        if not wanted:
            for item in present:
                await self.client.delete(SLICES, name_of(item), namespace_of(endpoints))
            return
        changes = plan(present, wanted)
        for item in changes.changed:
            item["metadata"] |= _labels(endpoints)
            await self.client.update(SLICES, item)
        for item in changes.created:
            item["metadata"] = _labels(endpoints) | {
                "generateName": f"{name_of(endpoints)}-", "namespace": namespace_of(endpoints),
                "ownerReferences": [owner_reference(endpoints, "v1", "Endpoints")],
            }  # fmt: skip
            await self.client.create(SLICES, item)
        for item in changes.deleted:
            await self.client.delete(SLICES, name_of(item), namespace_of(item))


def _is_mirrored(endpoints: Object, service: Object | None) -> bool:
    if is_going(endpoints) or labels_of(endpoints).get(SKIP) == "true":
        return False
    if LEADER in annotations_of(endpoints) or service is None:
        return False
    return not service["spec"].get("selector")


def _labels(endpoints: Object) -> Object:
    labels = labels_of(endpoints) | {SERVICE: name_of(endpoints), MANAGED_BY: MANAGER}
    notes = {k: v for k, v in annotations_of(endpoints).items() if k not in NOT_COPIED}
    return {"labels": labels, "annotations": notes} if notes else {"labels": labels}


def _groups(endpoints: Object) -> dict[bytes, Group]:
    found: dict[bytes, Group] = {}
    for subset in endpoints.get("subsets") or []:
        ports = [p | {"name": p.get("name", "")} for p in subset.get("ports") or []]
        for field, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in subset.get(field) or []:
                family = "IPv6" if ":" in address["ip"] else "IPv4"
                group = found.setdefault(group_key(family, ports), Group(family, ports, []))
                group.endpoints.append(_endpoint(address, ready))
    return found


def _endpoint(address: Object, ready: bool) -> Object:
    found: Object = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for field in ("hostname", "nodeName", "targetRef"):
        if address.get(field):
            found[field] = address[field]
    return found
