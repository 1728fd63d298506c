"""What the workers of a node's pods share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from breakfix.embedded.client import Client
from breakfix.embedded.kubelet.backoff import Backoff
from breakfix.embedded.kubelet.csi_volumes import CsiVolumes
from breakfix.embedded.kubelet.delays import Delays
from breakfix.embedded.kubelet.images import NodeImages
from breakfix.embedded.kubelet.requests import Caller
from breakfix.embedded.kubelet.sandbox import NodeNetwork
from breakfix.embedded.kubelet.storage import Storage
from breakfix.embedded.machine.types import Runtime
from breakfix.embedded.objects import Object


@dataclass
class Node:
    """One node, as a pod's worker sees it."""

    name: str
    address: str
    client: Client
    runtime: Runtime
    network: NodeNetwork
    images: NodeImages
    storage: Storage
    delays: Delays
    allocatable: Callable[[], Mapping[str, str]]
    take_address: Callable[[Object], str]  # "" while there is none
    give_back: Callable[[str], None]
    resize: Callable[[Object], tuple[str, str] | None]  # why a pod cannot get what it asks for
    csi: CsiVolumes
    backoff: Backoff = field(default_factory=Backoff)

    def now(self) -> float:
        """Seconds since 1970."""
        return self.client.clock.now().timestamp()

    @property
    def caller(self) -> Caller:
        """Who probes and hooks come from."""
        return Caller(self.network.network, self.network.space, self.client.clock)

    def say(self, about: Object, type: str, reason: str, message: str, path: str = "") -> None:
        """Record an Event on a pod."""
        self.client.event(
            about, type, reason, message, component="kubelet", host=self.name, field_path=path
        )
