"""The size of a terminal: clients tell it, processes ask for it and hear of changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Told = Callable[[], None]


@dataclass(eq=False)
class Window:
    """In characters; 0 by 0 until a client has told."""

    columns: int = 0
    rows: int = 0
    told: list[Told] = field(default_factory=list)  # who hears of changes

    def resize(self, columns: int, rows: int) -> None:
        """It has another size."""
        if (columns, rows) != (self.columns, self.rows):
            self.columns, self.rows = columns, rows
            for tell in list(self.told):
                tell()
