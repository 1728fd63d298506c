"""The strategy of each built-in resource."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from breakfix.embedded.kinds.strategy import Strategy

# Each room has a STRATEGIES: dict[str, Strategy] by group resource, "deployments.apps".
ROOMS = (
    "kinds.core", "kinds.apps", "kinds.batch", "kinds.autoscaling", "kinds.networking",
    "kinds.policy", "kinds.rbac", "kinds.storage", "kinds.misc", "kinds.admissionregistration",
    "extensions.definition",
)  # fmt: skip


@cache
def _all() -> dict[str, Strategy]:
    found: dict[str, Strategy] = {}
    for room in ROOMS:
        found |= import_module(f"breakfix.embedded.{room}").STRATEGIES
    return found


def strategy_of(key: str) -> Strategy:
    """How a resource, named as "deployments.apps", behaves."""
    return _all().get(key) or Strategy()
