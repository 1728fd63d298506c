"""Growing pauses, by key: of restarts and of image pulls."""

from __future__ import annotations

from dataclasses import dataclass

from breakfix.embedded.kubelet.delays import FIRST_BACKOFF, LAST_BACKOFF


@dataclass
class _Row:
    pause: float
    updated: float


class Backoff:
    """Pauses double from `first` to `last`; after twice `last` without trouble they start anew.

    All times are in seconds since 1970.
    """

    def __init__(self, first: float = FIRST_BACKOFF, last: float = LAST_BACKOFF) -> None:
        self.first, self.last = first, last
        self._rows: dict[str, _Row] = {}

    def next(self, key: str, event: float, now: float) -> None:
        """It has failed once more."""
        row = self._rows.get(key)
        if row is None or self._expired(row, event):
            self._rows[key] = _Row(self.first, now)
        else:
            self._rows[key] = _Row(min(row.pause * 2, self.last), now)

    def until(self, key: str, event: float) -> float:
        """When it may be tried again after a failure at `event`; 0 for at once."""
        row = self._rows.get(key)
        return 0.0 if row is None or self._expired(row, event) else event + row.pause

    def until_since_update(self, key: str) -> float:
        """When it may be tried again after the last failure; 0 for at once."""
        row = self._rows.get(key)
        return 0.0 if row is None else row.updated + row.pause

    def pause(self, key: str) -> float:
        """The present pause."""
        row = self._rows.get(key)
        return row.pause if row else 0.0

    def forget(self, prefix: str) -> None:
        """Nothing is known any more of keys that start so."""
        for key in [k for k in self._rows if k.startswith(prefix)]:
            del self._rows[key]

    def _expired(self, row: _Row, event: float) -> bool:
        return event - row.updated > self.last * 2
