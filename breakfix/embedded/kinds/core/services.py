"""Services."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import parse_ip
from breakfix.embedded.kinds.core import service_fields as fields
from breakfix.embedded.kinds.core.service_families import keep_allocated, normalize
from breakfix.embedded.kinds.core.service_update import validate_service_update
from breakfix.embedded.kinds.core.service_validation import (
    validate_load_balancer,
    validate_service,
)
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object, annotations_of

_AFFINITY_SECONDS = 10800
_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"


class Services(Strategy):
    """Addresses and node ports come from `allocation.ServiceAllocator`."""

    returns_deleted = True
    create_on_update = True
    has_generation = False

    def default_(self, item: Object) -> None:
        spec = item.setdefault("spec", {})
        spec["sessionAffinity"] = spec.get("sessionAffinity") or "None"
        _default_affinity(spec)
        kind = spec["type"] = spec.get("type") or "ClusterIP"
        for port in spec.get("ports") or ():
            port["protocol"] = port.get("protocol") or "TCP"
            if port.get("targetPort") in (None, 0, ""):
                port["targetPort"] = port.get("port", 0)
        if fields.is_external(spec):
            spec["externalTrafficPolicy"] = spec.get("externalTrafficPolicy") or "Cluster"
        if kind in ("NodePort", "LoadBalancer", "ClusterIP"):
            spec.setdefault("internalTrafficPolicy", "Cluster")
        if kind == "LoadBalancer":
            spec.setdefault("allocateLoadBalancerNodePorts", True)
        _default_status(item, kind)

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"loadBalancer": {}}
        normalize(item, None)

    def prepare_update(self, item: Object, old: Object) -> None:
        keep_allocated(item, old)
        normalize(item, old)
        fields.drop_for_type(item, old)

    def validate(self, item: Object) -> list[FieldError]:
        return validate_service(item, None)

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return validate_service_update(item, old) + validate_service(item, old)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        return list(validate_load_balancer(item, old))

    def name_error(self, name: str, prefix: bool = False) -> list[str]:
        return names.dns1035_label(name, prefix)

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        del old
        spec, found = item["spec"], []
        if _HINTS in annotations_of(item):
            found.append(f"annotation {_HINTS} is deprecated, please use {_MODE} instead")
        for i, address in enumerate(spec.get("clusterIPs") or ()):
            if address != fields.HEADLESS:
                found += ip_warnings(f"spec.clusterIPs[{i}]", address)
        found += _headless(spec)
        for i, address in enumerate(spec.get("externalIPs") or ()):
            found += ip_warnings(f"spec.externalIPs[{i}]", address)
        return found + _external_name(spec)

    def selectable(self, item: Object) -> dict[str, str]:
        spec = item.get("spec") or {}
        return {"spec.clusterIP": spec.get("clusterIP", ""), "spec.type": spec.get("type", "")}


def _default_affinity(spec: Object) -> None:
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        config = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
        if config.get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": _AFFINITY_SECONDS}}


def _default_status(item: Object, kind: str) -> None:
    balancer = item.setdefault("status", {}).setdefault("loadBalancer", {})
    if kind == "LoadBalancer":
        for ingress in balancer.get("ingress") or ():
            if ingress.get("ip"):
                ingress.setdefault("ipMode", "VIP")


def _headless(spec: Object) -> list[str]:
    if spec.get("type") != "ClusterIP" or spec.get("clusterIP") != fields.HEADLESS:
        return []
    words = "is ignored for headless services"
    found = [f"spec.{f} {words}" for f in ("loadBalancerIP", "externalIPs") if spec.get(f)]
    if spec.get("sessionAffinity") != "None":
        found.append(f"spec.SessionAffinity {words}")
    return found


def _external_name(spec: Object) -> list[str]:
    if spec.get("type") == "ExternalName":
        ignored = 'spec.externalIPs is ignored when spec.type is "ExternalName"'
        return [ignored] if spec.get("externalIPs") else []
    ignored = 'spec.externalName is ignored when spec.type is not "ExternalName"'
    return [ignored] if spec.get("externalName") else []


def ip_warnings(path: str, value: str) -> list[str]:
    """Addresses in forms that will be refused one day."""
    address = parse_ip(value)
    if address is None or str(address) == value:
        return []
    if address.version == 4:  # noqa: PLR2004
        return [
            f'{path}: non-standard IP address "{value}" will be considered invalid in a future '
            f'Kubernetes release: use "{address}"'
        ]
    return [f'{path}: IPv6 address "{value}" should be in RFC 5952 canonical format ("{address}")']
