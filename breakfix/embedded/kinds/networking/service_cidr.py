"""ServiceCIDRs and IPAddresses."""

from __future__ import annotations

from breakfix.embedded.fields import IMMUTABLE, FieldError, invalid, required
from breakfix.embedded.kinds import addresses, names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import WHOLE_METADATA, Strategy
from breakfix.embedded.objects import Object

_PATH, _MOST = "spec.cidrs", 2


class ServiceCIDRs(Strategy):
    """servicecidrs.networking.k8s.io: its ranges do not change, a second may be added."""

    status_keeps = WHOLE_METADATA
    has_generation = False

    def prepare_create(self, item: Object) -> None:
        item["status"] = {}

    def validate(self, item: Object) -> list[FieldError]:
        cidrs = (item.get("spec") or {}).get("cidrs") or []
        if not cidrs:
            return [required(_PATH, "at least one CIDR required")]
        if len(cidrs) > _MOST:
            return [invalid(_PATH, {"CIDRs": cidrs}, "may only hold up to 2 values")]
        found = []
        for at, text in enumerate(cidrs):
            found += addresses.strict_cidr(f"{_PATH}[{at}]", text)
        families = [n.version for n in map(addresses.parse_cidr, cidrs) if n]
        if len(cidrs) == _MOST and families in ([4, 4], [6, 6]):
            why = (
                "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and "
                "2001:db8::/64"
            )
            found.append(invalid(_PATH, cidrs, why))
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        new, before = (x.get("spec", {}).get("cidrs") or [] for x in (item, old))
        grows = len(before) == 1 and len(new) == _MOST
        if len(new) != len(before) and not grows:
            return [invalid(_PATH, new, IMMUTABLE)]
        pairs = enumerate(zip(new, before, strict=False))
        found = [invalid(f"{_PATH}[{at}]", n, IMMUTABLE) for at, (n, b) in pairs if n != b]
        return found + (self.validate(item) if grows else [])


class IPAddresses(Strategy):
    """ipaddresses.networking.k8s.io: named by the address, owned by a Service."""

    has_generation = False

    def name_error(self, name: str, prefix: bool = False) -> list[str]:
        del prefix
        return [e.detail for e in addresses.strict_ip("", name)]

    def validate(self, item: Object) -> list[FieldError]:
        parent = (item.get("spec") or {}).get("parentRef")
        path = "spec.parentRef"
        if parent is None:
            return [required(path)]
        found = checks.subdomain(f"{path}.group", parent["group"]) if parent.get("group") else []
        for name in ("resource", "name", "namespace"):
            value = parent.get(name, "")
            if not value and name != "namespace":
                found.append(required(f"{path}.{name}"))
            found += checks.each(f"{path}.{name}", value, names.path_segment(value))
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        new, before = (x.get("spec", {}).get("parentRef") for x in (item, old))
        return checks.immutable("spec.parentRef", new, before)

    def selectable(self, item: Object) -> dict[str, str]:
        return {"metadata.name": item["metadata"].get("name", "")}
