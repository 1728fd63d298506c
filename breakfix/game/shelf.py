"""What can be played and what was: all that a lobby tells without a cluster."""

from __future__ import annotations

from collections.abc import Sequence

from breakfix.clusters.base import Capabilities
from breakfix.clusters.known import known_capabilities
from breakfix.errors import RoundError
from breakfix.game.daily import Daily, daily_name, daily_seed, played_on, utc_day
from breakfix.game.debriefing import debrief
from breakfix.game.grade import was_played, was_solved
from breakfix.game.home import Home
from breakfix.game.mastery import masteries
from breakfix.game.model import Debrief, Listing, Past, RoundView
from breakfix.game.plays import plays
from breakfix.game.record import Record, fold
from breakfix.game.repetition import schedule
from breakfix.game.session import Machine
from breakfix.game.view import round_view
from breakfix.scenario import variants
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.pack import Catalogue
from breakfix.store.history import History, RoundRow


class Shelf:
    """The scenarios of this machine with what its history says of them."""

    def __init__(
        self, machine: Machine, history: History, catalogue: Catalogue, cluster: str
    ) -> None:
        self._machine = machine
        self._history = history
        self._catalogue = catalogue
        self._cluster = cluster

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

    def title(self, name: str) -> str:
        """What a scenario is called where its name would tell too much. Raises ScenarioError."""
        return self._catalogue.get(name).scenario.metadata.title

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
        scenario = variants.render(loaded, row.seed, known_facts(record))
        return round_view(row, scenario, record, self._machine.clock.now())

    def past(self, scenario: str = "") -> list[Past]:
        """The rounds of the history, newest first, of one scenario or of all."""
        return plays(self._history, self._machine.clock.now(), scenario)

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
        return self.tell(self.look_up(row), record)

    def tell(self, view: RoundView, record: Record) -> Debrief:
        """The debrief of a round that came to an outcome."""
        known = [loaded.scenario for loaded in self._catalogue.all()]
        loaded, now = self._catalogue.get(view.scenario.metadata.name), self._machine.clock.now()
        return debrief(view, record, loaded, self._history, known, now)


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


def known_facts(record: Record) -> dict[str, str]:
    """What was known of the cluster when the round was begun: its variants need it."""
    facts = record.data.get("facts")
    return {str(k): str(v) for k, v in facts.items()} if isinstance(facts, dict) else {}
