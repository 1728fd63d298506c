"""The debrief: what happened when, what was changed, and what else would have worked."""

from __future__ import annotations

from datetime import datetime

from breakfix.clusters.base import AuditEvent
from breakfix.game.model import Change, Debrief, Moment, RoundView, State
from breakfix.game.record import Record, fold
from breakfix.game.scoring import score
from breakfix.scenario.links import all_links
from breakfix.scenario.loading import LoadedScenario
from breakfix.store.history import Event, History

WORDS = {
    "started": "the symptom is seen; the clock starts",
    "paused": "paused",
    "resumed": "resumed",
    "solved": "solved",
    "given up": "given up",
    "timed out": "time is up",
}


def debrief(
    view: RoundView, record: Record, loaded: LoadedScenario, history: History, now: datetime
) -> Debrief:
    """Everything that is told after a round."""
    timeline = _timeline(record)
    spec = view.scenario.spec
    known = all_links(loaded.roots)
    found = (known[name] for name in spec.debrief.links if name in known)
    return Debrief(
        view=view,
        detect=min((record.play_time(at) for at in record.looked.values()), default=None),
        locate=_locate(record, timeline),
        mitigate=record.elapsed(now) if record.outcome is State.SOLVED else None,
        timeline=timeline,
        changes=_changes(record),
        fixes=tuple(fix.name for fix in spec.proof.fixes),
        links=tuple((link.title, link.url) for link in found),
        best=best_score(history, view.scenario.metadata.name, now),
    )


def best_score(history: History, scenario: str, now: datetime) -> int | None:
    """The best score of all solved rounds of a scenario."""
    records = (fold(history.events(row.id)) for row in history.rounds(scenario))
    scores = [score(r, now).total for r in records if r.outcome is State.SOLVED]
    return max(scores, default=None)


def change_text(event: AuditEvent) -> str:
    """A write in words: `patch configmaps/coredns in kube-system`."""
    what = f"{event.resource}/{event.name}" if event.name else event.resource
    what += f" ({event.subresource})" if event.subresource else ""
    return f"{event.verb} {what}" + (f" in {event.namespace}" if event.namespace else "")


def _timeline(record: Record) -> tuple[Moment, ...]:
    found = [m for e in record.events if (m := _moment(e, record)) is not None]
    for event in record.events:
        for write in event.data.get("writes", ()) if event.kind == "changes" else ():
            at = record.play_time(datetime.fromisoformat(write["at"]))
            found.append(Moment(at, "change", write["text"]))
    return tuple(sorted(found, key=lambda m: m.at))


def _moment(event: Event, record: Record) -> Moment | None:
    at, data = record.play_time(event.at), event.data
    match event.kind:
        case "hint":
            return Moment(at, "hint", f"hint bought: {data['evidence']}, {data['price']} points")
        case "looked":
            return Moment(at, "look", f"looked at {data['evidence']}")
        case "diagnosis":
            right = data["component_right"] and data["fault_right"]
            words = f"diagnosis: {data['component']}, {data['fault']}"
            return Moment(at, "diagnosis", f"{words} ({'right' if right else 'not right'})")
        case "verify":
            words = "all checks hold" if data["passed"] else "no: " + ", ".join(data["failing"])
            return Moment(at, "verify", f"verify: {words}")
    return Moment(at, event.kind, WORDS[event.kind]) if event.kind in WORDS else None


def _locate(record: Record, timeline: tuple[Moment, ...]) -> float | None:
    """When the place was known: a right diagnosis, else the first change in a solved round."""
    for event in record.events:
        right = event.kind == "diagnosis" and event.data["component_right"]
        if right and event.data["fault_right"]:
            return record.play_time(event.at)
    if record.outcome is not State.SOLVED:
        return None
    return next((m.at for m in timeline if m.kind == "change"), None)


def _changes(record: Record) -> tuple[Change, ...]:
    stock = next((e for e in reversed(record.events) if e.kind == "changes"), None)
    return tuple(Change(**c) for c in stock.data["objects"]) if stock else ()
