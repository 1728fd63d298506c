"""The group storage."""

from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {}
