"""Objects in another version of their kind, where only a webhook knows how to make it.

What is read must be converted before it is used: `prepare` asks for all that is needed at
once, and `known` gives it without waiting.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from breakfix.embedded.errors import internal
from breakfix.embedded.objects import Object, name_of

REMEMBERED = 2000  # objects
# Objects to convert, and the apiVersion to convert them to. Raises StatusError 500.
Ask = Callable[[list[Object], str], Awaitable[list[Object]]]


class Conversions:
    """Those of one kind; each stored object is asked for once."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[tuple[str, str, str], Object] = {}

    def known(self, item: Object, api_version: str) -> Object:
        """A stored object that was prepared. Raises StatusError 500 for another one."""
        found = self._known.get(_key(item, api_version))
        if found is None:
            raise internal(f"{name_of(item)} was not converted to {api_version}")
        return found

    async def prepare(self, items: Sequence[Object], api_version: str) -> None:
        """Let stored objects be known; use them before anything else is awaited."""
        wanted = [
            i for i in items
            if i["apiVersion"] != api_version and _key(i, api_version) not in self._known
        ]  # fmt: skip
        if not wanted:
            return
        for item, converted in zip(wanted, await self._ask(wanted, api_version), strict=True):
            self._known[_key(item, api_version)] = converted
        excess = len(self._known) - max(REMEMBERED, len(items))
        for key in list(self._known)[: max(excess, 0)]:
            del self._known[key]

    async def converted(self, item: Object, api_version: str) -> Object:
        """An object that is not stored yet."""
        return (await self._ask([item], api_version))[0]


def _key(item: Object, api_version: str) -> tuple[str, str, str]:
    meta = item["metadata"]
    return meta["uid"], meta["resourceVersion"], api_version
