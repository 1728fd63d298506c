"""A round that is open: the learner's actions, each written down before it takes effect."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from breakfix.clock import Clock
from breakfix.clusters.base import Cluster, Progress
from breakfix.clusters.requests import find
from breakfix.clusters.snapshot import Snapshot, difference
from breakfix.errors import ClusterError, RoundError
from breakfix.game import expected
from breakfix.game.closing import Closing
from breakfix.game.debriefing import Tell, change_text
from breakfix.game.model import Debrief, DiagnosisView, HintView, RoundView, State, VerifyUpdate
from breakfix.game.record import Record, fold
from breakfix.game.stage import Stage
from breakfix.game.trail import Trail, read_trail
from breakfix.game.view import hint_views, round_view
from breakfix.store.history import History, RoundRow

LONGEST_TRAIL = 200
AT_ONCE = 1.0  # s: somebody has pressed a key and waits
ENFORCE = "pod-security.kubernetes.io/enforce"
"""https://kubernetes.io/docs/concepts/security/pod-security-admission/"""


class Round:
    """A round in play on a cluster. Implements game.model.Playable.

    `after` is the cluster as the fault left it; `closing` puts it back in the end; `tell`
    makes the debrief.
    """

    def __init__(
        self, row: RoundRow, stage: Stage, cluster: Cluster, history: History, clock: Clock,
        after: Snapshot, closing: Closing, commands: Path, tell: Tell,
    ) -> None:  # fmt: skip
        self._row = row
        self._stage = stage
        self._cluster = cluster
        self._history = history
        self._clock = clock
        self._after = after
        self._closing = closing
        self._commands = commands
        self._tell = tell
        self._trail = Trail(None, ())
        self._has_audit = True
        self._changed = False

    @property
    def kubeconfig(self) -> Path:
        return self._cluster.kubeconfig

    @property
    def stage(self) -> Stage:
        """The scenario on its cluster."""
        return self._stage

    def record(self) -> Record:
        """The round by its events, read anew."""
        return fold(self._history.events(self._row.id))

    def view(self) -> RoundView:
        record = self.record()
        return round_view(
            self._row, self._stage.scenario, record, self._clock.now(), self._has_audit,
            changed=self._changed,
        )  # fmt: skip

    async def refresh(self) -> RoundView:
        record = self.record()
        if record.state.in_play and record.elapsed(self._clock.now()) >= record.limit:
            await self._over("timed out", {})
        elif record.state is State.RUNNING:
            await self._read_trail(record)
        return self.view()

    async def _read_trail(self, record: Record) -> None:
        if record.started_at is None:
            return
        self._trail = await read_trail(
            self._cluster, record.started_at, self._commands, self._stage.spec.namespace
        )
        self._has_audit = self._trail.audit is not None
        self._changed = bool(self._trail.changes())
        hints = self._stage.spec.hints
        for index, at in self._trail.looked(hints).items():
            if index not in record.looked:
                self._write("looked", {"hint": index, "evidence": hints[index].evidence}, at)

    # -- the learner's actions --------------------------------------------------------

    def buy_hint(self) -> HintView:
        record = self._playing()
        views = hint_views(self._stage.spec.hints, record)
        wanted = next((h for h in views if not h.bought and not h.seen), None)
        if wanted is None:
            raise RoundError("there is no further hint", "You have seen all that there is to see.")
        data = {"index": wanted.index, "evidence": wanted.evidence, "price": wanted.price}
        self._write("hint", data)
        return hint_views(self._stage.spec.hints, self.record())[wanted.index]

    async def diagnose(self, component: str, fault: str) -> DiagnosisView:
        record = self._playing()
        if record.diagnosis is not None:
            raise RoundError("the diagnosis was given already", "It can be given once a round.")
        asked = self._stage.spec.diagnosis
        _among(component, asked.component.among, "component")
        _among(fault, asked.fault.among, "fault")
        view = DiagnosisView(
            component=component,
            fault=fault,
            component_right=component == asked.component.is_,
            fault_right=fault == asked.fault.is_,
            before_change=not difference(self._after, await self._stage.snapshot()),
        )
        self._write("diagnosis", asdict(view))
        return view

    async def enforced_level(self, namespace: str) -> str:
        path = f"/api/v1/namespaces/{quote(namespace)}"
        with contextlib.suppress(ClusterError):
            found = await find(self._stage.api, path, timeout=AT_ONCE) or {"metadata": {}}
            return str((found["metadata"].get("labels") or {}).get(ENFORCE, ""))
        return ""

    def pause(self) -> None:
        if self._playing().state is State.RUNNING:
            self._write("paused", {})

    def resume(self) -> None:
        if self.record().state is State.PAUSED:
            self._write("resumed", {})

    def give_up(self) -> None:
        self._playing()
        self._write("given up", {})

    async def verify(self, watch: Callable[[VerifyUpdate], None]) -> VerifyUpdate:
        record = self._playing()
        if record.state is State.PAUSED:
            raise RoundError("the round is paused", "Resume it first.")
        if (await self.refresh()).state is State.TIMED_OUT:
            raise RoundError("time is up", "See the debrief: `breakfix round debrief`.")
        self._write("verifying", {})
        update = await self._stage.verify(watch)
        failing = [r.name for r in (*update.checks, *update.guards) if not r.ok]
        self._write("verify", {"passed": update.passed, "failing": failing, "held": update.held})
        if update.passed:
            await self._over("solved", {})
        return update

    async def _over(self, kind: str, data: dict[str, Any]) -> None:
        self._write(kind, data)
        await self._take_stock()

    async def _take_stock(self) -> None:
        """Write down what was changed and what the audit log tells, once."""
        record = self.record()
        if any(e.kind == "changes" for e in record.events):
            return
        spec = self._stage.spec
        allowed = expected.expected_objects(spec, self._stage.context.manifests)
        found = difference(self._after, await self._stage.snapshot())
        changed = expected.changes(found, allowed, spec.namespace)
        if record.started_at is not None:
            await self._read_trail(record)
        writes = [
            {"at": e.at.isoformat(), "text": change_text(e)}
            for e in self._trail.changes()[:LONGEST_TRAIL]
            if record.stopped_at is None or e.at <= record.stopped_at
        ]
        typed = [
            {"at": at.isoformat(), "text": command}
            for at, command in self._trail.commands[:LONGEST_TRAIL]
            if record.stopped_at is None or at <= record.stopped_at
        ]
        objects = [asdict(c) for c in changed]
        stock = {"objects": objects, "writes": writes, "typed": typed, "audit": self._has_audit}
        self._write("changes", stock)

    async def debrief(self) -> Debrief:
        record = self.record()
        if not record.state.is_over and record.state is not State.ENDED:
            raise RoundError("the round is not over", "Solve it, or give up: `round give-up`.")
        with contextlib.suppress(ClusterError):  # it is gone; the log still tells the rest
            await self._take_stock()
        return self._tell(self.view(), self.record())

    async def end(self, progress: Progress) -> tuple[str, ...]:
        record = self.record()
        if record.state.in_play:
            self._write("given up", {})
        with contextlib.suppress(ClusterError):  # the debrief can then be read afterwards
            await self._take_stock()
        return await self._closing.end(progress)

    async def leave(self) -> None:
        """Let go of the round without ending it; it can be resumed."""
        await self._closing.let_go()

    # -- the log ----------------------------------------------------------------------

    def _playing(self) -> Record:
        record = self.record()
        if not record.state.in_play:
            raise RoundError(
                f"the round is not in play: {record.state}",
                "`breakfix round debrief` tells how it went, `breakfix play` starts another.",
            )
        return record

    def _write(self, kind: str, data: dict[str, Any], at: datetime | None = None) -> None:
        self._history.append(self._row.id, at or self._clock.now(), kind, data)


def _among(answer: str, choices: tuple[str, ...], what: str) -> None:
    if answer not in choices:
        raise RoundError(f"{answer!r} is no {what} to choose", f"One of: {', '.join(choices)}.")
