"""The group batch."""

from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {}
