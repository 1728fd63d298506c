"""The debrief: what happened when, what was changed, and what else would have worked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from breakfix.clusters.base import AuditEvent
from breakfix.game.learnt import learnt
from breakfix.game.model import BestRound, Change, Debrief, Moment, RoundView, State
from breakfix.game.moments import timeline, typed_in
from breakfix.game.plays import plays
from breakfix.game.record import Record, fold
from breakfix.game.repairs import repairs
from breakfix.game.scoring import at_par, score
from breakfix.scenario import manifests, variants
from breakfix.scenario.hint_commands import blanks
from breakfix.scenario.links import all_links
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.spec import Debrief as Told
from breakfix.scenario.spec import Hint, Scenario
from breakfix.store.history import Event, History, RoundRow

TELLS_ALL = ("explanation", "solution")
WHOLE_COMMAND = re.compile(
    r"`(?P<quoted>kubectl [^`]*(?: -A| -n |--all-namespaces)[^`]*)`"
    r"|(?P<plain>\bkubectl get [a-z,]+ (?:-A|--all-namespaces)(?!\w))"
)


Tell = Callable[[RoundView, Record], Debrief]
"""Makes the debrief of a round as it is now."""


def debrief(
    view: RoundView, record: Record, loaded: LoadedScenario, history: History,
    catalogue: Sequence[Scenario], now: datetime,
) -> Debrief:  # fmt: skip
    """Everything that is told after a round; `catalogue` are all scenarios there are."""
    spec = view.scenario.spec
    moments = timeline(record, spec.hints, spec.namespace)
    known = all_links(loaded.roots)
    found = (known[name] for name in spec.debrief.links if name in known)
    stock = _stock(record)
    command, shows = one_command(spec.debrief, spec.hints)
    changed = tuple(Change(**c) for c in stock.data["objects"]) if stock else ()
    source = variants.source(loaded, view.seed, record.facts)
    others = [row for row in history.rounds(view.scenario.metadata.name) if row.id != view.id]
    best = best_round(others, history, now)
    solved = [best.score.total] if best else []
    solved += [view.score.total] if view.outcome is State.SOLVED else []
    return Debrief(
        view=replace(view, has_audit=_has_audit(view, stock)),
        detect=_detect(record, moments),
        locate=_locate(record, moments),
        mitigate=record.elapsed(now) if record.outcome is State.SOLVED else None,
        timeline=moments,
        changes=changed,
        fixes=tuple(fix.name for fix in spec.proof.fixes),
        links=tuple((link.title, link.url) for link in found),
        best=max(solved, default=None),
        best_round=best,
        at_par=at_par(record.par),
        repairs=repairs(spec, lambda what: manifests.applied(source, what), changed),
        typed=typed_in(record),
        one_command=command,
        one_command_shows=shows,
        stock_taken=stock is not None,
        learnt=learnt(loaded.scenario, view.id, catalogue, plays(history, now), now),
    )


def best_round(rows: Sequence[RoundRow], history: History, now: datetime) -> BestRound | None:
    """The best solved one of these rounds: the most points, then the shortest time."""
    records = ((row, fold(history.events(row.id))) for row in rows)
    solved = [(row, r) for row, r in records if r.outcome is State.SOLVED]
    best = max(solved, key=lambda p: (score(p[1], now).total, -p[1].elapsed(now)), default=None)
    if best is None:
        return None
    row, record = best
    moments = timeline(record)
    return BestRound(
        id=row.id, seed=row.seed, at=row.created_at, elapsed=record.elapsed(now),
        score=score(record, now), detect=_detect(record, moments),
        locate=_locate(record, moments),
    )  # fmt: skip


def one_command(told: Told, hints: Sequence[Hint]) -> tuple[str, str]:
    """The command that shows the cause at once, and the words of its answer that do: the
    scenario's own, else a guess, of which no words are known."""
    named = told.one_command
    return (named.run, named.shows) if named else (guessed_command(told.sooner, hints), "")


def guessed_command(told: str, hints: Sequence[Hint]) -> str:
    """The command that tells most: one that `debrief.sooner` gives whole, else the last on
    the ladder before it is all explained, better one that needs no pod's name put in."""
    whole = WHOLE_COMMAND.search(" ".join(told.split()))
    if whole:
        return whole["quoted"] or whole["plain"]
    looks = [h.run for h in hints if h.run and h.evidence not in TELLS_ALL]
    ready = [run for run in looks if not blanks(run)]
    return (ready or looks or [""])[-1]


def change_text(event: AuditEvent) -> str:
    """A write in words: `patch configmaps/coredns in kube-system`."""
    what = f"{event.resource}/{event.name}" if event.name else event.resource
    what += f" ({event.subresource})" if event.subresource else ""
    return f"{event.verb} {what}" + (f" in {event.namespace}" if event.namespace else "")


def _stock(record: Record) -> Event | None:
    return next((e for e in reversed(record.events) if e.kind == "changes"), None)


def _has_audit(view: RoundView, stock: Event | None) -> bool:
    """Was there an audit log? Rounds of before did not write it down."""
    return bool(stock.data.get("audit", view.has_audit)) if stock else view.has_audit


def _detect(record: Record, moments: Sequence[Moment]) -> float | None:
    """When the learner first looked where the ladder points; at the latest when the place
    was known."""
    looked = min((record.play_time(at) for at in record.looked.values()), default=None)
    located = _locate(record, moments)
    return min(looked, located) if looked is not None and located is not None else looked


def _locate(record: Record, moments: Sequence[Moment]) -> float | None:
    """When the place was known: a right diagnosis, else the first change in a solved round."""
    for event in record.events:
        right = event.kind == "diagnosis" and event.data["component_right"]
        if right and event.data["fault_right"]:
            return record.play_time(event.at)
    if record.outcome is not State.SOLVED:
        return None
    return next((m.at for m in moments if m.kind == "change"), None)
