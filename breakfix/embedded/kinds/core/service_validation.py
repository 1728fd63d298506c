"""Validation of Services."""

from __future__ import annotations

import ipaddress

from breakfix.embedded.fields import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import (
    Errors,
    cidr,
    each,
    ip,
    label,
    one_of,
    parse_ip,
    port,
    protocol,
    qualified,
    unsupported,
)
from breakfix.embedded.kinds.core import service_fields as fields
from breakfix.embedded.kinds.core.service_addresses import validate_cluster_ips
from breakfix.embedded.kinds.label_selectors import labels
from breakfix.embedded.objects import Object, annotations_of

_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_MAX_AFFINITY = 86400  # seconds
_BALANCED = "may only be used when `type` is 'LoadBalancer'"


def validate_service(item: Object, old: Object | None) -> list[FieldError]:
    """What is wrong with a Service beyond its metadata."""
    spec, was = item["spec"], (old or {}).get("spec") or {}
    errors: list[FieldError] = []
    if not spec.get("ports") and not fields.is_headless(spec) and fields.needs_cluster_ip(spec):
        errors.append(required("spec.ports"))
    errors += _by_type(spec)
    errors += _ports(spec)
    if selector := spec.get("selector"):
        errors += labels("spec.selector", selector)
    errors += _affinity(spec)
    errors += validate_cluster_ips(spec, was)
    for i, address in enumerate(spec.get("externalIPs") or ()):
        errors += _external_ip(address, was.get("externalIPs") or [], f"spec.externalIPs[{i}]")
    errors += one_of("spec.type", spec.get("type"), _TYPES)
    errors += _node_ports(spec)
    errors += _source_ranges(item, was)
    errors += _load_balancer_fields(spec)
    errors += _traffic(spec)
    return errors


def _by_type(spec: Object) -> Errors:
    kind = spec.get("type")
    if kind in ("LoadBalancer", "NodePort") and fields.is_headless(spec):
        words = f"may not be set to 'None' for {kind} services"
        yield invalid("spec.clusterIPs[0]", fields.HEADLESS, words)
    if kind != "ExternalName":
        return
    for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(field):
            yield forbidden(f"spec.{field}", "may not be set for ExternalName services")
    name = spec.get("externalName", "").removesuffix(".")
    if name:
        yield from each("spec.externalName", name, names.dns_subdomain(name))
    else:
        yield required("spec.externalName")


def _ports(spec: Object) -> Errors:
    ports = spec.get("ports") or []
    seen: set[str] = set()
    for i, found in enumerate(ports):
        at, name = f"spec.ports[{i}]", found.get("name", "")
        if len(ports) > 1 and not name:
            yield required(f"{at}.name")
        elif name:
            yield from label(f"{at}.name", name)
            if name in seen:
                yield duplicate(f"{at}.name", name)
        seen.add(name)
        number = found.get("port", 0)
        yield from each(f"{at}.port", number, names.port_number(number))
        yield from protocol(f"{at}.protocol", found.get("protocol", ""))
        yield from port(f"{at}.targetPort", found.get("targetPort", 0))
        if (app := found.get("appProtocol")) is not None:
            yield from qualified(f"{at}.appProtocol", app)


def _affinity(spec: Object) -> Errors:
    kind = spec.get("sessionAffinity")
    yield from one_of("spec.sessionAffinity", kind, ("ClientIP", "None"))
    config, at = spec.get("sessionAffinityConfig"), "spec.sessionAffinityConfig"
    if kind == "ClientIP":
        seconds = ((config or {}).get("clientIP") or {}).get("timeoutSeconds")
        if seconds is None:
            yield required(
                f"{at}.clientIP.timeoutSeconds", "when session affinity type is ClientIP"
            )
        elif not 0 < seconds <= _MAX_AFFINITY:
            words = f"must be greater than 0 and less than {_MAX_AFFINITY}"
            yield invalid(f"{at}.clientIP.timeoutSeconds", seconds, words)
    elif kind == "None" and config is not None:
        yield forbidden(at, "must not be set when session affinity is None")


def _external_ip(address: str, old: list[str], path: str) -> Errors:
    errors = list(ip(path, address, old))
    yield from errors or endpoint_ip(path, address)


def endpoint_ip(path: str, value: str) -> Errors:
    """An address that packets can be sent to from elsewhere."""
    address = parse_ip(value)
    if address is None:
        yield invalid(path, value, "must be a valid IP address")
        return
    if address.is_unspecified:
        yield invalid(path, value, f"may not be unspecified ({value})")
    if address.is_loopback:
        yield invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        words = "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
        yield invalid(path, value, words)
    if address in ipaddress.ip_network("224.0.0.0/24") or address in _LINK_LOCAL_MULTICAST:
        words = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
        yield invalid(path, value, words)


_LINK_LOCAL_MULTICAST = ipaddress.ip_network("ff02::/16")


def _node_ports(spec: Object) -> Errors:
    ports = spec.get("ports") or []
    if spec.get("type") == "ClusterIP":
        for i, found in enumerate(ports):
            if found.get("nodePort"):
                words = "may not be used when `type` is 'ClusterIP'"
                yield forbidden(f"spec.ports[{i}].nodePort", words)
    seen: set[tuple[str, int]] = set()
    for i, found in enumerate(ports):
        key = (found.get("protocol", ""), found.get("nodePort", 0))
        if key[1] and key in seen:
            yield duplicate(f"spec.ports[{i}].nodePort", key[1])
        seen.add(key)
    known: set[tuple[str, int]] = set()
    for i, found in enumerate(ports):
        key = (found.get("protocol", ""), found.get("port", 0))
        if key in known:
            yield duplicate(f"spec.ports[{i}]", _port_key(*key))
        known.add(key)


def _port_key(proto: str, number: int) -> Object:
    """As the server prints the part of a port that must be unique."""
    return {
        "Name": "", "Protocol": proto, "AppProtocol": None, "Port": number, "TargetPort": 0,
        "NodePort": 0,
    }  # fmt: skip


def _source_ranges(item: Object, was: Object) -> Errors:
    spec, at = item["spec"], "spec.LoadBalancerSourceRanges"
    balanced = spec.get("type") == "LoadBalancer"
    if ranges := spec.get("loadBalancerSourceRanges"):
        if not balanced:
            yield forbidden(at, _BALANCED)
        old = [text.strip() for text in was.get("loadBalancerSourceRanges") or ()]
        for i, text in enumerate(ranges):
            yield from cidr(f"{at}[{i}]", text.strip(), old)
    elif (text := annotations_of(item).get(_RANGES)) is not None:
        at = f"metadata.annotations[{_RANGES}]"
        if not balanced:
            yield forbidden(at, _BALANCED)
        for part in filter(None, text.strip().split(",")):
            yield from cidr(at, part.strip())


def _load_balancer_fields(spec: Object) -> Errors:
    balanced = spec.get("type") == "LoadBalancer"
    if spec.get("allocateLoadBalancerNodePorts") is not None and not balanced:
        yield forbidden("spec.allocateLoadBalancerNodePorts", _BALANCED)
    if (name := spec.get("loadBalancerClass")) is not None:
        if balanced:
            yield from qualified("spec.loadBalancerClass", name)
        else:
            yield forbidden("spec.loadBalancerClass", _BALANCED)


def _traffic(spec: Object) -> Errors:
    policy, at = spec.get("externalTrafficPolicy", ""), "spec.externalTrafficPolicy"
    if fields.is_external(spec):
        yield from one_of(at, policy, ("Cluster", "Local"))
    elif policy:
        yield invalid(at, policy, "may only be set for externally-accessible services")
    yield from _health_check(spec)
    internal = spec.get("internalTrafficPolicy")
    if internal is None and spec.get("type") in ("ClusterIP", "NodePort", "LoadBalancer"):
        yield required("spec.internalTrafficPolicy")
    elif internal is not None and internal not in ("Cluster", "Local"):
        yield not_supported("spec.internalTrafficPolicy", internal, ("Cluster", "Local"))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in _DISTRIBUTIONS:
        yield unsupported("spec.trafficDistribution", distribution, _DISTRIBUTIONS)


def _health_check(spec: Object) -> Errors:
    number, at = spec.get("healthCheckNodePort", 0), "spec.healthCheckNodePort"
    if not fields.needs_health_check(spec):
        if number:
            words = (
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is "
                "'Local'"
            )
            yield invalid(at, number, words)
    elif number:  # else the allocator gives one
        yield from each(at, number, names.port_number(number))


def validate_load_balancer(item: Object, old: Object) -> Errors:
    """What a load balancer's controller may write into the status."""
    ingress = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    at = "status.loadBalancer.ingress"
    if ingress and item["spec"].get("type") != "LoadBalancer":
        yield forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")
        return
    was = ((old.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    known = [entry["ip"] for entry in was if entry.get("ip")]
    for i, entry in enumerate(ingress):
        yield from _ingress(entry, known, f"{at}[{i}]")


def _ingress(entry: Object, known: list[str], path: str) -> Errors:
    address, mode, host = entry.get("ip"), entry.get("ipMode"), entry.get("hostname")
    if address:
        yield from ip(f"{path}.ip", address, known)
    if mode is None and address:
        yield required(f"{path}.ipMode", "must be specified when `ip` is set")
    elif mode is not None and not address:
        yield forbidden(f"{path}.ipMode", "may not be specified when `ip` is not set")
    elif mode not in (None, "VIP", "Proxy"):
        yield not_supported(f"{path}.ipMode", mode, ("Proxy", "VIP"))
    if host:
        yield from each(f"{path}.hostname", host, names.dns_subdomain(host))
        if parse_ip(host) is not None:
            yield invalid(f"{path}.hostname", host, "must be a DNS name, not an IP address")
