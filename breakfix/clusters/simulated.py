"""The backend of proofs: an embedded cluster in this process, on simulated time.

It and everything that asks it run in one SimulatedTimeLoop, so minutes of back-off, time-outs
and settling pass as quickly as they can be computed. It is gone with the process.
"""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from breakfix.clock import Clock
from breakfix.clusters.api import KubeApi
from breakfix.clusters.audit import event_of
from breakfix.clusters.base import AuditEvent, Progress, Stays
from breakfix.clusters.consent import adopt
from breakfix.clusters.identity import person
from breakfix.clusters.in_process import InProcessApi
from breakfix.clusters.private_files import private_directory, write_private
from breakfix.clusters.readiness import wait_until_ready
from breakfix.errors import ClusterError
from breakfix.settings import Settings

if TYPE_CHECKING:
    from breakfix.embedded.cluster import EmbeddedCluster


# What takes long to import and most clusters need.
_SLOW = ("breakfix.embedded.cluster", "bashkit", "fakeredis")


def preload() -> None:
    """Import what clusters need, before a process is copied for several of them."""
    for module in _SLOW:
        import_module(module)


class SimulatedCluster(Stays):
    """One cluster; `clock` is that of the loop it runs in."""

    name = "embedded"
    hurries = False  # its time is simulated anyway

    def __init__(self, settings: Settings, clock: Clock, nodes: int = 1) -> None:
        self._settings = settings
        self._clock = clock
        self._nodes = nodes
        self._running: EmbeddedCluster | None = None

    @property
    def kubeconfig(self) -> Path:
        return self._settings.kubeconfig_dir / "embedded"

    async def start(self, progress: Progress) -> None:
        from breakfix.embedded.cluster import EmbeddedCluster, Options

        self._running = EmbeddedCluster(Options("breakfix-proof", self._nodes), self._clock)
        await self._running.start()
        private_directory(self.kubeconfig.parent)
        write_private(self.kubeconfig, self._running.kubeconfig)
        async with self.connect(self.kubeconfig) as api:
            await wait_until_ready(api, self.name, progress, self._clock)
            await adopt(api, self.name, person(), self._clock, made=True, nodes=self._nodes)

    def connect(self, kubeconfig: Path) -> KubeApi:
        """Its API, once it was started."""
        if self._running is None:
            raise ClusterError(f"{self.name} has not been started")
        return InProcessApi(kubeconfig, self._running)

    async def stop(self, progress: Progress) -> None:
        with progress(f"Ending the cluster {self.name}"):
            if self._running is not None:
                await self._running.stop()
            self.kubeconfig.unlink(missing_ok=True)

    async def audit_since(self, since: datetime) -> list[AuditEvent] | None:
        if self._running is None:
            return None
        found = (event_of(each) for each in self._running.audit.since(since))
        return [event for event in found if event is not None]
