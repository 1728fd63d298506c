"""How the customers fare, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.game.service_level import WINDOW, percent
from breakfix.plain.words import listed, spoken

if TYPE_CHECKING:
    from breakfix.game.service_level import ServiceLevel


def customer_lines(level: ServiceLevel | None) -> list[str]:
    """What was served lately and what is left of the error budget; nothing without customers."""
    if level is None:
        return []
    left = f"{percent(level.budget)} percent of the error budget is left."
    lately = f"in the last {spoken(WINDOW)}"
    if level.share is None:
        return [f"Customers: nobody asked {lately}. {left}"]
    each = [f"{who} {percent(share)} percent" for who, share in level.of if share is not None]
    by = f": {listed(each)}" if len(level.of) > 1 else ""
    served = f"{percent(level.share)} percent of requests served {lately}"
    return [f"Customers: {served}{by}. {left}"]
