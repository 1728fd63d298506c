"""Which pods stand behind a Service, and where each of its ports leads."""

from __future__ import annotations

from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Key, key_of
from breakfix.embedded.controllers.pod_helpers import is_finished
from breakfix.embedded.objects import Object, labels_of, name_of, namespace_of
from breakfix.embedded.selectors import matches_all

HEADLESS = "service.kubernetes.io/headless"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"


def selects(service: Object) -> bool:
    """Does the cluster itself find this Service's endpoints?"""
    spec = service["spec"]
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName"


def services_of(client: Client, change: Change) -> list[Key]:
    """The Services that select a changed pod, before or after."""
    found: dict[Key, None] = {}
    for pod in (change.new, change.old):
        if pod is None:
            continue
        labels = labels_of(pod)
        for service in client.list("services", namespace_of(pod)):
            if matches_all(service["spec"].get("selector"), labels):
                found[key_of(service)] = None
    return list(found)


def pods_of(client: Client, service: Object) -> list[Object]:
    """The pods that have an address and have not ended, by name."""
    selector = service["spec"]["selector"]
    found = [
        p
        for p in client.list("pods", namespace_of(service))
        if matches_all(selector, labels_of(p)) and not is_finished(p) and addresses_of(p)
    ]
    return sorted(found, key=name_of)


def addresses_of(pod: Object) -> list[str]:
    """All its IP addresses."""
    status = pod.get("status") or {}
    many = [a["ip"] for a in status.get("podIPs") or [] if a.get("ip")]
    return many or ([status["podIP"]] if status.get("podIP") else [])


def families_of(service: Object) -> list[str]:
    """IPv4, IPv6 or both."""
    return service["spec"].get("ipFamilies") or ["IPv4"]


def address_of(pod: Object, family: str) -> str | None:
    """Its address of this family."""
    wants_colon = family == "IPv6"
    return next((a for a in addresses_of(pod) if (":" in a) == wants_colon), None)


def is_headless(service: Object) -> bool:
    """Has it no address of its own?"""
    return service["spec"].get("clusterIP") in ("None", "", None)


def hostname_of(pod: Object, service: Object) -> str | None:
    """The name that DNS gives the pod under the Service."""
    spec = pod["spec"]
    if spec.get("hostname") and spec.get("subdomain") == name_of(service):
        return str(spec["hostname"])
    return None


def target_of(pod: Object) -> Object:
    """The reference to the pod."""
    return {
        "kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod),
        "uid": pod["metadata"]["uid"],
    }  # fmt: skip


def port_number(pod: Object, port: Object) -> int | None:
    """The number that a Service's port means in this pod; None if it has no such port."""
    target = port.get("targetPort") or port["port"]
    if isinstance(target, int):
        return target
    protocol = port.get("protocol", "TCP")
    for container in [*pod["spec"]["containers"], *_sidecars(pod)]:
        for own in container.get("ports") or []:
            if own.get("name") == target and own.get("protocol", "TCP") == protocol:
                return int(own["containerPort"])
    return None


def _sidecars(pod: Object) -> list[Object]:
    inits = pod["spec"].get("initContainers") or []
    return [c for c in inits if c.get("restartPolicy") == "Always"]


def ports_in(pod: Object, service: Object) -> list[Object]:
    """The Service's ports that this pod has, as endpoints say them."""
    found = []
    for port in service["spec"].get("ports") or []:
        number = port_number(pod, port)
        if number is None:
            continue
        entry = {"port": number, "protocol": port.get("protocol", "TCP")}
        if port.get("name"):
            entry["name"] = port["name"]
        if port.get("appProtocol"):
            entry["appProtocol"] = port["appProtocol"]
        found.append(entry)
    return found
