"""The name rules of CoreDNS's rewrite plugin."""

from __future__ import annotations

from breakfix.embedded.network.dns_records import fqdn
from breakfix.embedded.programs.coredns.chain import Query, SetupError
from breakfix.embedded.programs.coredns.rewrite_answers import (
    Apply,
    Turn,
    answer_rules,
    turned_back,
)
from breakfix.embedded.programs.coredns.rewrite_matching import LEAST, MATCHES, changes


def name_rule(args: list[str]) -> Apply:
    """`name [exact|prefix|suffix|substring|regex] FROM TO [answer ...]`. Raises SetupError."""
    kind, before, to = _words(args)
    auto, turns = answer_rules(kind, args[3:]) if len(args) > LEAST + 1 else (False, [])
    change = changes(kind, before, to)

    def apply(query: Query) -> tuple[Query, list[Turn]] | None:
        new = change(query.name)
        if new is None:
            return None
        new = fqdn(new) if kind == "regex" else new
        undo = turned_back(kind, auto, (before, to), (query.name, new))
        return query.about(new), [*undo, *turns]

    return apply


def _words(args: list[str]) -> tuple[str, str, str]:
    """Kind, FROM and TO."""
    if len(args) < LEAST:
        raise SetupError("too few arguments for a name rule")
    kind = "exact" if len(args) == LEAST else args[0].lower()
    before, to = args[-2:] if len(args) == LEAST else args[1:3]
    if kind not in MATCHES:
        words = "exact, prefix, suffix, substring, and regex name matching"
        raise SetupError(f"name rule supports only {words}, received: {kind}")
    return kind, *_normal(kind, before, to)


def _normal(kind: str, before: str, to: str) -> tuple[str, str]:
    if kind in ("exact", "suffix"):
        before, to = fqdn(before), fqdn(to)
    return before if kind == "regex" else before.lower(), to.lower()
