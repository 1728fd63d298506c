"""From a quiet cluster to a running clock, every step written down before it is taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from breakfix.checks.result import CheckResult
from breakfix.clusters.base import Progress
from breakfix.clusters.snapshot import Snapshot
from breakfix.game import keeping
from breakfix.game.stage import Stage
from breakfix.store.history import History, RoundRow


class SettingUp:
    """Sets a round up; `keeps` is whether the base may stay for the next round."""

    def __init__(
        self, stage: Stage, history: History, row: RoundRow, place: str, keeps: bool
    ) -> None:
        self._stage = stage
        self._history = history
        self._row = row
        self._place = place
        self._keeps = keeps

    async def run(self, progress: Progress) -> tuple[Snapshot, Snapshot]:
        """All of it; the cluster before the fault, and as the fault left it. Raises
        BreakfixError."""
        before = await self._base(progress)
        return before, await self._fault(before, progress)

    async def _base(self, progress: Progress) -> Snapshot:
        stage = self._stage
        with progress("Clearing the stage"):
            bare = await keeping.bare(stage, self._history, self._place)
            self._save("bare", bare)
        with progress("Setting up the application"):
            await stage.apply_base()
        with progress("Waiting until everything is healthy"):
            results = await stage.baseline()
        self._write("baseline", {"results": _told(results)})
        before = await stage.snapshot()
        if self._keeps:  # first, so that a base is never left that nobody remembers
            keeping.remember(self._history, self._place, stage, bare, before)
        self._save("before", before)
        return before

    async def _fault(self, before: Snapshot, progress: Progress) -> Snapshot:
        stage = self._stage
        stage.remember(before, None)
        self._write("injecting", {})
        with progress("Something happens to the cluster"):
            await stage.inject()
        self._write("injected", {})
        with progress("Waiting until the symptom can be seen"):
            gate = await stage.symptom()
        after = await stage.snapshot()
        self._save("after", after)
        stage.remember(before, after)
        self._write("started", {"results": _told(result for result, _ in gate.results)})
        return after

    def _save(self, name: str, snapshot: Snapshot) -> None:
        self._history.save_snapshot(self._row.id, name, snapshot.to_bytes())

    def _write(self, kind: str, data: dict[str, Any]) -> None:
        self._history.append(self._row.id, self._stage.clock.now(), kind, data)


def _told(results: Iterable[CheckResult]) -> list[dict[str, Any]]:
    return [asdict(result) for result in results]
