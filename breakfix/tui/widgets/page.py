"""The page that the on-call got, and under it what is known and what is for sale."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from breakfix.game.scoring import BEFORE_CHANGE
from breakfix.game.worth import DIAGNOSIS, no_costs, seconds_a_point
from breakfix.scenario.prose import TIME_OF_DAY, reflowed
from breakfix.scenario.quantities import clock_text
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import MINUS, Part, clipped, diagnosis_words, hanging, one_line, stacked

if TYPE_CHECKING:
    from breakfix.game.model import HintView, RoundView

GAP = 2


def brief_of(view: RoundView, width: int) -> Content:
    """The symptoms as the scenario tells them, and what is to be learnt."""
    goals = [hanging((" · ", "$muted"), goal, width) for goal in view.scenario.metadata.objectives]
    brief = Content(reflowed(view.scenario.spec.brief) + "\n").highlight_regex(
        TIME_OF_DAY, style="$accent bold"
    )
    return stacked([brief, heading("Objectives"), *goals])


def heading(text: str) -> Content:
    """The head of a part of the page."""
    return Content.assemble((text, "$muted bold"))


def hints_of(view: RoundView, width: int) -> Content:
    """What has been looked at, what was bought with its command, what is next and its price."""
    bought = [line for hint in view.hints if hint.bought for line in _bought(hint, width)]
    return stacked([heading("Hints"), _seen(view, width), *bought, _next(view)])


def _bought(hint: HintView, width: int) -> list[Content]:
    head = Content.assemble(
        (" ✓ ", "$success"), (hint.evidence, "bold"), (f"  {MINUS}{hint.price}", "$muted")
    )
    lines = [head, hanging("   ", hint.say, width)]
    return (
        [*lines, hanging(("   $ ", "$muted"), (hint.run, "$primary"), width)] if hint.run else lines
    )


def _seen(view: RoundView, width: int) -> Content:
    if not view.has_audit:
        text = "no audit log here: only this pane's commands count"
        return hanging((" · ", "$muted"), (text, "$muted"), width)
    looked = [hint.evidence for hint in view.hints if hint.seen and not hint.bought]
    if not looked:
        return hanging((" · ", "$muted"), ("nothing looked at yet", "$muted"), width)
    return hanging((" ✓ ", "$success"), f"seen: {', '.join(looked)}", width)


def _next(view: RoundView) -> Content:
    hint = view.next_hint
    if hint is None:
        return Content.assemble((" · ", "$muted"), ("no hints are left", "$muted"))
    return Content.assemble(
        (" · ", "$muted"), "next: ", (hint.evidence, "bold"), price_of(hint), _key("F3")
    )


def price_of(hint: HintView) -> Part:
    """A price in points."""
    return (f"  {MINUS}{hint.price} points", "$warning") if hint.price else ("  free", "$success")


def diagnosis_of(view: RoundView, width: int) -> Content:
    """The answer that was given, or what one is worth now."""
    if view.diagnosis is not None:
        answer = hanging((" · ", "$muted"), diagnosis_words(view.diagnosis), width)
        return stacked([heading("Diagnosis"), answer])
    early = DIAGNOSIS - BEFORE_CHANGE
    when = f"+{early} now: you have changed something" if view.changed else (
        f"+{DIAGNOSIS} before you change anything, +{early} after"
    )  # fmt: skip
    offer = hanging((" · ", "$muted"), f"name component and fault: {when}", width)
    return stacked([heading("Diagnosis"), Content.assemble(offer, _key("F4"))])


def score_of(view: RoundView, width: int) -> Content:
    """What solving it now would give, of what parts, and what can still change it."""
    head = Content.assemble(
        (" · ", "$muted"), (f"{view.score.total}", "bold"), " if it is solved now"
    )
    parts = ", ".join(
        f"{name} {str(points).replace('-', MINUS)}"
        for name, points, _ in view.score.parts
        if points
    )
    time = view.scenario.spec.time
    times = f"par {clock_text(time.par)}, over at {clock_text(time.limit)}"
    lines = [
        heading("Score"), head, hanging("   ", (parts, "$muted"), width),
        Content.assemble((" · ", "$muted"), times),
        hanging(" · ", f"a verify that says no: {MINUS}{no_costs(view)} points", width),
    ]  # fmt: skip
    if view.elapsed > view.scenario.spec.time.par:
        pace = f"behind par: a point less every {seconds_a_point(view):.0f} s"
        lines.append(hanging("   ", (pace, "$warning"), width))
    return stacked(lines)


def _key(key: str) -> Content:
    """A key that is heard in the shell too: the page stands beside it."""
    return Content.assemble("  ", (f"[{key}]", "$accent"))


def folded(view: RoundView, width: int, way: str) -> Content:
    """The page in two lines, for a small screen; `way` are the keys that lead to all of it."""
    brief = clipped(one_line(view.scenario.spec.brief), width - 2)
    hint = view.next_hint
    offer = f"next hint: {hint.evidence} {MINUS}{hint.price}" if hint else "no hints left"
    seen = [h.evidence for h in view.hints if h.seen or h.bought]
    looked = f"seen: {', '.join(seen)}   " if seen else ""
    more = f"{way} reads it all"
    room = width - 2 - len(more) - GAP
    second = clipped(f"{looked}{offer}", room).ljust(room + GAP)
    return Content.assemble(
        " ", brief, "\n", " ", (second, "$muted"), (way, "$accent"), (more[len(way) :], "$muted")
    )


class PagePane(VerticalScroll, can_focus=True):
    """Brief, objectives, hints, diagnosis and score, each kept up to date."""

    BORDER_TITLE = "Page"

    def compose(self) -> ComposeResult:
        yield Fitted(id="brief")
        yield Fitted(id="hints")
        yield Fitted(id="diagnosis")
        yield Fitted(id="score")

    def show(self, view: RoundView) -> None:
        """Show how the round stands."""
        self.query_one("#brief", Fitted).fit(partial(brief_of, view))
        self.query_one("#hints", Fitted).fit(partial(hints_of, view))
        self.query_one("#diagnosis", Fitted).fit(partial(diagnosis_of, view))
        self.query_one("#score", Fitted).fit(partial(score_of, view))
