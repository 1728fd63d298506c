"""Endpoints, ServiceAccounts and Bindings."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, ip, label, protocol, qualified, unsupported
from breakfix.embedded.kinds.core.service_validation import endpoint_ip
from breakfix.embedded.kinds.core.services import ip_warnings
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, labels_of

_GROUPS = ("addresses", "notReadyAddresses")
_MANAGED_BY = "endpoints.kubernetes.io/managed-by"


class Endpoints(Strategy):
    """Addresses behind a Service, in the old form."""

    create_on_update = True
    has_generation = False

    def default_(self, item: Object) -> None:
        for subset in item.get("subsets") or ():
            for port in subset.get("ports") or ():
                port["protocol"] = port.get("protocol") or "TCP"

    def validate(self, item: Object) -> list[FieldError]:
        errors: list[FieldError] = []
        for i, subset in enumerate(item.get("subsets") or ()):
            errors += _subset(subset, f"subsets[{i}]")
        return errors

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return [] if item.get("subsets") == old.get("subsets") else self.validate(item)

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        del old
        if labels_of(item).get(_MANAGED_BY) == "endpoint-controller":
            return []
        return [
            text
            for i, subset in enumerate(item.get("subsets") or ())
            for group in _GROUPS
            for j, address in enumerate(subset.get(group) or ())
            for text in ip_warnings(f"subsets[{i}].{group}[{j}].ip", address.get("ip", ""))
        ]


def _subset(subset: Object, path: str) -> Errors:
    if not any(subset.get(group) for group in _GROUPS):
        yield required(path, "must specify `addresses` or `notReadyAddresses`")
    for group in _GROUPS:
        for i, address in enumerate(subset.get(group) or ()):
            yield from _address(address, f"{path}.{group}[{i}]")
    ports = subset.get("ports") or []
    for i, port in enumerate(ports):
        at, name, number = f"{path}.ports[{i}]", port.get("name", ""), port.get("port", 0)
        if len(ports) > 1 and not name:
            yield required(f"{at}.name")
        elif name:
            yield from label(f"{at}.name", name)
        yield from each(f"{at}.port", number, names.port_number(number))
        yield from protocol(f"{at}.protocol", port.get("protocol", ""))
        if (app := port.get("appProtocol")) is not None:
            yield from qualified(f"{at}.appProtocol", app)


def _address(address: Object, path: str) -> Errors:
    found = address.get("ip", "")
    yield from ip(f"{path}.ip", found)
    if host := address.get("hostname"):
        yield from label(f"{path}.hostname", host)
    if (node := address.get("nodeName")) is not None:
        yield from each(f"{path}.nodeName", node, names.dns_subdomain(node))
    yield from endpoint_ip(f"{path}.ip", found)


class ServiceAccounts(Strategy):
    """Nothing but metadata is checked."""

    returns_deleted = True
    has_generation = False


class Bindings(Strategy):
    """Not stored: the registry puts the node's name into the pod."""

    has_generation = False

    def validate(self, item: Object) -> list[FieldError]:
        target = item.get("target") or {}
        errors: list[FieldError] = []
        if (kind := target.get("kind", "")) not in ("", "Node"):
            errors.append(unsupported("target.kind", kind, ("Node", "<empty>")))
        if not target.get("name"):
            errors.append(required("target.name"))
        return errors
