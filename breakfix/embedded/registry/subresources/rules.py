"""Which part of an object a write to a subresource may change.

A rule takes (new, old), puts everything else back as it was, and says what is wrong.
"""

from __future__ import annotations

from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds.strategies import strategy_of
from breakfix.embedded.objects import Object, clone
from breakfix.embedded.registry.served import Served
from breakfix.embedded.registry.writing import Rule


def _only(item: Object, old: Object, *path: str) -> None:
    """Take this one field from the new object, and all else from the old one."""
    wanted: object = item
    for part in path:
        wanted = wanted.get(part) if isinstance(wanted, dict) else None
    kept, version = clone(old), item["metadata"].get("resourceVersion")
    target = kept
    for part in path[:-1]:
        target = target.setdefault(part, {})
    if wanted is None:
        target.pop(path[-1], None)
    else:
        target[path[-1]] = wanted
    managed = item["metadata"].get("managedFields")
    item.clear()
    item.update(kept)
    if version:
        item["metadata"]["resourceVersion"] = version
    if managed is not None:
        item["metadata"]["managedFields"] = managed


def by_strategy(served: Served, subresource: str) -> Rule:
    """The rule of a subresource that has a strategy of its own ("pods/resize")."""
    strategy = strategy_of(f"{served.key}/{subresource}")

    def rule(item: Object, old: Object) -> list[FieldError]:
        strategy.prepare_update(item, old)
        return strategy.validate_update(item, old)

    return rule


def approval(served: Served) -> Rule:
    """certificatesigningrequests/approval: the conditions."""

    def rule(item: Object, old: Object) -> list[FieldError]:
        _only(item, old, "status", "conditions")
        return served.strategy.validate_status_update(item, old)

    return rule


def rule_for(served: Served, subresource: str) -> Rule | None:
    """The rule of a subresource; None for the object itself and its status."""
    if subresource == "approval":
        return approval(served)
    if subresource in ("ephemeralcontainers", "resize", "finalize"):
        return by_strategy(served, subresource)
    return None
