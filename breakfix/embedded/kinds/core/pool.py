"""Numbers that are given out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

Owner = tuple[str, str]  # namespace, name


class PoolError(Exception):
    """Nothing is left."""


class Pool:
    """The numbers from `first` up to `size`, by owner.

    Free ones come in a fixed order that looks like none: first those from `reserved` up,
    then those below. `holds` says whether an owner really (still) has a number.
    """

    def __init__(
        self, size: int, reserved: int, step: int, holds: Callable[[Owner, int], bool],
        first: int = 0,
    ) -> None:  # fmt: skip
        self._size, self._reserved, self._step, self._first = size, reserved, step, first
        self._holds = holds
        self._owners: dict[int, Owner] = {}
        self._turn = 0

    def take(self, number: int, owner: Owner) -> bool:
        """Take this one; False where it is another's."""
        found = self._owners.get(number)
        if found is not None and found != owner and self._holds(found, number):
            return False
        self._owners[number] = owner
        return True

    def release(self, number: int, owner: Owner) -> None:
        """Give it back, if it is the owner's."""
        if self._owners.get(number) == owner:
            del self._owners[number]

    def take_next(self, owner: Owner) -> int:
        """Take a free one. Raises PoolError."""
        number = next((n for n in self._order() if n not in self._owners), None)
        if number is None:
            number = next((n for n, o in self._owners.items() if not self._holds(o, n)), None)
        if number is None:
            raise PoolError("range is full")
        self._owners[number] = owner
        return number

    def _order(self) -> Iterator[int]:
        upper = self._size - self._reserved
        for _ in range(upper):
            self._turn += 1
            yield self._reserved + self._turn * self._step % upper
        yield from range(self._first, self._reserved)
