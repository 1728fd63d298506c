"""The arrangements a round begins with, one for each kind of screen."""

from __future__ import annotations

from enum import Enum

from breakfix.tui.layout.arrangement import Arrangement, Column, Row, single

SMALL_WIDTH, SMALL_HEIGHT = 100, 30
HUGE_WIDTH = 170


class Kind(Enum):
    """How large the screen is; each kind has an arrangement of its own."""

    SMALL = "small"
    WIDE = "wide"
    HUGE = "huge"


def kind_of(width: int, height: int) -> Kind:
    """The kind of a board of this size."""
    if width < SMALL_WIDTH or height < SMALL_HEIGHT:
        return Kind.SMALL
    return Kind.HUGE if width >= HUGE_WIDTH else Kind.WIDE


CUSTOMERS = Row((single("customers"),))
SHELL = Row((single("shell"),))
PAGE = Row((single("page"),))

SMALL = Arrangement(
    (Column((CUSTOMERS, Row((single("shell", "map", "events", "checks", "notes", "page"),)))),)
)
WIDE = Arrangement(
    (
        Column((PAGE, CUSTOMERS), 42),
        Column((SHELL, Row((single("map", "events", "checks", "notes"),), 13))),
    )
)
HUGE = Arrangement(
    (
        Column((PAGE, CUSTOMERS), 52),
        Column((SHELL, Row((single("map", "checks", "notes"), single("events")), 18))),
    )
)
DEFAULTS = {Kind.SMALL: SMALL, Kind.WIDE: WIDE, Kind.HUGE: HUGE}
