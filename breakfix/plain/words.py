"""The game in sentences: what a screen shows by place, shape or sign is said in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from breakfix.scenario.prose import paragraphs
from breakfix.scenario.quantities import past_par

if TYPE_CHECKING:
    from breakfix.checks.result import CheckResult
    from breakfix.game.model import DiagnosisView, HintView, RoundView, VerifyUpdate

HARDEST = 5
MOST_DIGITS = 9
MINUTE, HOUR = 60, 3600
PAGE_HEAD = re.compile(r"\d{1,2}:\d\d  [A-Z]+  ")


def spoken(seconds: float) -> str:
    """A duration in whole seconds: `4 minutes 12 seconds`."""
    whole = int(seconds)
    hours, minutes, rest = whole // HOUR, whole % HOUR // MINUTE, whole % MINUTE
    parts = ((hours, "hour"), (minutes, "minute"), (rest, "second"))
    said = [counted(number, word) for number, word in parts if number]
    return " ".join(said) or "0 seconds"


def counted(number: int, word: str, many: str = "") -> str:
    """`1 hint`, `2 hints`; `many` where an s is not enough."""
    return f"1 {word}" if number == 1 else f"{number} {many or f'{word}s'}"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = list(words) or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last


def sentence(text: str) -> str:
    """One line that ends with a full stop."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", ":")) else f"{line}."


def whole(text: str) -> int | None:
    """The number that a text is; None where it is none, or longer than any that is meant."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def brief_lines(view: RoundView) -> list[str]:
    """The page, paragraph by paragraph; the head of a page (`07:58  PAGE  shop / checkout
    down`) is a sentence of its own."""
    brief = view.scenario.spec.brief.strip()
    head, _, rest = brief.partition("\n")
    if not PAGE_HEAD.match(head):
        return [line for line in paragraphs(brief) if line]
    return [sentence(head), *(line for line in paragraphs(rest) if line)]


def objective_lines(view: RoundView) -> list[str]:
    """What the round teaches."""
    goals = view.scenario.metadata.objectives
    return [f"Objective {n} of {len(goals)}: {sentence(g)}" for n, g in enumerate(goals, 1)]


def status_lines(view: RoundView) -> list[str]:
    """The round at a glance: clock, par, score, hints, diagnosis."""
    meta, times = view.scenario.metadata, view.scenario.spec.time
    return [
        f"{meta.title}, difficulty {meta.difficulty} of {HARDEST}, on {view.cluster}, "
        f"seed {view.seed}.",
        f"The round is {view.state}. {clock_sentence(view)} "
        f"The limit is {spoken(times.limit)}.",
        f"Score now {view.score.total} of 100: "
        + ", ".join(f"{name} {signed(points)}" for name, points, _ in view.score.parts) + ".",
        f"{counted(sum(h.bought for h in view.hints), 'hint')} bought of {len(view.hints)}. "
        f"{counted(view.wrong_verifies, 'verify', 'verifies')} without success.",
        diagnosis_sentence(view.diagnosis),
    ]  # fmt: skip


def clock_sentence(view: RoundView) -> str:
    """Time played against par."""
    par = view.scenario.spec.time.par
    over = past_par(view.elapsed, par)
    against = f"{spoken(over)} over par." if over > 0 else f"par is {spoken(par)}."
    return f"{spoken(view.elapsed)} played, {against}"


def signed(points: int) -> str:
    """`plus 10`, `minus 5`, `0`."""
    return f"plus {points}" if points > 0 else f"minus {-points}" if points < 0 else "0"


def diagnosis_sentence(found: DiagnosisView | None) -> str:
    """What was answered, and whether it was right."""
    if found is None:
        return "No diagnosis given yet."
    words = {True: "right", False: "not right"}
    when = "" if found.before_change else " It came after a change."
    return (
        f"Diagnosis: component {found.component}, {words[found.component_right]}; "
        f"fault {found.fault}, {words[found.fault_right]}.{when}"
    )


def hint_lines(hint: HintView) -> list[str]:
    """A hint that was bought."""
    lines = [f"Hint {hint.index + 1}, {hint.evidence}: {sentence(hint.say)}"]
    return [*lines, "Its command:", f"  {' '.join(hint.run.split())}"] if hint.run else lines


def ladder_lines(view: RoundView) -> list[str]:
    """All hints: those bought in full, of the others kind and price."""
    lines: list[str] = []
    for hint in view.hints:
        if hint.bought:
            lines += hint_lines(hint)
        else:
            price = counted(hint.price, "point")
            state = "you have looked there already" if hint.seen else f"costs {price}"
            lines.append(f"Hint {hint.index + 1}, {hint.evidence}: {state}.")
    if lines and not view.has_audit:
        lines.append("This cluster has no audit log: only what you type here is seen as a look.")
    return lines or ["This round has no hints."]


def check_line(result: CheckResult) -> str:
    """One check: its name, whether it passes, what was expected and what was seen."""
    seen = sentence(result.seen) if result.seen.strip() else "nothing."
    if result.broken:
        return f"{result.name}: could not be asked. {seen}"
    if result.ok:
        return f"{result.name}: passes. Saw {seen}"
    return f"{result.name}: does not pass. Expected {sentence(result.expected)} Saw {seen}"


def verdict_lines(update: VerifyUpdate) -> list[str]:
    """How a verify came out."""
    results = (*update.checks, *update.guards)
    if update.passed:
        held = spoken(round(update.settle))
        return [f"Solved. All {len(results)} checks and guards held for {held}."]
    wrong = [r.name for r in results if not r.ok]
    if not wrong:
        return [f"Not solved: all passed, but not for {spoken(round(update.settle))} on end."]
    return [f"Not solved yet. {len(wrong)} of {len(results)} do not pass: {listed(wrong)}."]
