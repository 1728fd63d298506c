"""What went well and what did not, as far as the log can tell; people add the rest."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.game.model import Debrief, State
from breakfix.game.postmortem.blast import blast_of
from breakfix.scenario.quantities import clock_text


def went_well(debrief: Debrief) -> Iterator[str]:
    """Findings that speak for the round."""
    view = debrief.view
    par = view.scenario.spec.time.par
    if view.outcome is State.SOLVED and view.elapsed <= par:
        yield f"Mitigated {clock_text(par - view.elapsed)} before par."
    if not any(h.bought for h in view.hints):
        yield "Found without a hint."
    found = view.diagnosis
    if found and found.component_right and found.fault_right:
        yield "The diagnosis was right" + (
            ", and made before anything was changed." if found.before_change else "."
        )
    if view.outcome is State.SOLVED and not view.wrong_verifies:
        yield "The first verify passed."
    if debrief.changes and not blast_of(debrief.changes).unexpected:
        yield "Nothing was changed that the repair did not need."


def went_badly(debrief: Debrief) -> Iterator[str]:
    """Findings to think about."""
    view = debrief.view
    par = view.scenario.spec.time.par
    if view.outcome is not State.SOLVED:
        yield f"Not mitigated: {view.outcome or view.state} after {clock_text(view.elapsed)}."
    elif view.elapsed > par:
        yield f"Mitigated {clock_text(view.elapsed - par)} after par."
    bought = [h.evidence for h in view.hints if h.bought]
    if bought:
        yield f"Hints were needed: {', '.join(bought)}."
    found = view.diagnosis
    if found is None:
        yield "No diagnosis was written down before the repair."
    elif not (found.component_right and found.fault_right):
        wrong = [
            name
            for name, right in (("component", found.component_right), ("fault", found.fault_right))
            if not right
        ]
        yield f"The diagnosis had the wrong {' and the wrong '.join(wrong)}."
    if view.wrong_verifies:
        times = "once" if view.wrong_verifies == 1 else f"{view.wrong_verifies} times"
        yield f"It was thought to be solved {times} before it was."
    extra = blast_of(debrief.changes).unexpected
    if extra:
        yield f"Changed without need: {', '.join(extra)}."
