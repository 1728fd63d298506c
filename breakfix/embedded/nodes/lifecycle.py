"""A pod's life on a node, as data: how long each part takes, and what a reader sees in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Delays:
    """Seconds that parts of a pod's life take."""

    sandbox: float = 0.02  # from seen to a network address
    pull: float = 0.02  # an image that the node does not have
    start: float = 0.01  # from an image to a running container
    stop: float = 0.05  # from SIGTERM to the end, for a program that listens
    shown: float = 2.0  # an end that is followed by a pause is shown so long, then the pause
    mount_retry: float = 2.0  # until a volume that could not be mounted is tried again


DELAYS = Delays()

FIRST_BACKOFF, LAST_BACKOFF = 10.0, 300.0  # seconds between restarts of a container
BACKOFF_RESET = 600.0  # a container that ran so long starts with the first pause again

# what the kubelet itself says of a pod, in the order in which it says it
CONDITIONS = (
    "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled",
)  # fmt: skip

CREATING = "ContainerCreating"
INITIALIZING = "PodInitializing"
CRASHED = "CrashLoopBackOff"
CONFIG = "CreateContainerConfigError"
PULL_FAILED, PULL_LATER = "ErrImagePull", "ImagePullBackOff"

SIGTERM_CODE, SIGKILL_CODE = 143, 137
