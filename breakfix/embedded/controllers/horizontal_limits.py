"""How fast, and how far, an autoscaler may go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

from breakfix.embedded.objects import Object

UP = {
    "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}  # fmt: skip
DOWN = {
    "stabilizationWindowSeconds": 300, "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}  # fmt: skip
WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")


@dataclass
class Past:
    """What one autoscaler wanted and did: (moment, number), newest last."""

    wanted: list[tuple[float, int]] = field(default_factory=list)
    added: list[tuple[float, int]] = field(default_factory=list)
    removed: list[tuple[float, int]] = field(default_factory=list)

    def note(self, now: float, before: int, after: int) -> None:
        """Remember a change of size."""
        (self.added if after > before else self.removed).append((now, abs(after - before)))

    def forget(self, now: float, oldest: float) -> None:
        """Drop what is older than so many seconds."""
        for kept in (self.wanted, self.added, self.removed):
            kept[:] = [e for e in kept if now - e[0] <= oldest]


def rules_of(autoscaler: Object) -> tuple[Object, Object]:
    """(scaleUp, scaleDown) with everything filled in."""
    behavior = autoscaler["spec"].get("behavior") or {}
    return UP | _set(behavior.get("scaleUp")), DOWN | _set(behavior.get("scaleDown"))


def _set(rules: Object | None) -> Object:
    return {k: v for k, v in (rules or {}).items() if v is not None}


def stabilize(past: Past, now: float, current: int, wanted: int, up: Object, down: Object) -> int:
    """The least of the recent wishes to grow, the greatest of those to shrink."""
    lowest = highest = wanted
    for at, number in past.wanted:
        if now - at < up["stabilizationWindowSeconds"]:
            lowest = min(lowest, number)
        if now - at < down["stabilizationWindowSeconds"]:
            highest = max(highest, number)
    past.wanted.append((now, wanted))
    return min(max(current, lowest), highest)


def limited(
    past: Past, now: float, current: int, wanted: int, bounds: tuple[int, int],
    rules: tuple[Object, Object],
) -> tuple[int, str, str]:  # fmt: skip
    """(replicas, reason, message) within minReplicas, maxReplicas and the rates."""
    least, most = bounds
    if wanted > current:
        rate = max(current, _limit(past, now, current, rules[0], up=True))
        if wanted > min(most, rate):
            return min(most, rate), *_too_much(most > rate)
    elif wanted < current:
        rate = min(current, _limit(past, now, current, rules[1], up=False))
        if wanted < max(least, rate):
            return max(least, rate), *_too_little(least < rate)
    return wanted, *WITHIN


def _too_much(by_rate: bool) -> tuple[str, str]:
    if by_rate:
        return (
            "ScaleUpLimit",
            "the desired replica count is increasing faster than the maximum scale rate",
        )
    return "TooManyReplicas", "the desired replica count is more than the maximum replica count"


def _too_little(by_rate: bool) -> tuple[str, str]:
    if by_rate:
        return (
            "ScaleDownLimit",
            "the desired replica count is decreasing faster than the maximum scale rate",
        )
    return "TooFewReplicas", "the desired replica count is less than the minimum replica count"


def _limit(past: Past, now: float, current: int, rules: Object, *, up: bool) -> int:
    if rules["selectPolicy"] == "Disabled":
        return current
    found: list[int] = []
    for policy in rules["policies"]:
        period, value = policy["periodSeconds"], policy["value"]
        recent = _recent(past.added, now, period) - _recent(past.removed, now, period)
        start = current - recent
        if policy["type"] == "Pods":
            found.append(start + value if up else start - value)
        else:
            share = start * value / 100
            found.append(ceil(start + share) if up else int(start - share))
    widest = rules["selectPolicy"] != "Min"
    return max(found) if widest == up else min(found)


def _recent(events: Iterable[tuple[float, int]], now: float, period: float) -> int:
    return sum(n for at, n in events if now - at < period)
