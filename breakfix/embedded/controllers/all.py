"""The controllers of workloads, together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.attach_detach import AttachDetachController
from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.controllers.cronjob import CronJobController
from breakfix.embedded.controllers.daemonset import DaemonSetController
from breakfix.embedded.controllers.deployment import DeploymentController
from breakfix.embedded.controllers.disruption import DisruptionController
from breakfix.embedded.controllers.endpoints import EndpointsController
from breakfix.embedded.controllers.endpointslice_mirroring import (
    EndpointSliceMirroringController,
)
from breakfix.embedded.controllers.endpointslices import EndpointSliceController
from breakfix.embedded.controllers.ephemeral_volumes import EphemeralVolumeController
from breakfix.embedded.controllers.garbage import GarbageCollector
from breakfix.embedded.controllers.horizontal import HorizontalController
from breakfix.embedded.controllers.horizontal_metrics import Metrics
from breakfix.embedded.controllers.job import JobController
from breakfix.embedded.controllers.namespace import NamespaceController
from breakfix.embedded.controllers.persistent_volume import PersistentVolumeController
from breakfix.embedded.controllers.pod_gc_threshold import EndedPodsController
from breakfix.embedded.controllers.provisioner import VolumeProvisioner
from breakfix.embedded.controllers.pvc_protection import (
    PVCProtectionController,
    PVProtectionController,
)
from breakfix.embedded.controllers.replicaset import ReplicaSetController
from breakfix.embedded.controllers.replication_controller import ReplicationControllerController
from breakfix.embedded.controllers.statefulset import StatefulSetController
from breakfix.embedded.controllers.ttl_after_finished import TTLAfterFinishedController
from breakfix.embedded.controllers.volume_expand import VolumeExpandController

PLAIN = (
    ReplicaSetController, ReplicationControllerController, DeploymentController,
    StatefulSetController, DaemonSetController, JobController, CronJobController,
    TTLAfterFinishedController, EndedPodsController, EndpointsController,
    EndpointSliceController, EndpointSliceMirroringController, PersistentVolumeController,
    PVCProtectionController, PVProtectionController, AttachDetachController,
    EphemeralVolumeController, VolumeExpandController,
)  # fmt: skip


def workload_controllers(
    client_of: Callable[[type[Controller]], Client],
    resources: Callable[[], Iterable[str]],
    resolve: Callable[[str, str], str | None],
    *,
    metrics: Metrics | None = None,
    undiscovered: Callable[[], list[str]] = list,
) -> list[Controller]:
    """All of them, not yet running.

    `client_of` gives each its own client, `resources` tells the group resources that there are
    now, `resolve` the group resource of an apiVersion and kind (None where there is none),
    `metrics` what pods use (None: there is no metrics API), `undiscovered` the group versions
    that nothing is known of.
    """
    return [
        *(kind(client_of(kind)) for kind in PLAIN),
        GarbageCollector(client_of(GarbageCollector), resources, resolve),
        NamespaceController(client_of(NamespaceController), resources, undiscovered),
        DisruptionController(client_of(DisruptionController), resolve),
        HorizontalController(client_of(HorizontalController), resolve, metrics),
        VolumeProvisioner(client_of(VolumeProvisioner)),
    ]
