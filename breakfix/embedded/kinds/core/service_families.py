"""The families of a Service's addresses, on a cluster that has IPv4 only."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.kinds.checks import Errors
from breakfix.embedded.kinds.core import service_fields as fields
from breakfix.embedded.kinds.core.service_addresses import family_of, validate_cluster_ips
from breakfix.embedded.objects import Object

_FAMILY = "IPv4"


def keep_allocated(service: Object, old: Object) -> None:
    """An update that does not say what was given out keeps it."""
    spec, was = service["spec"], old["spec"]
    if fields.needs_cluster_ip(spec) and fields.needs_cluster_ip(was):
        for field in ("clusterIP", "clusterIPs"):
            if not spec.get(field) and was.get(field):
                spec[field] = was[field]
    if fields.needs_node_port(spec) and fields.needs_node_port(was):
        _keep_node_ports(spec, was)
    health = "healthCheckNodePort"
    both = fields.needs_health_check(spec) and fields.needs_health_check(was)
    if both and not spec.get(health) and was.get(health):
        spec[health] = was[health]


def _keep_node_ports(spec: Object, was: Object) -> None:
    used = fields.node_ports(spec) & fields.node_ports(was)
    by_name = {p.get("name", ""): p.get("nodePort", 0) for p in was.get("ports") or ()}
    for port in spec.get("ports") or ():
        before = by_name.get(port.get("name", ""), 0)
        if not port.get("nodePort") and before and before not in used:
            port["nodePort"] = before


def normalize(service: Object, old: Object | None) -> None:
    """Let clusterIPs follow a clusterIP that was set or changed alone."""
    spec = service["spec"]
    if old is None:
        if spec.get("clusterIP") and not spec.get("clusterIPs"):
            spec["clusterIPs"] = [spec["clusterIP"]]
        return
    was = old["spec"]
    same_list = spec.get("clusterIPs") == was.get("clusterIPs")
    if spec.get("clusterIP") != was.get("clusterIP") and same_list:
        if spec.get("clusterIP"):
            spec["clusterIPs"] = [spec["clusterIP"]]
        else:
            spec.pop("clusterIPs", None)


def fill(service: Object, old: Object | None) -> list[FieldError]:
    """IpFamilyPolicy and ipFamilies; says what cannot be."""
    spec, was = service["spec"], (old or {}).get("spec") or {}
    if not fields.needs_cluster_ip(spec):
        return []
    bare_headless = spec.get("clusterIP") == fields.HEADLESS and not spec.get("selector")
    if not spec.get("ipFamilyPolicy"):
        default = "RequireDualStack" if bare_headless else "SingleStack"
        spec["ipFamilyPolicy"] = was.get("ipFamilyPolicy") or default
    errors = validate_cluster_ips(spec, was) or list(_counts(spec)) or list(_addresses(spec))
    if errors:
        return errors
    if bare_headless:
        _fill_headless(spec)
        return []
    errors = list(_unconfigured(spec))
    if not errors and not spec.get("ipFamilies"):
        spec["ipFamilies"] = [_FAMILY]
    return errors


def _counts(spec: Object) -> Errors:
    policy = spec["ipFamilyPolicy"]
    if policy != "SingleStack":
        return
    start = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
    for field, shown in (("clusterIPs", "cluster IPs"), ("ipFamilies", "IP families")):
        if len(spec.get(field) or ()) > 1:
            yield invalid("spec.ipFamilyPolicy", policy, f"{start} {shown} are specified")


def _addresses(spec: Object) -> Errors:
    """The families follow the addresses that are asked for."""
    known = spec.get("ipFamilies") or []
    for i, address in enumerate(spec.get("clusterIPs") or ()):
        if address == fields.HEADLESS or i < len(known):
            continue
        if (family := family_of(address)) != _FAMILY:
            words = f"{family} is not configured on this cluster"
            yield invalid(f"spec.clusterIPs[{i}]", spec["clusterIPs"], words)
        else:
            spec["ipFamilies"] = known = [*known, family]


def _fill_headless(spec: Object) -> None:
    found = spec.get("ipFamilies") or [_FAMILY]
    if len(found) == 1 and spec["ipFamilyPolicy"] != "SingleStack":
        found = [*found, "IPv6" if found[0] == "IPv4" else "IPv4"]
    spec["ipFamilies"] = found


def _unconfigured(spec: Object) -> Errors:
    if (policy := spec["ipFamilyPolicy"]) == "RequireDualStack":
        words = "this cluster is not configured for dual-stack services"
        yield invalid("spec.ipFamilyPolicy", policy, words)
    for i, family in enumerate(spec.get("ipFamilies") or ()):
        if family != _FAMILY:
            yield invalid(f"spec.ipFamilies[{i}]", family, "not configured on this cluster")
