"""How long the parts of a pod's life take, and the kubelet's fixed times.

`Delays` is what differs from reality: play shortens what only makes people wait (pulls, the
making of sandboxes, the time until a change of a mounted ConfigMap is seen). The order of
things is always that of a real kubelet. `REAL` has the real figures.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Delays:
    """Seconds."""

    sandbox: float = 0.02  # to make a sandbox
    pull: float = 0.02  # an image that the node does not have
    start: float = 0.01  # to create and start a container
    looks: float = 0.15  # between looks at what runs: what ends sooner is never seen running
    shown: float = 2.0  # a failure is shown so long before the back-off that follows it
    resync: float = 5.0  # until a pod that has trouble is looked at again
    mount_first: float = 0.5  # between attempts to mount a volume: doubles
    mount_last: float = 8.0  # ... up to this
    refresh: float = 20.0  # between looks at what mounted ConfigMaps, Secrets and tokens hold


DELAYS = Delays()
REAL = Delays(
    sandbox=0.3,
    pull=2.0,
    start=0.2,
    looks=1.0,
    shown=10.0,
    resync=12.0,
    mount_last=122.0,
    refresh=75.0,
)

FIRST_BACKOFF, LAST_BACKOFF = 10.0, 300.0  # of restarts and of pulls
MOUNT_PATIENCE = 123.0  # until a pod is said to wait for its volumes
FIRST_PROBE = 0.75  # a real prober's first look comes with its next tick: servers have begun
EARLY_PROBES = (0.01, 0.02, 0.04, 0.08)  # looks before that one, which count where they succeed
GRPC_RETRY = 1.0  # after a connection that failed, as grpc-go waits at first
EVICTION_PERIOD = 10.0  # between looks at what pods use of their node
MINIMUM_GRACE = 2.0  # that every container is given to end
