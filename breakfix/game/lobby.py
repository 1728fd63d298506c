"""The ways into a round: starting one, reaching an open one again. Implements Lobby."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from pathlib import Path

from breakfix.clusters.base import Progress
from breakfix.clusters.hurry import hurrying
from breakfix.clusters.identity import install_id
from breakfix.clusters.snapshot import Snapshot
from breakfix.errors import RoundError, SetUpError
from breakfix.game.closing import Closing
from breakfix.game.model import State
from breakfix.game.record import Record, fold
from breakfix.game.round import Round
from breakfix.game.session import Machine, Opener, Session, nodes_needed, open_session
from breakfix.game.setting_up import SettingUp
from breakfix.game.shelf import Shelf, known_facts
from breakfix.game.shell_config import config_file
from breakfix.game.stage import Stage
from breakfix.scenario import variants
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.pack import Catalogue
from breakfix.store.history import History, RoundRow


class GameLobby(Shelf):
    """The lobby of this machine. `cluster` is auto, kind, kind:NAME or context:NAME;
    `opener` is how it is reached."""

    def __init__(
        self, machine: Machine, history: History, catalogue: Catalogue, cluster: str = "auto",
        opener: Opener = open_session,
    ) -> None:  # fmt: skip
        super().__init__(machine, history, catalogue, cluster)
        self._open = opener

    # -- starting ---------------------------------------------------------------------

    async def start(self, scenario: str, seed: str, progress: Progress) -> Round:
        """Set a round up and start its clock. Raises BreakfixError; then all is put back."""
        loaded = self._catalogue.get(scenario)
        self._refuse_second()
        seed = variants.normal_seed(seed) if seed else variants.new_seed(random.SystemRandom())
        nodes = nodes_needed(loaded.scenario.spec)
        session = await self._open(self._machine, self._cluster, progress, nodes)
        try:
            row = await self._enter(session, loaded, seed)
        except BaseException:
            await session.held.aclose()
            raise
        return await self._set_up(session, loaded, row, progress)

    def _refuse_second(self) -> None:
        row = self._history.open_round()
        if row is not None:
            raise RoundError(
                f"a round is open: {row.scenario} on {row.cluster}",
                "Go on with `breakfix round status`, or end it with `breakfix round end`.",
            )

    async def _enter(self, session: Session, loaded: LoadedScenario, seed: str) -> RoundRow:
        """Hold the cluster and open the log."""
        spec = loaded.scenario.spec
        lacking = session.capabilities.lacks(spec.requires)
        if lacking:
            reasons = "; ".join(f"{name}: {why}" for name, why in lacking.items())
            raise SetUpError(
                f"{loaded.name} cannot be played on {session.cluster.name}: {reasons}",
                "Play another round there, or this one on another cluster: `--cluster kind`.",
            )
        now = self._machine.clock.now()
        row = RoundRow(secrets.token_hex(4), loaded.name, seed, session.cluster.name, now, False)
        await session.hold(self._machine, row.id)
        data = {
            "par": spec.time.par,
            "limit": spec.time.limit,
            "digest": loaded.digest,
            "place": session.place,
            "facts": dict(session.capabilities.facts),
            "keeps": session.consent.made,
        }
        self._history.create_round(row, data)
        return row

    async def _set_up(
        self, session: Session, loaded: LoadedScenario, row: RoundRow, progress: Progress
    ) -> Round:
        made = session.consent.made
        stage = self._stage(session, loaded, row, session.capabilities.facts)
        closing = self._closing(session, stage, row, made)
        try:
            async with hurrying(session.cluster, session.api, self._machine.clock) as clock:
                setting_up = SettingUp(stage.at(clock), self._history, row, session.place, made)
                before, after = await setting_up.run(progress)
        except BaseException as error:
            await self._failed(row, closing, error, progress)
            raise
        stage.remember(before, after)
        return self._round(session, stage, row, after, closing)

    async def _failed(
        self, row: RoundRow, closing: Closing, error: BaseException, progress: Progress
    ) -> None:
        """Put everything back after a set-up that was cut off or went wrong; the cluster is
        let go of even where it does not answer any more."""
        now = self._machine.clock.now()
        try:
            self._history.append(row.id, now, "failed", {"message": str(error) or "cancelled"})
            await closing.end(progress)
        finally:
            await closing.let_go()

    # -- resuming ---------------------------------------------------------------------

    async def resume(self, progress: Progress) -> Round | None:
        """The open round, reached again; None where there is none, or where it had not
        started or was being put back (then it is restored and closed). Raises ClusterError
        where its cluster does not answer; nothing is lost then."""
        row = self._history.open_round()
        if row is None:
            return None
        loaded = self._catalogue.get(row.scenario)
        record = fold(self._history.events(row.id))
        session = await self._open(self._machine, row.cluster, progress, start=False)
        try:
            return await self._reach(session, loaded, row, record, progress)
        except BaseException:
            await session.held.aclose()
            raise

    async def _reach(
        self, session: Session, loaded: LoadedScenario, row: RoundRow, record: Record,
        progress: Progress,
    ) -> Round | None:  # fmt: skip
        stage = self._stage(session, loaded, row, known_facts(record))
        closing = self._closing(session, stage, row, bool(record.data["keeps"]))
        if record.data["place"] != session.place:
            await closing.abandon(str(record.data["place"]))
            raise RoundError(
                f"{row.cluster} is not the cluster on which the round was started; the round "
                "is closed, its history kept",
                "Start a new one: `breakfix play`.",
            )
        await session.hold(self._machine, row.id)
        after = self._history.snapshot(row.id, "after")
        before = self._history.snapshot(row.id, "before")
        played = record.started_at is not None and record.state is not State.RESTORING
        if not played or after is None or before is None:
            await closing.end(progress)
            return None
        stage.remember(Snapshot.from_bytes(before), Snapshot.from_bytes(after))
        return self._round(session, stage, row, Snapshot.from_bytes(after), closing)

    def close_lost(self) -> RoundRow | None:
        """Close the open round of a cluster that is gone, without restoring anything."""
        row = self._history.open_round()
        if row is not None:
            place = str(fold(self._history.events(row.id)).data["place"])
            self._history.keep(place, None)
            now = self._machine.clock.now()
            self._history.close_round(row.id, now, {"left": [], "lost": True})
            config_file(self._machine.settings, row.id).unlink(missing_ok=True)
        return row

    # -- parts ------------------------------------------------------------------------

    def _stage(
        self, session: Session, loaded: LoadedScenario, row: RoundRow, facts: Mapping[str, str]
    ) -> Stage:
        machine = self._machine
        return Stage(
            session.api, loaded, row.seed, facts, machine.clock, machine.settings.tools_image
        )

    def _closing(self, session: Session, stage: Stage, row: RoundRow, keeps: bool) -> Closing:
        return Closing(
            row, session.cluster, session.api, self._history, self._machine.clock, session.place,
            install_id(self._machine.settings), keeps, frozenset(stage.namespaces()),
            config_file(self._machine.settings, row.id), session.held,
        )  # fmt: skip

    def _round(
        self, session: Session, stage: Stage, row: RoundRow, after: Snapshot, closing: Closing
    ) -> Round:
        clock = self._machine.clock
        commands = commands_file(self._machine.settings.data_dir, row.id)
        return Round(
            row, stage, session.cluster, self._history, clock, after, closing, commands, self.tell
        )


def commands_file(data_dir: Path, round_id: str) -> Path:
    """Where breakfix's shell writes down what is typed in a round."""
    return data_dir / "rounds" / f"{round_id}.commands"
