"""What may change in a Service."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid
from breakfix.embedded.kinds.checks import Errors
from breakfix.embedded.kinds.core import service_fields as fields
from breakfix.embedded.objects import Object

_ONCE = "may not change once set"


def validate_service_update(item: Object, old: Object) -> list[FieldError]:
    """What is wrong with the change alone."""
    spec, was = item["spec"], old["spec"]
    errors: list[FieldError] = []
    if fields.needs_cluster_ip(spec) and fields.needs_cluster_ip(was):
        headless = fields.is_headless(spec), fields.is_headless(was)
        if not all(headless):
            errors += _addresses(spec, was)
        if not any(headless):
            errors += _families(spec, was)
    if spec.get("type") == was.get("type") == "LoadBalancer":
        name = spec.get("loadBalancerClass")
        if name != was.get("loadBalancerClass"):
            errors.append(invalid("spec.loadBalancerClass", name, _ONCE))
    if fields.needs_health_check(was) and fields.needs_health_check(spec):
        at = "healthCheckNodePort"
        if spec.get(at) != was.get(at):
            errors.append(forbidden(f"spec.{at}", "field is immutable"))
    return errors


def _addresses(spec: Object, was: Object) -> Errors:
    new, old = spec.get("clusterIPs") or [], was.get("clusterIPs") or []
    shown = new or None
    if len(new) == len(old):
        for i, address in enumerate(old):
            if address != new[i]:
                yield invalid(f"spec.clusterIPs[{i}]", new, _ONCE)
        return
    if len(old) > len(new) and not new:
        yield invalid("spec.clusterIPs[0]", shown, "primary clusterIP can not be unset")
    if old and new and new[0] != old[0]:
        yield invalid("spec.clusterIPs[0]", new, _ONCE)
    if len(old) > len(new) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        words = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        yield invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), words)


def _families(spec: Object, was: Object) -> Errors:
    new, old = spec.get("ipFamilies") or [], was.get("ipFamilies") or []
    at = "spec.ipFamilies[0]"
    if len(new) == len(old):
        for i, family in enumerate(old):
            if family != new[i]:
                yield invalid(at, new, _ONCE)
        return
    if len(old) > len(new) and not spec.get("clusterIPs"):
        yield invalid(at, new or None, "primary ipFamily can not be unset")
    if old and new and new[0] != old[0]:
        yield invalid(at, spec.get("clusterIPs"), _ONCE)
    if len(old) > len(new) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        words = "must be set to 'SingleStack' when releasing the secondary ipFamily"
        yield invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), words)
