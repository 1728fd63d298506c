"""The group admissionregistration."""

from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {}
