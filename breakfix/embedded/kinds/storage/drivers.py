"""What CSI drivers tell: CSIDrivers, CSINodes, CSIStorageCapacities and VolumeAttachments."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, duplicate, forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import value_checks as checks
from breakfix.embedded.kinds.strategy import WHOLE_METADATA, Strategy
from breakfix.embedded.objects import Object

_GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
_SHORTEST_TOKEN, _SHORTEST_UPDATE, _LONGEST_NODE_ID = 600, 10, 256
_ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


class CSIDrivers(Strategy):
    """csidrivers.storage.k8s.io."""

    unconditional_update = False
    returns_deleted = True

    def default_(self, item: Object) -> None:
        """Attached, persistent, and no questions asked about the pod."""
        spec = item.setdefault("spec", {})
        spec.setdefault("attachRequired", True)
        for name in ("podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount"):
            spec.setdefault(name, False)
        spec.setdefault("fsGroupPolicy", "ReadWriteOnceWithFSType")
        if not spec.get("volumeLifecycleModes"):
            spec["volumeLifecycleModes"] = ["Persistent"]

    def validate(self, item: Object) -> list[FieldError]:
        spec = item["spec"]
        found = checks.one_of("spec.fsGroupPolicy", spec["fsGroupPolicy"], _GROUP_POLICIES)
        found += _validate_tokens(spec.get("tokenRequests") or [])
        for mode in spec["volumeLifecycleModes"]:
            known = ("Persistent", "Ephemeral")
            found += checks.one_of("spec.volumeLifecycleModes", mode, known)
        period = spec.get("nodeAllocatableUpdatePeriodSeconds")
        if period is not None and period < _SHORTEST_UPDATE:
            why = "must be greater than or equal to 10 seconds"
            found.append(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, why))
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        new, before = item["spec"], old["spec"]
        found = self.validate(item)
        found += checks.immutable(
            "spec.attachedRequired", new["attachRequired"], before["attachRequired"]
        )
        path, name = "spec.volumeLifecycleModes", "volumeLifecycleModes"
        return found + checks.immutable(path, new[name], before[name])


def _validate_tokens(requests: list[Object]) -> list[FieldError]:
    found, seen = [], set()
    for at, request in enumerate(requests):
        audience, seconds = request.get("audience", ""), request.get("expirationSeconds")
        path = f"spec.tokenRequests[{at}]"
        if audience in seen:
            found.append(duplicate(f"{path}.audience", audience))
        elif seconds is not None and seconds < _SHORTEST_TOKEN:
            why = "may not specify a duration less than 10 minutes"
            found.append(invalid(f"{path}.expirationSeconds", seconds, why))
        elif seconds is not None and seconds > 1 << 32:
            why = "may not specify a duration larger than 2^32 seconds"
            found.append(invalid(f"{path}.expirationSeconds", seconds, why))
        seen.add(audience)
    return found


class CSINodes(Strategy):
    """csinodes.storage.k8s.io."""

    unconditional_update = False
    returns_deleted = True
    has_generation = False

    def validate(self, item: Object) -> list[FieldError]:
        found: list[FieldError] = []
        seen: set[str] = set()
        for at, driver in enumerate((item.get("spec") or {}).get("drivers") or []):
            found += _validate_node_driver(driver, f"spec.drivers[{at}]", seen)
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        found = self.validate(item)
        before = {d["name"]: d for d in (old.get("spec") or {}).get("drivers") or []}
        for driver in (item.get("spec") or {}).get("drivers") or []:
            if driver["name"] in before:
                found += checks.immutable("spec.drivers", driver, before[driver["name"]])
        return found


def _validate_node_driver(driver: Object, path: str, seen: set[str]) -> list[FieldError]:
    name, node = driver.get("name", ""), driver.get("nodeID", "")
    found = checks.subdomain(f"{path}.name", name) if name else [required(f"{path}.name")]
    if not node:
        found.append(required(f"{path}.nodeID"))
    if len(node) > _LONGEST_NODE_ID:
        why = f"must be {_LONGEST_NODE_ID} characters or less"
        found.append(invalid(f"{path}.nodeID", node, why))
    count = (driver.get("allocatable") or {}).get("count")
    found += checks.non_negative(f"{path}.allocatable.count", count)
    if name in seen:
        found.append(duplicate(f"{path}.name", name))
    seen.add(name)
    for key in driver.get("topologyKeys") or []:
        found += checks.qualified(path, key)
    return found


class CSIStorageCapacities(Strategy):
    """csistoragecapacities.storage.k8s.io."""

    unconditional_update = False
    has_generation = False

    def validate(self, item: Object) -> list[FieldError]:
        found = checks.label_selector("nodeTopology", item.get("nodeTopology"))
        found += checks.subdomain("storageClassName", item.get("storageClassName", ""))
        if item.get("capacity") is not None:
            found += checks.quantity("capacity", item["capacity"])
        return found

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        fields = ("nodeTopology", "storageClassName")
        return [e for f in fields for e in checks.immutable(f, item.get(f), old.get(f))]


class VolumeAttachments(Strategy):
    """volumeattachments.storage.k8s.io."""

    unconditional_update = False
    returns_deleted = True
    status_keeps = WHOLE_METADATA
    has_generation = False

    def prepare_create(self, item: Object) -> None:
        item["status"] = {"attached": False}

    def validate(self, item: Object) -> list[FieldError]:
        spec = item.get("spec") or {}
        attacher, source = spec.get("attacher", ""), spec.get("source") or {}
        found = [] if attacher else [required("spec.attacher")]
        inline, volume = source.get("inlineVolumeSpec"), source.get("persistentVolumeName")
        if inline is None and volume is None:
            found.append(required("spec.source", _ONE_SOURCE))
        elif inline is not None and volume is not None:
            found.append(forbidden("spec.source", _ONE_SOURCE))
        elif volume == "":
            why = "must specify non empty persistentVolumeName"
            found.append(required("spec.source.persistentVolumeName", why))
        node = spec.get("nodeName", "")
        found += checks.each("spec.nodeName", node, names.dns_subdomain(node))
        return found + (checks.subdomain("spec.attacher", attacher) if attacher else [])

    def validate_update(self, item: Object, old: Object) -> list[FieldError]:
        return self.validate(item) + checks.immutable("spec", item.get("spec"), old.get("spec"))
