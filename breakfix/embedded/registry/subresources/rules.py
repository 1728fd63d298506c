"""Which part of an object a write to a subresource may change.

A rule takes (new, old), puts everything else back as it was, and says what is wrong.
"""

from __future__ import annotations

from breakfix.embedded.clock import Clock
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds.strategies import strategy_of
from breakfix.embedded.objects import Object, timestamp
from breakfix.embedded.registry.served import Served
from breakfix.embedded.registry.writing import Rule

REQUESTS = "certificatesigningrequests.certificates.k8s.io"


def by_strategy(served: Served, subresource: str) -> Rule:
    """The rule of a subresource that has a strategy of its own ("pods/resize")."""
    strategy = strategy_of(f"{served.key}/{subresource}")

    def rule(item: Object, old: Object) -> list[FieldError]:
        strategy.prepare_update(item, old)
        return strategy.validate_update(item, old)

    return rule


def _stamp(item: Object, old: Object, now: str) -> None:
    """Say since when each condition holds, where its writer does not."""
    before = {
        (c["type"], c["status"]): c for c in (old.get("status") or {}).get("conditions") or []
    }
    for condition in (item.get("status") or {}).get("conditions") or []:
        same = before.get((condition.get("type"), condition.get("status"))) or {}
        condition["lastUpdateTime"] = condition.get("lastUpdateTime") or now
        condition["lastTransitionTime"] = (
            condition.get("lastTransitionTime") or same.get("lastTransitionTime") or now
        )


def _approval(served: Served, clock: Clock) -> Rule:
    """certificatesigningrequests/approval: the conditions."""

    def rule(item: Object, old: Object) -> list[FieldError]:
        found = (item.get("status") or {}).get("conditions")
        item["spec"], item["status"] = old["spec"], dict(old.get("status") or {})
        item["status"].pop("conditions", None)
        if found:
            item["status"]["conditions"] = found
        _stamp(item, old, timestamp(clock.now()))
        return served.strategy.validate_status_update(item, old)

    return rule


def _signing(served: Served, clock: Clock) -> Rule:
    """certificatesigningrequests/status."""

    def rule(item: Object, old: Object) -> list[FieldError]:
        served.strategy.prepare_status_update(item, old)
        _stamp(item, old, timestamp(clock.now()))
        return served.strategy.validate_status_update(item, old)

    return rule


def rule_for(served: Served, subresource: str, clock: Clock) -> Rule | None:
    """The rule of a subresource; None for the object itself and its status."""
    if served.key == REQUESTS and subresource in ("approval", "status"):
        return (_approval if subresource == "approval" else _signing)(served, clock)
    if subresource in ("ephemeralcontainers", "resize", "finalize"):
        return by_strategy(served, subresource)
    return None
