"""The end of a round: the cluster is put back, the log closed, the cluster let go."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from breakfix.clock import Clock
from breakfix.clusters import lease, pods
from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import Cluster, Progress
from breakfix.clusters.hurry import hurrying
from breakfix.clusters.restore import restore
from breakfix.clusters.snapshot import Difference, Snapshot
from breakfix.game.session import ROUND
from breakfix.store.history import History, RoundRow


@dataclass
class Closing:
    """What has to be undone, in this order, however the round ended.

    `keeps` is true on clusters that breakfix made: there the healthy base stays for the
    next round; anywhere else nothing stays. `shell_config` is the file of the learner's shell.
    """

    row: RoundRow
    cluster: Cluster
    api: KubeApi
    history: History
    clock: Clock
    place: str
    install_id: str
    keeps: bool
    namespaces: frozenset[str]
    shell_config: Path
    held: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def end(self, progress: Progress) -> tuple[str, ...]:
        """Restore and close; returns what could not be put back. May be called again
        after a failure."""
        self.history.append(self.row.id, self.clock.now(), "restoring", {})
        with progress("Putting the cluster back"):
            async with hurrying(self.cluster, self.api, self.clock) as clock:
                left = await self._restore(clock)
        told = tuple(f"{d.key.kind} {d.key.namespace}/{d.key.name} {d.what}" for d in left)
        self.history.close_round(self.row.id, self.clock.now(), {"left": told})
        self.shell_config.unlink(missing_ok=True)
        await lease.release(self.api, self.row.cluster, self.install_id)
        self.cluster.may_end(ROUND)
        await self.held.aclose()
        return told

    async def _restore(self, clock: Clock) -> list[Difference]:
        """To the healthy base where that is kept, else to before the base."""
        bare = self._snapshot("bare")
        before = self._snapshot("before")
        if self.keeps and before is not None:
            left = await restore(self.api, before, clock)
            await pods.renew_all(self.api, self.namespaces)
            return left
        if bare is None:  # nothing had been changed yet
            return []
        left = await restore(self.api, bare, clock)
        self.history.keep(self.place, None)
        return left

    def _snapshot(self, name: str) -> Snapshot | None:
        data = self.history.snapshot(self.row.id, name)
        return Snapshot.from_bytes(data) if data else None

    async def abandon(self, place: str) -> None:
        """Close the log of a round whose cluster, at `place`, is gone: there is nothing to
        restore, and nothing is kept there any more."""
        self.history.keep(place, None)
        self.history.close_round(self.row.id, self.clock.now(), {"left": [], "lost": True})
        self.cluster.may_end(ROUND)
        self.shell_config.unlink(missing_ok=True)
        await self.held.aclose()

    async def let_go(self) -> None:
        """Leave the round open and let this process's hold of the cluster go."""
        await self.held.aclose()
