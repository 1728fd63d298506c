"""Nodes."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, duplicate, forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import resource_names as resources
from breakfix.embedded.kinds.checks import Errors, cidr, each, unsupported
from breakfix.embedded.kinds.pod_defaults import round_quantities
from breakfix.embedded.kinds.pod_scheduling import EFFECTS
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_INFO = (
    "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion",
    "kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture",
)  # fmt: skip


class Nodes(Strategy):
    """A node may be created with its status: kubelets register themselves so."""

    has_generation = False
    status_at_creation = True

    def default_(self, item: Object) -> None:
        item.setdefault("spec", {})
        status = item.setdefault("status", {})
        status.setdefault("daemonEndpoints", {}).setdefault("kubeletEndpoint", {"Port": 0})
        info = status.setdefault("nodeInfo", {})
        for field in _INFO:
            info.setdefault(field, "")
        if capacity := status.get("capacity"):
            round_quantities(capacity)
            status.setdefault("allocatable", dict(capacity))
        if allocatable := status.get("allocatable"):
            round_quantities(allocatable)

    def prepare_create(self, item: Object) -> None:
        self.default_(item)  # the status may have been dropped
        item["spec"].pop("configSource", None)
        item["status"].pop("config", None)

    def prepare_update(self, item: Object, old: Object) -> None:
        if "configSource" not in (old.get("spec") or {}):
            item["spec"].pop("configSource", None)

    def validate(self, item: Object) -> list[FieldError]:
        spec = item.get("spec") or {}
        errors = list(_taints(spec.get("taints") or [], "metadata.taints"))
        errors += _resources(item)
        ranges = spec.get("podCIDRs") or []
        for i, found in enumerate(ranges):
            errors += cidr(f"spec.podCIDRs[{i}]", found)
        families = {":" in found for found in ranges}
        if len(ranges) > 1 and len(families) != len(ranges):
            words = "may specify no more than one CIDR for each IP family"
            errors.append(invalid("spec.podCIDRs", ranges, words))
        return errors

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return self.validate(item) + _changes(item, old)

    def validate_status_update(self, item: Object, old: Object) -> list[FieldError]:
        return [*_resources(item), *_changes(item, old)]

    def warnings(self, item: Object, old: Object | None) -> list[str]:
        del old
        if (item.get("spec") or {}).get("externalID"):
            return ["spec.externalID: this field is deprecated, and is unused by Kubernetes"]
        return []

    def selectable(self, item: Object) -> dict[str, str]:
        off = (item.get("spec") or {}).get("unschedulable")
        return {"spec.unschedulable": "true" if off else "false"}


def _resources(item: Object) -> Errors:
    status = item.get("status") or {}
    for kind in ("capacity", "allocatable"):
        for name, text in (status.get(kind) or {}).items():
            yield from resources.resource_quantity(f"status.{kind}.{name}", name, text)


def _taints(taints: list[Object], path: str) -> Errors:
    seen: set[tuple[str, str]] = set()
    for i, taint in enumerate(taints):
        at = f"{path}[{i}]"
        key, value, effect = (taint.get(f, "") for f in ("key", "value", "effect"))
        yield from each(f"{at}.key", key, names.qualified_name(key))
        if words := names.label_value(value):
            yield invalid(f"{at}.value", value, ";".join(words))
        if not effect:
            yield required(f"{at}.effect")
        elif effect not in EFFECTS:
            yield unsupported(f"{at}.effect", effect, EFFECTS)
        if (key, effect) in seen:
            yield _twice(at, taint)
        seen.add((key, effect))


def _twice(path: str, taint: Object) -> FieldError:
    shown = {
        "Key": taint.get("key", ""), "Value": taint.get("value", ""),
        "Effect": taint.get("effect", ""), "TimeAdded": taint.get("timeAdded"),
    }  # fmt: skip
    error = duplicate(path, shown)
    words = "taints must be unique by key and effect pair"
    return FieldError(error.field, error.words, error.value, words)


def _ranges(spec: Object) -> list[str]:
    """Of the two fields the older one is meant where they disagree."""
    found: list[str] = spec.get("podCIDRs") or []
    first = spec.get("podCIDR")
    return [first] if first and found[:1] != [first] else found


def _changes(item: Object, old: Object) -> list[FieldError]:
    spec, was = item.get("spec") or {}, old.get("spec") or {}
    errors: list[FieldError] = []
    seen: list[Object] = []
    for i, address in enumerate((item.get("status") or {}).get("addresses") or ()):
        if address in seen:
            shown = {"Type": address.get("type", ""), "Address": address.get("address", "")}
            errors.append(duplicate(f"status.addresses[{i}]", shown))
        seen.append(address)
    if was.get("podCIDRs") and was["podCIDRs"] != _ranges(spec):
        words = 'node updates may not change podCIDR except from "" to valid'
        errors.append(forbidden("spec.podCIDRs", words))
    if was.get("providerID") and was["providerID"] != spec.get("providerID"):
        words = 'node updates may not change providerID except from "" to valid'
        errors.append(forbidden("spec.providerID", words))
    return errors
