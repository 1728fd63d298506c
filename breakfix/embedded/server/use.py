"""Whether anybody uses a server: people and their programs, not what runs in the cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from breakfix.embedded.users import User

_OWN = "system:serviceaccounts"  # the group of all that runs in the cluster
_LONGEST_PAUSE = 60.0  # seconds between two looks


class Use:
    """When it was last asked; a request counts until it is answered, a watch until it ends."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._last = seconds()
        self._asking = 0

    @contextmanager
    def by(self, user: User) -> Iterator[None]:
        """A request of this user is answered in here."""
        if _OWN in user.groups:
            yield
            return
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1
            self._last = self._seconds()

    def unused(self) -> float:
        """For how many seconds nobody has asked."""
        return 0.0 if self._asking else self._seconds() - self._last

    async def until_unused(self, seconds: float) -> None:
        """Until nobody has asked for so long."""
        left = seconds
        while left > 0:
            await asyncio.sleep(min(left, _LONGEST_PAUSE))
            left = seconds - self.unused()
