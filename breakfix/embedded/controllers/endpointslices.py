"""The endpointslice controller: where the traffic of a Service may go."""

from __future__ import annotations

from breakfix.embedded.client import Change
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
from breakfix.embedded.controllers.endpointslice_plan import Group, group_key, plan
from breakfix.embedded.controllers.pod_helpers import is_ready
from breakfix.embedded.controllers.writes import namespace_ends, owner_reference
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

SLICES = "endpointslices.discovery.k8s.io"
SERVICE = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
ZONE = "topology.kubernetes.io/zone"


class EndpointSliceController(Controller):
    """Keys are those of Services."""

    name = "endpointslice-controller"
    component = "endpoint-slice-controller"
    workers = 5

    def watch(self) -> None:
        """Services, their pods, their slices, and the zones of nodes."""
        self.on("services", itself)
        self.on("pods", lambda change: services_of(self.client, change))
        self.client.subscribe(SLICES, lambda change: self.add(*service_of_slice(change, MANAGER)))
        self.client.subscribe("nodes", self._moved)

    def _moved(self, change: Change) -> None:
        old = labels_of(change.old).get(ZONE) if change.old else None
        if change.type != "DELETED" and old != labels_of(change.new).get(ZONE):
            self.add(*(itself(Change("MODIFIED", "services", s, None, 0))[0]
                       for s in self.client.list("services")))  # fmt: skip

    async def sync(self, key: Key) -> None:
        """Bring the slices of one Service up to date."""
        service = self.client.get("services", key[1], key[0])
        if service is None or is_going(service) or not selects(service):
            return
        try:
            await self._update(service)
        except StatusError as error:
            if namespace_ends(error):
                return
            where = f"{key[0]}/{key[1]}"
            self.event(
                service, "Warning", "FailedToUpdateEndpointSlices",
                f"Error updating Endpoint Slices for Service {where}: {error}",
            )  # fmt: skip
            raise

    async def _update(self, service: Object) -> None:
        present = [
            s
            for s in self.client.list(SLICES, namespace_of(service))
            if labels_of(s).get(SERVICE) == name_of(service)
            and labels_of(s).get(MANAGED_BY) == MANAGER
            and not is_going(s)
        ]
        changes = plan(present, self._wanted(service))
        labels = slice_labels(service)
        for item in changes.kept:
            if labels_of(item) != labels and item not in changes.changed:
                changes.changed.append(clone(item))
        for item in changes.changed:
            item["metadata"]["labels"] = labels
            self._stamp(item)
            await self.client.update(SLICES, item)
        for item in changes.created:
            item["metadata"] = self._metadata(service, labels)
            self._stamp(item)
            await self.client.create(SLICES, item)
        for item in changes.deleted:
            await self.client.delete(SLICES, name_of(item), namespace_of(item))

    def _stamp(self, item: Object) -> None:
        annotations = item["metadata"].get("annotations") or {}
        item["metadata"]["annotations"] = annotations | {TRIGGER_TIME: timestamp(self.clock.now())}

    def _metadata(self, service: Object, labels: dict[str, str]) -> Object:
        return {
            "generateName": f"{name_of(service)}-", "namespace": namespace_of(service),
            "labels": labels, "ownerReferences": [owner_reference(service, "v1", "Service")],
        }  # fmt: skip

    # -- what there should be ------------------------------------------------------------

    def _wanted(self, service: Object) -> dict[bytes, Group]:
        """By address family and ports: the endpoints; an empty one where there are none."""
        found: dict[bytes, Group] = {}
        for family in families_of(service):
            some = False
            for pod in pods_of(self.client, service):
                address = address_of(pod, family)
                if address is None:
                    continue
                some = True
                ports = ports_in(pod, service)
                group = found.setdefault(group_key(family, ports), Group(family, ports, []))
                group.endpoints.append(self._endpoint(service, pod, address))
            if not some:
                found[group_key(family, [])] = Group(family, [], [])
        for group in found.values():
            _hint(service, group.endpoints)
        return found

    def _endpoint(self, service: Object, pod: Object, address: str) -> Object:
        serving, going = is_ready(pod), is_going(pod)
        anyway = bool(service["spec"].get("publishNotReadyAddresses"))
        found: Object = {
            "addresses": [address],
            "conditions": {
                "ready": anyway or (serving and not going),
                "serving": serving, "terminating": going,
            },
            "targetRef": target_of(pod),
        }  # fmt: skip
        node_name = pod["spec"].get("nodeName")
        if node_name:
            found["nodeName"] = node_name
            node = self.client.get("nodes", node_name)
            if node and labels_of(node).get(ZONE):
                found["zone"] = labels_of(node)[ZONE]
        if hostname := hostname_of(pod, service):
            found["hostname"] = hostname
        return found


def slice_labels(service: Object) -> dict[str, str]:
    """The Service's own labels and those of the controller."""
    labels = labels_of(service) | {SERVICE: name_of(service), MANAGED_BY: MANAGER}
    labels.pop(HEADLESS, None)
    return labels | ({HEADLESS: ""} if is_headless(service) else {})


def service_of_slice(change: Change, manager: str) -> list[Key]:
    """The Service of a slice that this controller manages."""
    labels = labels_of(change.new)
    if labels.get(MANAGED_BY) != manager or SERVICE not in labels:
        return []
    return [(namespace_of(change.new), labels[SERVICE])]


def _hint(service: Object, endpoints: list[Object]) -> None:
    """For kube-proxy: which clients an endpoint is for, when traffic shall stay near."""
    wish = service["spec"].get("trafficDistribution")
    if wish not in ("PreferClose", "PreferSameZone", "PreferSameNode"):
        return
    for endpoint in endpoints:
        hints: Object = {}
        if endpoint["conditions"]["ready"] and endpoint.get("zone"):
            hints["forZones"] = [{"name": endpoint["zone"]}]
        if wish == "PreferSameNode" and endpoint.get("nodeName"):
            hints["forNodes"] = [{"name": endpoint["nodeName"]}]
        if hints:
            endpoint["hints"] = hints
