"""EndpointSlices."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, duplicate, invalid, required, too_many
from breakfix.embedded.kinds import addresses, names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, labels_of

_TYPES = ("FQDN", "IPv4", "IPv6")
_MOST_ENDPOINTS, _MOST_PORTS, _MOST_ADDRESSES, _MOST_HINTS = 1000, 20000, 100, 8


class EndpointSlices(Strategy):
    """endpointslices.discovery.k8s.io."""

    def default_(self, item: Object) -> None:
        """Ports are nameless and TCP."""
        item.setdefault("endpoints", None)
        item.setdefault("ports", None)
        for port in item["ports"] or []:
            port.setdefault("name", "")
            port.setdefault("protocol", "TCP")

    def prepare_update(self, item: Object, old: Object) -> None:
        """Labels count as a change."""
        if not checks.same(labels_of(item), labels_of(old)):
            item["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def validate(self, item: Object) -> list[FieldError]:
        return self._validate(item, None)

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        fixed = checks.immutable("addressType", item.get("addressType"), old.get("addressType"))
        return self._validate(item, old) + fixed

    def _validate(self, item: Object, old: Object | None) -> list[FieldError]:
        kind = item.get("addressType", "")
        found = [] if kind else [required("addressType")]
        found += checks.one_of("addressType", kind, _TYPES) if kind else []
        found += _validate_ports(item.get("ports") or [])
        endpoints = item.get("endpoints") or []
        if old is not None and endpoints == (old.get("endpoints") or []):
            return found
        if len(endpoints) > _MOST_ENDPOINTS:
            return [*found, too_many("endpoints", len(endpoints), _MOST_ENDPOINTS)]
        for at, endpoint in enumerate(endpoints):
            found += _validate_endpoint(endpoint, kind, f"endpoints[{at}]")
        return found

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        if old is None and item.get("addressType") == "FQDN":
            return ["spec.addressType: FQDN endpoints are deprecated"]
        return []


def _validate_ports(ports: list[Object]) -> list[FieldError]:
    if len(ports) > _MOST_PORTS:
        return [too_many("ports", len(ports), _MOST_PORTS)]
    found: list[FieldError] = []
    seen: set[str] = set()
    for at, port in enumerate(ports):
        name, path = port["name"], f"ports[{at}]"
        found += checks.label(f"{path}.name", name) if name else []
        if name in seen:
            found.append(duplicate(f"{path}.name", name))
        seen.add(name)
        known = ("SCTP", "TCP", "UDP")
        found += checks.one_of(f"{path}.protocol", port["protocol"], known)
        if port.get("appProtocol") is not None:
            found += checks.qualified(f"{path}.appProtocol", port["appProtocol"])
    return found


def _validate_endpoint(endpoint: Object, kind: str, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    given = endpoint.get("addresses") or []
    if not given:
        found.append(required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(given) > _MOST_ADDRESSES:
        found.append(too_many(f"{path}.addresses", len(given), _MOST_ADDRESSES))
    for at, address in enumerate(given):
        found += _validate_address(address, kind, f"{path}.addresses", at)
    if node := endpoint.get("nodeName"):
        found += checks.subdomain(f"{path}.nodeName", node)
    if host := endpoint.get("hostname"):
        found += checks.label(f"{path}.hostname", host)
    return found + _validate_hints(endpoint.get("hints") or {}, f"{path}.hints")


def _validate_address(text: str, kind: str, path: str, at: int) -> list[FieldError]:
    field = f"{path}[{at}]"
    if kind == "FQDN":
        return addresses.qualified_domain(field, text)
    if kind not in ("IPv4", "IPv6"):
        return []
    check = addresses.legacy_ip if kind == "IPv4" else addresses.strict_ip
    if found := check(field, text):
        return found
    parsed = addresses.parse_ip(text)
    if parsed is not None and f"IPv{parsed.version}" != kind:
        found = [invalid(path, text, f"must be an {kind} address")]
    return found + addresses.endpoint_ip(field, text)


def _validate_hints(hints: Object, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for name, rule in (("forZones", names.label_value), ("forNodes", names.dns_subdomain)):
        given = [h.get("name", "") for h in hints.get(name) or []]
        if len(given) > _MOST_HINTS:
            return [*found, too_many(f"{path}.{name}", len(given), _MOST_HINTS)]
        for at, value in enumerate(given):
            field = f"{path}.{name}[{at}].name"
            found += [duplicate(field, value)] if value in given[:at] else []
            found += checks.each(field, value, rule(value))
    return found
