"""Small texts that several screens say the same way."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content

from breakfix.scenario.quantities import clock_text, past_par

if TYPE_CHECKING:
    from breakfix.checks.result import CheckResult
    from breakfix.game.model import DiagnosisView, RoundView

HARDEST = 5
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
NONE = "\N{EN DASH}"  # where there is no figure
Part = tuple[str, str]


def dots(difficulty: int) -> str:
    """A difficulty of 1 to 5 as `●●○○○`."""
    return "●" * difficulty + "○" * (HARDEST - difficulty)


def seconds_text(seconds: float) -> str:
    """A short duration: `0.8 s`, `12 s`, then as a clock."""
    if seconds < 10:  # noqa: PLR2004 - one digit is read as a figure, two as a count
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 100 else clock_text(seconds)  # noqa: PLR2004


def clock_parts(view: RoundView) -> tuple[str, str]:
    """The clock against par (or limit, when par is behind) in words, and its style."""
    times = view.scenario.spec.time
    now = clock_text(view.elapsed)
    if view.elapsed <= times.par:
        return f"{now} / par {clock_text(times.par)}", "$foreground"
    over = f"{now} · {clock_text(past_par(view.elapsed, times.par))} over par"
    left = times.limit - view.elapsed
    return f"{over} · {clock_text(max(0.0, left))} left", "$warning bold"


def clock_brief(view: RoundView) -> tuple[str, str]:
    """The clock for a narrow header: `04:12/06:00`, or `07:10 over par`."""
    par = view.scenario.spec.time.par
    if view.elapsed <= par:
        return f"{clock_text(view.elapsed)}/{clock_text(par)}", "$foreground"
    return f"{clock_text(view.elapsed)} over par", "$warning bold"


def check_mark(ok: bool) -> Part:
    """A mark that is read without colour."""
    return ("✓", "$success") if ok else ("✗", "$error")


def check_lines(result: CheckResult, width: int) -> Content:
    """One check: its mark and name, then what was expected and what was seen."""
    head = Content.assemble(" ", check_mark(result.ok), f" {result.name}")
    seen = one_line(result.seen) or "nothing"
    if result.broken:
        return stacked(
            [head, hanging(("     could not ask: ", "$muted"), (seen, "$warning"), width)]
        )
    if result.ok:
        if head.cell_length + len(seen) + 2 <= width:
            return Content.assemble(head, (f"  {seen}", "$muted"))
        return stacked([head, hanging("     ", (seen, "$muted"), width)])
    expected = hanging(("     expected  ", "$muted"), result.expected, width)
    saw = hanging(("     saw       ", "$muted"), (seen, "$error"), width)
    return stacked([head, expected, saw])


def diagnosis_words(found: DiagnosisView) -> str:
    """What was answered and what of it was right."""
    component = f"{found.component} {'✓' if found.component_right else '✗'}"
    fault = f"{found.fault} {'✓' if found.fault_right else '✗'}"
    when = "" if found.before_change else " (after a change)"
    return f"{component} · {fault}{when}"


def hanging(mark: Part | str, text: Part | str, width: int) -> Content:
    """A paragraph after its mark, every further line set under the first word."""
    lead = mark if isinstance(mark, str) else mark[0]
    words, style = (text, "") if isinstance(text, str) else text
    lines = wrap(one_line(words), max(12, width - len(lead)), break_on_hyphens=False) or [""]
    body = ("\n" + " " * len(lead)).join(lines)
    return Content.assemble(mark, (body, style))


def stacked(lines: Iterable[Content]) -> Content:
    """Contents one below the other."""
    return Content("\n").join(lines)


def clipped(text: str, width: int) -> str:
    """The text in at most so many cells, with an ellipsis where it was longer."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def one_line(text: str) -> str:
    """Text of several lines as one paragraph."""
    return " ".join(text.split())
