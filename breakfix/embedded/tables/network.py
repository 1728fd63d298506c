"""The cells of services, their endpoints, ingresses and network policies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.tables.durations import age
from breakfix.embedded.tables.workloads import shown_labels, shown_selector

_SHOWN = 3


def _several(texts: Iterable[str], nothing: str) -> str:
    """At most three of them, and how many more there are."""
    known = list(texts)
    more = f" + {len(known) - _SHOWN} more..." if len(known) > _SHOWN else ""
    return ",".join(known[:_SHOWN]) + more or nothing


def _balancer(item: Object) -> list[str]:
    found = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return sorted({i.get("ip") or i.get("hostname") or "" for i in found} - {""})


def _external(item: Object, spec: Object) -> str:
    fixed = spec.get("externalIPs") or []
    match spec.get("type"):
        case "ClusterIP" | "NodePort":
            return ",".join(fixed) or "<none>"
        case "LoadBalancer":
            return ",".join(_balancer(item) + fixed) or "<pending>"
        case "ExternalName":
            return str(spec.get("externalName", ""))
    return "<unknown>"


def _port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', '')}"


def service(item: Object, now: datetime) -> list[Any]:
    """Service."""
    spec = item.get("spec") or {}
    inside = spec.get("clusterIPs") or ["<none>"]
    ports = ",".join(map(_port, spec.get("ports") or [])) or "<none>"
    return [
        name_of(item), spec.get("type", ""), inside[0], _external(item, spec), ports,
        age(item, now), shown_labels(spec.get("selector")),
    ]  # fmt: skip


def _joined(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _addresses(subset: Object) -> list[str]:
    ips = [a["ip"] for a in subset.get("addresses") or []]
    ports = subset.get("ports") or []
    return [_joined(ip, p["port"]) for p in ports for ip in ips] if ports else ips


def endpoints(item: Object, now: datetime) -> list[Any]:
    """Endpoints."""
    subsets = item.get("subsets") or []
    known = [text for subset in subsets for text in _addresses(subset)]
    return [name_of(item), _several(known, "" if subsets else "<none>"), age(item, now)]


def endpointslice(item: Object, now: datetime) -> list[Any]:
    """EndpointSlice."""
    ports = [str(p["port"] if p.get("port") is not None else p.get("name", "*"))
             for p in item.get("ports") or []]  # fmt: skip
    known = [a for e in item.get("endpoints") or [] for a in e.get("addresses") or []]
    return [
        name_of(item), item.get("addressType", ""), _several(ports, "<unset>"),
        _several(known, "<unset>"), age(item, now),
    ]  # fmt: skip


def _hosts(rules: list[Object]) -> str:
    hosts: list[str] = []
    for rule in rules:
        if len(hosts) == _SHOWN:
            return ",".join(hosts) + f" + {len(rules) - _SHOWN} more..."
        hosts += [rule["host"]] if rule.get("host") else []
    return ",".join(hosts) or "*"


def ingress(item: Object, now: datetime) -> list[Any]:
    """Ingress."""
    spec = item.get("spec") or {}
    return [
        name_of(item), spec.get("ingressClassName") or "<none>", _hosts(spec.get("rules") or []),
        ",".join(_balancer(item)), "80, 443" if spec.get("tls") else "80", age(item, now),
    ]  # fmt: skip


def ingressclass(item: Object, now: datetime) -> list[Any]:
    """IngressClass."""
    spec, shown = item.get("spec") or {}, "<none>"
    if parameters := spec.get("parameters"):
        group = parameters.get("apiGroup")
        kind = f"{parameters['kind']}.{group}" if group is not None else parameters["kind"]
        shown = f"{kind}/{parameters['name']}"
    return [name_of(item), spec.get("controller", ""), shown, age(item, now)]


def networkpolicy(item: Object, now: datetime) -> list[Any]:
    """NetworkPolicy."""
    selector = (item.get("spec") or {}).get("podSelector") or {}
    return [name_of(item), shown_selector(selector), age(item, now)]


def servicecidr(item: Object, now: datetime) -> list[Any]:
    """ServiceCIDR."""
    return [name_of(item), ",".join((item.get("spec") or {}).get("cidrs") or []), age(item, now)]


def ipaddress(item: Object, now: datetime) -> list[Any]:
    """IPAddress: a cell more than it has columns, as the real one."""
    parent, shown = (item.get("spec") or {}).get("parentRef"), "<none>"
    if parent:
        resource = parent.get("resource", "")
        group = parent.get("group")
        parts = [f"{resource}.{group}" if group else resource, parent.get("namespace")]
        shown = "/".join([p for p in parts if p] + [parent.get("name", "")])
    return [name_of(item), shown, age(item, now)]


CELLS = {
    "services": service,
    "endpoints": endpoints,
    "endpointslices.discovery.k8s.io": endpointslice,
    "ingresses.networking.k8s.io": ingress,
    "ingressclasses.networking.k8s.io": ingressclass,
    "networkpolicies.networking.k8s.io": networkpolicy,
    "servicecidrs.networking.k8s.io": servicecidr,
    "ipaddresses.networking.k8s.io": ipaddress,
}
