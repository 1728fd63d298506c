"""The group storage.k8s.io."""

from breakfix.embedded.kinds.storage.classes import StorageClasses, VolumeAttributesClasses
from breakfix.embedded.kinds.storage.drivers import (
    CSIDrivers,
    CSINodes,
    CSIStorageCapacities,
    VolumeAttachments,
)
from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    "storageclasses.storage.k8s.io": StorageClasses(),
    "volumeattributesclasses.storage.k8s.io": VolumeAttributesClasses(),
    "csidrivers.storage.k8s.io": CSIDrivers(),
    "csinodes.storage.k8s.io": CSINodes(),
    "csistoragecapacities.storage.k8s.io": CSIStorageCapacities(),
    "volumeattachments.storage.k8s.io": VolumeAttachments(),
}
