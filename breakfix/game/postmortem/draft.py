"""The draft of a postmortem as blocks: what Markdown and HTML are both written from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from breakfix.game.model import Change, Debrief, Repair
from breakfix.game.postmortem import comparison
from breakfix.game.postmortem.blast import blast_words, object_name
from breakfix.game.postmortem.reflection import went_badly, went_well
from breakfix.scenario.prose import reflowed
from breakfix.scenario.quantities import clock_text

NO_AUDIT = (
    "There was no audit log: looks and changes are known only as far as they were typed in "
    "breakfix's own shell."
)
NONE = "\N{EN DASH}"


@dataclass(frozen=True)
class Text:
    """A paragraph; `code` stands between backticks. `quoted` is what somebody said."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a head; `figures` are the columns that are set to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[int, ...] = ()


@dataclass(frozen=True)
class Items:
    """A list; `tasks` are to be ticked off."""

    items: tuple[str, ...]
    tasks: bool = False


@dataclass(frozen=True)
class Code:
    """Text as it is: `diff`, `sh` or `text`, with a line above it."""

    text: str
    language: str
    title: str = ""


@dataclass(frozen=True)
class Links:
    """Titles with their addresses."""

    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Drawing:
    """The picture of the round; only pages have it."""


Block = Text | Table | Items | Code | Links | Drawing


@dataclass(frozen=True)
class Section:
    """A head and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


def title(debrief: Debrief) -> str:
    """The head of the whole."""
    return f"Postmortem: {debrief.view.scenario.metadata.title}"


def subtitle(debrief: Debrief) -> str:
    """When it was, how it came out, and the seed that brings it back."""
    view = debrief.view
    joint = "in" if debrief.mitigate is not None else "after"
    par = clock_text(view.scenario.spec.time.par)
    return (
        f"{view.created_at:%Y-%m-%d %H:%M} UTC: {view.outcome or view.state} {joint} "
        f"{clock_text(view.elapsed)} (par {par}), score {view.score.total}. "
        f"Seed {view.seed}, cluster {view.cluster}."
    )


def sections(debrief: Debrief, notes: str = "") -> Iterator[Section]:
    """The whole postmortem in its order; a draft: people fill in the rest."""
    told = debrief.view.scenario.spec.debrief
    yield Section("Summary", tuple(_summary(debrief)))
    yield Section("Impact", tuple(_impact(debrief)))
    yield Section("Timeline", tuple(_timeline(debrief)))
    yield Section("Detection", tuple(_detection(debrief)))
    yield Section("Root cause", (Text(reflowed(told.why)), Text(f"On EKS: {_line(told.on_eks)}")))
    yield Section("Resolution", tuple(_resolution(debrief)))
    yield Section("Valid fixes", tuple(_fixes(debrief)))
    yield Section("What went well", (Items((*went_well(debrief), "…")),))
    yield Section("What went badly", (Items((*went_badly(debrief), "…")),))
    yield Section("Action items", (Items(tuple(_actions(debrief)), tasks=True),))
    yield Section("Score", (_score(debrief), *_learnt(debrief)))
    if notes.strip():
        yield Section("Notes taken in the round", (Code(notes.rstrip(), "text"),))
    if debrief.links:
        yield Section("Read on", (Links(debrief.links),))


def _summary(debrief: Debrief) -> Iterator[Block]:
    view = debrief.view
    after = clock_text(view.elapsed)
    if debrief.mitigate is not None:
        how = f"It was mitigated {after} after the symptom was seen."
    else:
        how = f"It was not mitigated ({view.outcome or view.state} after {after})."
    yield Text(f"{view.scenario.metadata.title}. {how}")
    yield Text(_line(debrief.view.scenario.spec.debrief.why))
    yield Drawing()


def _impact(debrief: Debrief) -> Iterator[Block]:
    yield Text("What was reported:")
    yield Text(reflowed(debrief.view.scenario.spec.brief), quoted=True)
    lasted = clock_text(debrief.view.elapsed)
    until = "until it was mitigated" if debrief.mitigate is not None else "and went on"
    yield Text(f"It lasted {lasted} from the symptom on {until}. Who noticed, and how many: …")


def _timeline(debrief: Debrief) -> Iterator[Block]:
    rows = tuple((clock_text(m.at), m.kind, m.text) for m in debrief.timeline)
    yield Table(("time", "kind", "what"), rows)
    if not debrief.view.has_audit:
        yield Text(NO_AUDIT)


def _detection(debrief: Debrief) -> Iterator[Block]:
    rows = tuple((t.name, _clock(t.at), _clock(t.best)) for t in comparison.times(debrief))
    yield Table(("time to", "this round", "best other round"), rows, (1, 2))
    yield Text(f"How to see it sooner: {_line(debrief.view.scenario.spec.debrief.sooner)}")
    if debrief.one_command:
        yield Code(debrief.one_command, "sh", "In one command next time:")
    if debrief.one_command_shows:
        yield Code(debrief.one_command_shows, "text", "What to look for in its answer:")


def _resolution(debrief: Debrief) -> Iterator[Block]:
    yield Text(f"Blast radius: {blast_words(debrief)}")
    done = tuple(m for m in debrief.timeline if m.kind == "change")
    if done:
        yield Items(tuple(f"{clock_text(m.at)} {m.text}" for m in done))
    typed = [m.text for m in debrief.typed if m.kind == "change"]
    if typed:
        yield Code("\n".join(typed), "sh", "Typed:")
    for change in debrief.changes:
        yield Code(change.diff.rstrip(), "diff", change_title(change))


def change_title(change: Change) -> str:
    """`changed ConfigMap kube-system/coredns`, with a word where it was not expected."""
    outside = "" if change.expected else "  (not part of a known fix)"
    return f"{change.what} {object_name(change)}{outside}"


def shared_words(repair: Repair, changes: int) -> str:
    """How a fix and what the learner changed overlap."""
    if not repair.shared:
        return ""
    what = "the object" if repair.shared == changes == 1 else f"{repair.shared} of the objects"
    return f"changes {what} that you changed"


def _fixes(debrief: Debrief) -> Iterator[Block]:
    for number, repair in enumerate(debrief.repairs, 1):
        shared = shared_words(repair, len(debrief.changes))
        yield Text(f"{number}. {repair.name}" + (f" ({shared})" if shared else ""))
        yield Items(tuple(step.text for step in repair.steps))
        commands = [step.command for step in repair.steps if step.command]
        if commands:
            yield Code("\n".join(commands), "sh")


def _actions(debrief: Debrief) -> Iterator[str]:
    told = debrief.view.scenario.spec.debrief
    yield f"Prevent: {_line(told.prevent)} Owner: … Until: …"
    yield "Detect sooner: … Owner: … Until: …"
    yield "Mitigate faster: … Owner: … Until: …"


def _score(debrief: Debrief) -> Table:
    rows = [*comparison.parts(debrief), comparison.totals(debrief)]
    return Table(
        ("part", "points", "best other", "at par", "why"),
        tuple((r.name, _points(r.points), _points(r.best), _points(r.par), r.why) for r in rows),
        (1, 2, 3),
    )


def _learnt(debrief: Debrief) -> Iterator[Block]:
    told = debrief.learnt
    if told is not None:
        yield Text(f"{told.words[:1].upper()}{told.words[1:]}.")


def _points(points: int | None) -> str:
    return NONE if points is None else str(points)


def _clock(at: float | None) -> str:
    return NONE if at is None else clock_text(at)


def _line(text: str) -> str:
    return " ".join(text.split())
