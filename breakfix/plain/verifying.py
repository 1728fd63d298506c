"""A verify as lines: each result once as it changes, then the verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from breakfix.plain.words import check_line, spoken

if TYPE_CHECKING:
    from breakfix.checks.result import CheckResult
    from breakfix.game.model import VerifyUpdate


class VerifyTeller:
    """Says what is new in each update."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told: dict[tuple[str, str], tuple[bool, bool]] = {}
        self._holding = False

    def tell(self, update: VerifyUpdate) -> None:
        """The newest look."""
        for what, results in (("Check", update.checks), ("Guard", update.guards)):
            for result in results:
                self._result(what, result)
        self._hold(update)

    def _result(self, what: str, result: CheckResult) -> None:
        state = (result.ok, bool(result.broken))
        if self._told.get((what, result.name)) != state:
            self._told[what, result.name] = state
            self._say(f"{what} {check_line(result)}")

    def _hold(self, update: VerifyUpdate) -> None:
        holding = all(r.ok for r in (*update.checks, *update.guards))
        if holding and not self._holding and not update.done:
            self._say(f"All pass. Now they must hold for {spoken(round(update.settle))}.")
        self._holding = holding


def last_results(update: VerifyUpdate | None) -> list[str]:
    """Every check and guard as the last verify saw it."""
    if update is None:
        return ["No verify yet. Type verify to ask whether it is solved."]
    return [
        *(f"Check {check_line(result)}" for result in update.checks),
        *(f"Guard {check_line(result)}" for result in update.guards),
    ]
