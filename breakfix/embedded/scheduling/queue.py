"""The pods that wait for a node: those to try now, those after a pause, those in vain so far."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field

FIRST_PAUSE, LAST_PAUSE = 1.0, 10.0  # seconds after a failed attempt
LONGEST_WAIT = 300.0  # seconds after which a pod is tried again without a reason


@dataclass(eq=False)
class Waiting:
    """One pod in the queue."""

    uid: str
    key: tuple[str, str]  # namespace, name
    priority: int
    order: int
    wakes: frozenset[str] = field(default_factory=frozenset)  # what might help it
    attempts: int = 0
    failed_at: float = 0.0
    gone: bool = False

    @property
    def pause(self) -> float:
        """Seconds that must pass after its last attempt."""
        return float(min(FIRST_PAUSE * 2 ** (self.attempts - 1), LAST_PAUSE))


class Queue:
    """By priority, then by age. Moments are in the clock's monotonic seconds."""

    def __init__(self) -> None:
        self._order = itertools.count()
        self._known: dict[str, Waiting] = {}
        self._active: list[tuple[int, int, Waiting]] = []
        self._paused: list[tuple[float, int, Waiting]] = []
        self._faulty: list[tuple[float, int, Waiting]] = []
        self._vain: dict[str, Waiting] = {}

    def add(self, uid: str, key: tuple[str, str], priority: int) -> None:
        """A pod is new, or has changed so that it should be tried at once."""
        known = self._known.get(uid)
        if known is None:
            known = self._known[uid] = Waiting(uid, key, priority, next(self._order))
            self._activate(known)
        elif self._vain.pop(uid, None):
            self._activate(known)

    def _activate(self, waiting: Waiting) -> None:
        heapq.heappush(self._active, (-waiting.priority, waiting.order, waiting))

    def remove(self, uid: str) -> None:
        """It needs no node any more."""
        known = self._known.pop(uid, None)
        if known:
            known.gone = True
            self._vain.pop(uid, None)

    def pop(self, now: float) -> Waiting | None:
        """The next one to try."""
        while self._active:
            waiting = heapq.heappop(self._active)[2]
            if not waiting.gone:
                return waiting
        # with nothing else to do, a pause is not waited for, except after a fault
        for heap, until in ((self._faulty, now), (self._paused, float("inf"))):
            while heap and heap[0][0] <= until:
                waiting = heapq.heappop(heap)[2]
                if not waiting.gone:
                    return waiting
        return None

    def failed(self, waiting: Waiting, now: float, wakes: frozenset[str]) -> None:
        """No node was found: wait for something that might help."""
        waiting.attempts += 1
        waiting.failed_at, waiting.wakes = now, wakes
        if not waiting.gone:
            self._vain[waiting.uid] = waiting

    def erred(self, waiting: Waiting, now: float) -> None:
        """The attempt broke off: try again after a pause."""
        waiting.attempts += 1
        waiting.failed_at = now
        if not waiting.gone:
            self._known[waiting.uid] = waiting
            self._pause(waiting, self._faulty)

    @staticmethod
    def _pause(waiting: Waiting, heap: list[tuple[float, int, Waiting]]) -> None:
        at = waiting.failed_at + waiting.pause
        heapq.heappush(heap, (at, waiting.order, waiting))

    def wake(self, what: str, now: float) -> bool:
        """Something has changed; is there now a pod to try?"""
        found = [w for w in self._vain.values() if what in w.wakes]
        for waiting in found:
            self._revive(waiting, now)
        return bool(found)

    def wake_stale(self, now: float) -> None:
        """Try again what has waited for too long."""
        for waiting in list(self._vain.values()):
            if waiting.failed_at + LONGEST_WAIT <= now:
                self._revive(waiting, now)

    def _revive(self, waiting: Waiting, now: float) -> None:
        del self._vain[waiting.uid]
        if waiting.failed_at + waiting.pause <= now:
            self._activate(waiting)
        else:
            self._pause(waiting, self._paused)

    def next_due(self) -> float | None:
        """When a pod has to be looked at without anything changing."""
        due = [at for at, _, _ in self._faulty[:1]]
        due += [min(w.failed_at for w in self._vain.values()) + LONGEST_WAIT] if self._vain else []
        return min(due, default=None)

    def __len__(self) -> int:
        return len(self._known)
