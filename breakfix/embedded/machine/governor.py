"""How much of the learner's CPU the shells of all containers may take together."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakSet

from breakfix.embedded.clock import Clock

TOTAL = 1000.0  # commands a second of all busy containers together
BURST = 3000.0  # commands that a container may run at once after a rest
_COST = 0.001  # seconds of CPU time of a command
_REST = 50  # commands that never count as busy
_SLICE = 0.1  # seconds that one waits at a time
_busy: WeakSet[Share] = WeakSet()


class Share:
    """One container's share. `cores`: its CPU limit, 0 for none. `spend` is told the CPU time
    of commands, and for how long the limit has held one back; in seconds."""

    def __init__(
        self, clock: Clock, cores: float = 0.0, spend: Callable[[float, float], None] | None = None
    ) -> None:
        self._clock, self._spend = clock, spend
        self.limit(cores)
        self._tokens = BURST
        self._at = clock.monotonic()
        self.used = 0  # commands so far

    def limit(self, cores: float) -> None:
        """Another CPU limit."""
        self._part = min(cores, 1.0) or 1.0

    @property
    def spent(self) -> bool:
        """Would the next command have to wait? The more are busy, the shorter the burst."""
        return self._tokens <= 1 + BURST * (1 - 1 / max(len(_busy), 1))

    async def take(self, commands: int = 1) -> None:
        """For each command: waits when the share is used up."""
        self.used += commands
        self._tokens -= commands
        if self._tokens > BURST - _REST:
            self._tell(_COST * commands, 0.0)
            return
        _busy.add(self)
        self._refill()
        # a loop that never rests takes all it may
        self._tell(commands * max(len(_busy), 1) / TOTAL, 0.0)
        while self.spent:
            await self._clock.sleep(_SLICE)
            self._tell(0.0, _SLICE if self._part < 1 else 0.0)
            self._refill()

    def _tell(self, seconds: float, held: float) -> None:
        if self._spend is not None:
            self._spend(seconds, held)

    def _refill(self) -> None:
        now = self._clock.monotonic()
        rate = TOTAL * self._part / max(len(_busy), 1)
        self._tokens = min(self._tokens + (now - self._at) * rate, BURST)
        self._at = now
        if self._tokens > BURST - _REST:
            _busy.discard(self)

    def close(self) -> None:
        """It has ended."""
        _busy.discard(self)
