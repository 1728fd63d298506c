"""Before and after a round: what can be played, starting, resuming. Implements Lobby."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from breakfix.clusters.base import Capabilities, Progress
from breakfix.clusters.hurry import hurrying
from breakfix.clusters.identity import install_id
from breakfix.clusters.known import known_capabilities
from breakfix.clusters.snapshot import Snapshot
from breakfix.errors import RoundError, SetUpError
from breakfix.game.closing import Closing
from breakfix.game.daily import Daily, daily_name, daily_seed, played_on, utc_day
from breakfix.game.debriefing import debrief
from breakfix.game.grade import was_played, was_solved
from breakfix.game.home import Home
from breakfix.game.mastery import masteries
from breakfix.game.model import Debrief, Listing, Past, RoundView, State
from breakfix.game.record import Record, fold
from breakfix.game.repetition import schedule
from breakfix.game.round import Round
from breakfix.game.scoring import score
from breakfix.game.session import Machine, Opener, Session, nodes_needed, open_session
from breakfix.game.setting_up import SettingUp
from breakfix.game.stage import Stage
from breakfix.game.view import round_view
from breakfix.scenario import variants
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.pack import Catalogue
from breakfix.store.history import History, RoundRow


class GameLobby:
    """The lobby of this machine. `cluster` is auto, kind, kind:NAME or context:NAME;
    `opener` is how it is reached."""

    def __init__(
        self, machine: Machine, history: History, catalogue: Catalogue, cluster: str = "auto",
        opener: Opener = open_session,
    ) -> None:  # fmt: skip
        self._machine = machine
        self._history = history
        self._catalogue = catalogue
        self._cluster = cluster
        self._open = opener

    # -- what there is ----------------------------------------------------------------

    def home(self) -> Home:
        """All that home shows, the history read once."""
        past, now = self.past(), self._machine.clock.now()
        listings = tuple(self._listings(past))
        mine = [p for p in past if p.scenario in self._catalogue.names()]
        return Home(
            listings=listings,
            open_round=self.open_round(),
            daily=self._daily(listings, mine),
            tracks=masteries((x.scenario for x in listings), mine, now),
            due=schedule(mine, now),
            first_run=not past,
        )

    def _daily(self, listings: Sequence[Listing], past: Sequence[Past]) -> Daily | None:
        if not listings:
            return None
        day = utc_day(self._machine.clock.now())
        by_name = {x.scenario.metadata.name: x for x in listings}
        name = daily_name(day, by_name)
        seed, listing = daily_seed(day, name), by_name[name]
        return Daily(
            day, listing.scenario, seed, variants.count(self._catalogue.get(name)),
            listing.lacking, played_on(day, name, seed, past),
        )  # fmt: skip

    def listings(self) -> list[Listing]:
        """All scenarios in the order of their tracks and difficulty, with best results."""
        return self._listings(self.past())

    def _listings(self, past: Sequence[Past]) -> list[Listing]:
        known = known_capabilities(self._machine.settings, self._cluster)
        found = [_listing(loaded, past, known) for loaded in self._catalogue.all()]
        key = [(x.scenario.metadata.tracks[0], x.scenario.metadata.difficulty) for x in found]
        return [x for _, x in sorted(zip(key, found, strict=True), key=lambda pair: pair[0])]

    def open_round(self) -> RoundView | None:
        """The round that has not ended, from the history alone."""
        row = self._history.open_round()
        return self.look_up(row) if row else None

    def look_up(self, row: RoundRow) -> RoundView:
        """Any round of the history as it is shown."""
        record = fold(self._history.events(row.id))
        loaded = self._catalogue.get(row.scenario)
        scenario = variants.render(loaded, row.seed, _facts(record))
        return round_view(row, scenario, record, self._machine.clock.now())

    def past(self, scenario: str = "") -> list[Past]:
        """The rounds of the history, newest first, of one scenario or of all."""
        rows = self._history.rounds(scenario)
        events, now = self._history.all_events(), self._machine.clock.now()
        return [_past(row, fold(events[row.id]), now) for row in rows]

    def debrief_of(self, round_id: str | None) -> Debrief:
        """The debrief of a round of the history, the newest without an id."""
        rows = self._history.rounds()
        row = next((r for r in rows if round_id in (None, r.id)), None)
        if row is None:
            raise RoundError(
                f"there is no round {round_id}" if round_id else "no round was played yet",
                "`breakfix history` lists them.",
            )
        record = fold(self._history.events(row.id))
        if record.outcome is None:
            raise RoundError(f"round {row.id} has no outcome: {record.state}", "")
        view, now = self.look_up(row), self._machine.clock.now()
        return debrief(view, record, self._catalogue.get(row.scenario), self._history, now)

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
        stage = self._stage(session, loaded, row, _facts(record))
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
            install_id(self._machine.settings), keeps, frozenset(stage.namespaces()), session.held,
        )  # fmt: skip

    def _round(
        self, session: Session, stage: Stage, row: RoundRow, after: Snapshot, closing: Closing
    ) -> Round:
        clock = self._machine.clock
        commands = commands_file(self._machine.settings.data_dir, row.id)
        return Round(row, stage, session.cluster, self._history, clock, after, closing, commands)


def _listing(loaded: LoadedScenario, past: Sequence[Past], known: Capabilities | None) -> Listing:
    played = [p for p in past if p.scenario == loaded.name and was_played(p)]
    solved = [p for p in played if was_solved(p)]
    return Listing(
        scenario=loaded.scenario,
        path=loaded.path,
        plays=len(played),
        best_score=max((p.score for p in solved), default=None),
        best_time=min((p.time for p in solved), default=None),
        lacking=known.lacks(loaded.scenario.spec.requires) if known else {},
    )


def _past(row: RoundRow, record: Record, now: datetime) -> Past:
    words, points = str(record.outcome or record.state), score(record, now).total
    time = record.elapsed(now)
    return Past(row.id, row.scenario, row.seed, row.created_at, words, time, points)


def commands_file(data_dir: Path, round_id: str) -> Path:
    """Where breakfix's shell writes down what is typed in a round."""
    return data_dir / "rounds" / f"{round_id}.commands"


def _facts(record: Record) -> dict[str, str]:
    facts = record.data.get("facts")
    return {str(k): str(v) for k, v in facts.items()} if isinstance(facts, dict) else {}
