"""The pod's claims: which nodes can have its volumes, and binding them there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, annotations_of, is_going, labels_of, name_of
from breakfix.embedded.quantities import parse
from breakfix.embedded.scheduling.affinity import selector_matches
from breakfix.embedded.scheduling.filters import Refusal
from breakfix.embedded.scheduling.state import NodeInfo, PodInfo
from breakfix.embedded.selectors import matches

CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
CLASSES = "storageclasses.storage.k8s.io"
SELECTED = "volume.kubernetes.io/selected-node"
BOUND = "pv.kubernetes.io/bind-completed"
BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
_OLD_CLASS = "volume.beta.kubernetes.io/storage-class"
_NO_PROVISIONER = "kubernetes.io/no-provisioner"
_ZONES = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region",
          "failure-domain.beta.kubernetes.io/zone",
          "failure-domain.beta.kubernetes.io/region")  # fmt: skip

NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind"
NO_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
ZONE_CONFLICT = "node(s) had no available volume zone"
IN_USE = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already "
    "in-use by another pod"
)
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


def claim_names(info: PodInfo) -> list[tuple[str, bool]]:
    """The claims of a pod by name, and whether each is made for it alone."""
    found = []
    for volume in info.pod["spec"].get("volumes") or []:
        if claim := volume.get("persistentVolumeClaim"):
            found.append((claim["claimName"], False))
        elif "ephemeral" in volume:
            found.append((f"{info.name}-{volume['name']}", True))
    return found


def is_bound(claim: Object) -> bool:
    """Is it bound for good?"""
    return bool(claim["spec"].get("volumeName")) and BOUND in annotations_of(claim)


def class_of(item: Object) -> str:
    """The storage class of a claim or a volume."""
    return annotations_of(item).get(_OLD_CLASS) or item["spec"].get("storageClassName") or ""


@dataclass
class PodVolumes:
    """The claims of one pod; `problem` says what no node can help with."""

    reader: Reader
    problem: str = ""
    bound: list[Object] = field(default_factory=list)
    waiting: list[Object] = field(default_factory=list)  # for their first consumer
    in_use: bool = False

    def refuses(self, info: NodeInfo) -> Refusal | None:
        """Why a node cannot have the volumes."""
        if self.in_use:
            return Refusal((IN_USE,), True)
        reasons = self._bound_reasons(info)
        if self.waiting and self.choose(info) is None:
            reasons.append(BIND_CONFLICT)
        if not reasons and self._other_zone(info):
            reasons = [ZONE_CONFLICT]
        order = (NODE_CONFLICT, BIND_CONFLICT, NO_VOLUME, ZONE_CONFLICT)
        shown = tuple(r for r in order if r in reasons)
        return Refusal(shown, False) if shown else None

    def _bound_reasons(self, info: NodeInfo) -> list[str]:
        reasons = []
        for claim in self.bound:
            volume = self.reader.get(VOLUMES, claim["spec"]["volumeName"])
            if volume is None:
                reasons.append(NO_VOLUME)
            elif not _reaches(volume, info):
                reasons.append(NODE_CONFLICT)
        return reasons

    def _other_zone(self, info: NodeInfo) -> bool:
        labels = labels_of(info.node)
        for claim in self.bound:
            volume = self.reader.get(VOLUMES, claim["spec"]["volumeName"]) or {"metadata": {}}
            for key in _ZONES:
                zones = labels_of(volume).get(key)
                if zones and key in labels and labels[key] not in zones.split("__"):
                    return True
        return False

    def choose(self, info: NodeInfo) -> list[tuple[Object, Object | None]] | None:
        """For each waiting claim a volume, or None to provision; None: neither is possible."""
        found: list[tuple[Object, Object | None]] = []
        taken: set[str] = set()
        for claim in sorted(self.waiting, key=_size):
            selected = annotations_of(claim).get(SELECTED)
            if selected and selected != info.name:
                return None
            volume = None if selected else self._match(claim, info, taken)
            if volume is None and not self._can_provision(claim, info):
                return None
            taken |= {name_of(volume)} if volume else set()
            found.append((claim, volume))
        return found

    def _match(self, claim: Object, info: NodeInfo, taken: set[str]) -> Object | None:
        fit = [v for v in self.reader.list(VOLUMES)
               if name_of(v) not in taken and _suits(v, claim) and _reaches(v, info)]  # fmt: skip
        return min(fit, key=_capacity, default=None)

    def _can_provision(self, claim: Object, info: NodeInfo) -> bool:
        found = self.reader.get(CLASSES, class_of(claim))
        if found is None or found.get("provisioner") in ("", None, _NO_PROVISIONER):
            return False
        topologies = found.get("allowedTopologies") or []
        labels = labels_of(info.node)
        return not topologies or any(
            all(labels.get(e["key"]) in e["values"] for e in t["matchLabelExpressions"])
            for t in topologies
        )


def _size(claim: Object) -> Any:
    asked = (claim["spec"].get("resources") or {}).get("requests") or {}
    return parse(asked.get("storage", "0"))


def _capacity(volume: Object) -> Any:
    return parse((volume["spec"].get("capacity") or {}).get("storage", "0"))


def _reaches(volume: Object, info: NodeInfo) -> bool:
    affinity = volume["spec"].get("nodeAffinity") or {}
    return selector_matches(affinity.get("required"), info.node)


def _suits(volume: Object, claim: Object) -> bool:
    """Can this volume be bound to the claim?"""
    spec, wanted = volume["spec"], claim["spec"]
    if ref := spec.get("claimRef"):
        return bool(ref.get("uid") == claim["metadata"]["uid"] or (
            not ref.get("uid") and (ref.get("namespace"), ref.get("name"))
            == (claim["metadata"]["namespace"], name_of(claim))))  # fmt: skip
    if is_going(volume) or (volume.get("status") or {}).get("phase") not in ("Available", None):
        return False
    modes = set(wanted.get("accessModes") or []) <= set(spec.get("accessModes") or [])
    mode = spec.get("volumeMode", "Filesystem") == wanted.get("volumeMode", "Filesystem")
    selector = wanted.get("selector")
    return (
        modes
        and mode
        and class_of(volume) == class_of(claim)
        and _capacity(volume) >= _size(claim)
        and (selector is None or matches(selector, labels_of(volume)))
    )


def pod_volumes(info: PodInfo, reader: Reader) -> PodVolumes | None:
    """Look at a pod's claims; None where it has none."""
    names = claim_names(info)
    if not names:
        return None
    found = PodVolumes(reader)
    immediate = False
    for name, own in names:
        claim = reader.get(CLAIMS, name, info.namespace)
        if problem := _problem(claim, name, own):
            found.problem = problem
            return found
        if claim is not None:
            immediate |= _sort(found, claim, reader)
            found.in_use |= _used_alone(claim, info, reader)
    found.problem = UNBOUND if immediate else ""
    return found


def _problem(claim: Object | None, name: str, own: bool) -> str:
    if claim is None:
        if own:
            return (
                "waiting for ephemeral volume controller to create the persistentvolumeclaim "
                f'"{name}"'
            )
        return f'persistentvolumeclaim "{name}" not found'
    if (claim.get("status") or {}).get("phase") == "Lost":
        volume = claim["spec"].get("volumeName", "")
        return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"'
    return f'persistentvolumeclaim "{name}" is being deleted' if is_going(claim) else ""


def _sort(found: PodVolumes, claim: Object, reader: Reader) -> bool:
    """Put a claim where it belongs; is it one that must be bound already, and is not?"""
    if is_bound(claim):
        found.bound.append(claim)
        return False
    known = reader.get(CLASSES, class_of(claim))
    waits = known is not None and known.get("volumeBindingMode") == "WaitForFirstConsumer"
    if waits and not claim["spec"].get("volumeName"):
        found.waiting.append(claim)
        return False
    return True


def _used_alone(claim: Object, info: PodInfo, reader: Reader) -> bool:
    if "ReadWriteOncePod" not in (claim["spec"].get("accessModes") or []):
        return False
    for pod in reader.list("pods", info.namespace):
        done = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
        if pod["metadata"]["uid"] == info.uid or done or not pod["spec"].get("nodeName"):
            continue
        for volume in pod["spec"].get("volumes") or []:
            if (volume.get("persistentVolumeClaim") or {}).get("claimName") == name_of(claim):
                return True
    return False
