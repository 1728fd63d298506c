"""How many volumes of a CSI driver a node takes: NodeVolumeLimits."""

from __future__ import annotations

from collections import Counter

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, annotations_of
from breakfix.embedded.scheduling.state import NodeInfo, PodInfo

CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
CLASSES, CSI_NODES = "storageclasses.storage.k8s.io", "csinodes.storage.k8s.io"
ATTACHMENTS = "volumeattachments.storage.k8s.io"
_OLD_CLASS = "volume.beta.kubernetes.io/storage-class"

TOO_MANY = "node(s) exceed max volume count"
Volumes = dict[str, str]  # drivers, by names that are each volume's own


def is_full(info: PodInfo, node: NodeInfo, reader: Reader) -> bool:
    """Would the pod's volumes be too many for the node?"""
    limits = _limits(reader.get(CSI_NODES, node.name))
    if not limits:
        return False
    new = volumes_of(info, reader)
    if not any(driver in limits for driver in new.values()):
        return False
    there: Volumes = {}
    for each in node.pods.values():
        if each.uid != info.uid:
            there |= volumes_of(each, reader)
    there |= _attached(node.name, reader)
    have = Counter(there.values())
    more = Counter(driver for name, driver in new.items() if name not in there)
    return any(
        driver in limits and have[driver] + count > limits[driver] for driver, count in more.items()
    )


def _limits(csi_node: Object | None) -> dict[str, int]:
    drivers = (csi_node or {}).get("spec", {}).get("drivers") or []
    found = {d["name"]: (d.get("allocatable") or {}).get("count") for d in drivers}
    return {name: count for name, count in found.items() if count is not None}


def volumes_of(info: PodInfo, reader: Reader) -> Volumes:
    """The CSI volumes of a pod; one that is not made yet goes by its claim."""
    found: Volumes = {}
    for volume in info.pod["spec"].get("volumes") or []:
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if name is None and "ephemeral" in volume:
            name = f"{info.name}-{volume['name']}"
        claim = reader.get(CLAIMS, name, info.namespace) if name else None
        if claim is not None:
            found |= _of_claim(claim, reader)
    return found


def _of_claim(claim: Object, reader: Reader) -> Volumes:
    name = claim["spec"].get("volumeName")
    volume = reader.get(VOLUMES, name) if name else None
    if volume is not None:
        csi = volume["spec"].get("csi")
        return {f"{csi['driver']}/{csi['volumeHandle']}": csi["driver"]} if csi else {}
    kind = annotations_of(claim).get(_OLD_CLASS) or claim["spec"].get("storageClassName") or ""
    found = reader.get(CLASSES, kind)
    driver = found.get("provisioner", "") if found else ""
    where = f"{claim['metadata']['namespace']}/{claim['metadata']['name']}"
    return {f"{driver}/claim/{where}": driver} if driver else {}


def _attached(node: str, reader: Reader) -> Volumes:
    """What is attached there, though maybe no pod needs it any more."""
    found: Volumes = {}
    for each in reader.list(ATTACHMENTS):
        name = each["spec"]["source"].get("persistentVolumeName")
        volume = reader.get(VOLUMES, name) if name and each["spec"]["nodeName"] == node else None
        if volume is not None and (csi := volume["spec"].get("csi")):
            found[f"{csi['driver']}/{csi['volumeHandle']}"] = csi["driver"]
    return found
