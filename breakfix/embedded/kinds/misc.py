"""The group misc."""

from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {}
