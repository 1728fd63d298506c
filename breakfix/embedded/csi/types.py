"""What a CSI driver and its clients say to each other."""

# ruff: noqa: ARG002 - what a driver does not know, it knows for no argument
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from breakfix.embedded.machine.volumes import Volume

Topology = Mapping[str, str]
GIB = 1 << 30

# What a driver may be able to do; names shortened from the specification's.
CONTROLLER, TOPOLOGY = "CONTROLLER_SERVICE", "VOLUME_ACCESSIBILITY_CONSTRAINTS"
PUBLISH, EXPAND, SNAPSHOT, CLONE = (
    "PUBLISH_UNPUBLISH_VOLUME", "EXPAND_VOLUME", "CREATE_DELETE_SNAPSHOT", "CLONE_VOLUME",
)  # fmt: skip
STAGE, NODE_EXPAND = "STAGE_UNSTAGE_VOLUME", "NODE_EXPAND_VOLUME"


class RpcError(Exception):
    """A call that a driver refused, in gRPC's words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"rpc error: code = {code} desc = {message}")
        self.code, self.message = code, message

    @property
    def final(self) -> bool:
        """Has nothing happened, and will nothing go on in the background?"""
        return self.code not in ("Canceled", "DeadlineExceeded", "Unavailable", "Aborted")


@dataclass(frozen=True)
class VolumeRequest:
    """CreateVolumeRequest. `size` in bytes."""

    name: str
    size: int
    modes: Sequence[str] = ("ReadWriteOnce",)  # Kubernetes' names
    block: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    preferred: Sequence[Topology] = ()
    snapshot: str = ""
    volume: str = ""  # to be cloned


@dataclass(frozen=True)
class VolumeMade:
    """CreateVolumeResponse."""

    id: str
    size: int
    topology: Topology | None = None
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SnapshotMade:
    """CreateSnapshotResponse. `at`: seconds since 1970."""

    id: str
    size: int
    at: float
    ready: bool = True


@dataclass(frozen=True)
class NodeFacts:
    """NodeGetInfoResponse. `limit` 0: there is none."""

    id: str
    limit: int = 0
    topology: Topology | None = None


@dataclass(frozen=True)
class Target:
    """What is mounted where: of NodeStageVolume and NodePublishVolume."""

    volume: str
    pod: str = ""  # its uid
    fs_type: str = ""
    read_only: bool = False
    ephemeral: bool = False
    context: Mapping[str, str] = field(default_factory=dict)


class Driver:
    """A CSI plugin behind a socket. Every call may raise RpcError."""

    name = ""
    version = "v1.0.0"
    can: frozenset[str] = frozenset()

    async def create_volume(self, asked: VolumeRequest) -> VolumeMade:
        """The volume of this name; the same one when asked again."""
        raise unimplemented("CreateVolume")

    async def delete_volume(self, volume: str) -> None:
        """Whether it is there or not."""
        raise unimplemented("DeleteVolume")

    async def publish(self, volume: str, node: str) -> Mapping[str, str]:
        """Attach it to a node; what the node needs to know."""
        raise unimplemented("ControllerPublishVolume")

    async def unpublish(self, volume: str, node: str) -> None:
        """Detach it."""
        raise unimplemented("ControllerUnpublishVolume")

    async def expand(self, volume: str, size: int) -> tuple[int, bool]:
        """Make it larger: the size now, and has the node to do something?"""
        raise unimplemented("ControllerExpandVolume")

    async def create_snapshot(self, name: str, volume: str) -> SnapshotMade:
        """The snapshot of this name; the same one when asked again."""
        raise unimplemented("CreateSnapshot")

    async def delete_snapshot(self, snapshot: str) -> None:
        """Whether it is there or not."""
        raise unimplemented("DeleteSnapshot")

    async def node_facts(self) -> NodeFacts:
        """Where the driver runs."""
        raise unimplemented("NodeGetInfo")

    async def stage(self, target: Target) -> None:
        """Make a volume ready on the node."""

    async def unstage(self, volume: str) -> None:
        """The last pod of the node does not use it any more."""

    async def node_publish(self, target: Target) -> Volume:
        """Give it to a pod: its files."""
        raise unimplemented("NodePublishVolume")

    async def node_unpublish(self, volume: str, pod: str) -> None:
        """A pod does not use it any more."""

    async def node_expand(self, volume: str, size: int) -> None:
        """Grow the file system to the size of the volume."""
        raise unimplemented("NodeExpandVolume")


def unimplemented(method: str) -> RpcError:
    """A call that this driver does not know."""
    return RpcError("Unimplemented", f"method {method} not implemented")
