"""What came of a check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """One check asked once: what was expected, what was seen, how long it took (s).

    `broken` is true when the check itself could not be asked (no pod to ask from, an
    API that does not answer); it counts as not ok.
    """

    name: str
    ok: bool
    expected: str
    seen: str
    seconds: float = 0.0
    broken: bool = False
