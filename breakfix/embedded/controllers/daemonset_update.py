"""Which daemon pods a rolling update replaces now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from breakfix.embedded.controllers.pod_helpers import is_active, scaled
from breakfix.embedded.objects import Object, is_going

Test = Callable[[Object], bool]


class Update:
    """The pods by node for nodes where one should run, and what is new and available."""

    def __init__(
        self, item: Object, by_node: Mapping[str, Sequence[Object]], new: Test, available: Test
    ) -> None:
        rolling = (item["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
        total = len(by_node)
        self.surge = scaled(rolling.get("maxSurge"), total, up=True)
        self.missing = scaled(rolling.get("maxUnavailable"), total, up=True, default=1)
        if not self.surge and not self.missing:
            self.missing = 1
        self._by_node, self._new, self._available = by_node, new, available

    def plan(self) -> tuple[list[Object], list[str]]:
        """Pods to delete, and nodes to put a new pod on beside the old one."""
        return self._with_surge() if self.surge else (self._in_place(), [])

    def _split(self, pods: Sequence[Object]) -> tuple[Object | None, Object | None]:
        active = [p for p in pods if is_active(p)]
        new = next((p for p in active if self._new(p)), None)
        return new, next((p for p in active if not self._new(p)), None)

    def _in_place(self) -> list[Object]:
        sick: list[Object] = []
        sound: list[Object] = []
        missing = 0
        for pods in self._by_node.values():
            new, old = self._split(pods)
            if new is not None:
                missing += not self._available(new)
            elif old is None or any(map(is_going, pods)):
                missing += 1
            elif self._available(old):
                sound.append(old)
            else:
                missing += 1
                sick.append(old)
        return sick + sound[: max(0, self.missing - missing)]

    def _with_surge(self) -> tuple[list[Object], list[str]]:
        done: list[Object] = []
        now: list[str] = []
        later: list[str] = []
        extra = 0
        for node, pods in self._by_node.items():
            new, old = self._split(pods)
            if old is None:
                continue
            if new is not None:
                extra += 1
                if self._available(new):
                    done.append(old)
            elif self._available(old):
                later.append(node)
            else:
                extra += 1
                now.append(node)
        return done, now + later[: max(0, self.surge - extra)]
