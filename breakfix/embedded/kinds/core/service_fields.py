"""What the fields of a Service mean for each other."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.objects import Object

HEADLESS = "None"


def is_headless(spec: Object) -> bool:
    """Without an address of its own."""
    return spec.get("clusterIPs") == [HEADLESS]


def needs_cluster_ip(spec: Object) -> bool:
    """Everything but a mere name."""
    return spec.get("type") != "ExternalName"


def needs_node_port(spec: Object) -> bool:
    """Reached through the nodes."""
    return spec.get("type") in ("NodePort", "LoadBalancer")


def is_external(spec: Object) -> bool:
    """Reached from outside of the cluster."""
    return needs_node_port(spec) or (
        spec.get("type") == "ClusterIP" and bool(spec.get("externalIPs"))
    )


def needs_health_check(spec: Object) -> bool:
    """Load balancers must know which nodes have endpoints."""
    local = spec.get("externalTrafficPolicy") == "Local"
    return local and spec.get("type") == "LoadBalancer"


def node_ports(spec: Object) -> set[int]:
    """Ports of the nodes that its ports use."""
    return {p["nodePort"] for p in spec.get("ports") or () if p.get("nodePort")}


def drop_for_type(item: Object, old: Object) -> None:
    """After a change of the type: what the old type needed goes, unless it was changed too."""
    spec, was = item["spec"], old["spec"]
    if needs_cluster_ip(was) and not needs_cluster_ip(spec):
        _drop_addresses(spec, was)
    if needs_node_port(was) and not needs_node_port(spec):
        _drop_node_ports(spec, was)
    for field, needed in _NEEDED.items():
        if needed(was) and not needed(spec):
            _drop_same(spec, was, field)
    if not _is_balanced(spec):
        item["status"] = {**(old.get("status") or {}), "loadBalancer": {}}


def _is_balanced(spec: Object) -> bool:
    return spec.get("type") == "LoadBalancer"


_NEEDED: dict[str, Callable[[Object], bool]] = {
    "healthCheckNodePort": needs_health_check,
    "allocateLoadBalancerNodePorts": _is_balanced,
    "loadBalancerClass": _is_balanced,
    "externalTrafficPolicy": is_external,
}


def _drop_node_ports(spec: Object, was: Object) -> None:
    if node_ports(was) >= node_ports(spec):
        for port in spec.get("ports") or ():
            port.pop("nodePort", None)


def _drop_addresses(spec: Object, was: Object) -> None:
    if all(spec.get(f) == was.get(f) for f in ("clusterIP", "clusterIPs")):
        spec.pop("clusterIP", None)
        spec.pop("clusterIPs", None)
    _drop_same(spec, was, "ipFamilies")
    _drop_same(spec, was, "ipFamilyPolicy")


def _drop_same(spec: Object, was: Object, field: str) -> None:
    if spec.get(field) == was.get(field):
        spec.pop(field, None)
