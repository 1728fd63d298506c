"""The rules of CoreDNS's rewrite plugin, by what they are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from breakfix.embedded.network.dns_messages import Message
from breakfix.embedded.network.dns_records import CLASSES, RCODES, TYPES
from breakfix.embedded.programs.coredns.chain import Query, SetupError
from breakfix.embedded.programs.coredns.rewrite_answers import Apply, Turn
from breakfix.embedded.programs.coredns.rewrite_matching import LEAST, matching
from breakfix.embedded.programs.coredns.rewrite_name import name_rule


@dataclass
class Rule:
    """One rule; `stop`: no other one follows it."""

    stop: bool
    apply: Apply


def new_rule(args: list[str]) -> Rule:
    """A rule from its words. Raises SetupError."""
    if not args:
        raise SetupError("no rule type specified for rewrite")
    first, rest, stop = args[0].lower(), args, True
    if first in ("continue", "stop"):
        if len(args) < LEAST:
            raise SetupError(f"{first} rule must begin with a rule type")
        stop, rest = first == "stop", args[1:]
    kind, rest = rest[0].lower(), rest[1:]
    if kind == "answer":
        raise SetupError("response rewrites must begin with a name rule")
    if kind not in _RULES:
        raise SetupError(f'invalid rule type "{args[0]}"')
    return Rule(stop, _RULES[kind](rest))


def _field_rule(field: str, known: dict[str, int]) -> Callable[[list[str]], Apply]:
    def rule(args: list[str]) -> Apply:
        if len(args) != LEAST:
            raise SetupError(f"{field} rules must have exactly two arguments")
        for arg in args:
            if arg.upper() not in known:
                raise SetupError(f'invalid {field} "{arg.upper()}"')
        before, to = (arg.upper() for arg in args)

        def apply(query: Query) -> tuple[Query, list[Turn]] | None:
            attribute = "type" if field == "type" else "cls"
            if getattr(query.message, attribute) != before:
                return None
            message: Message = replace(query.message, **{attribute: to})  # type: ignore[arg-type]
            return replace(query, message=message), []

        return apply

    return rule


def _ttl_rule(args: list[str]) -> Apply:
    takes, rest = matching(args, "ttl")
    low, dash, high = rest[0].partition("-")
    if not (low + high).isdigit():
        raise SetupError(f"invalid TTL {rest[0]} for TTL rule")
    least = int(low or 0)
    most = int(high or 2147483647) if dash else least
    turn = Turn(ttl=lambda ttl: min(max(ttl, least), most))
    return lambda query: (query, [turn]) if takes(query.name) else None


def _rcode_rule(args: list[str]) -> Apply:
    takes, rest = matching(args, "rcode")
    codes = [code.upper() for code in rest[:2]]
    if len(codes) < LEAST or any(code not in RCODES for code in codes):
        raise SetupError("invalid rcode for rcode rule")
    turn = Turn(rcode={codes[0]: codes[1]})
    return lambda query: (query, [turn]) if takes(query.name) else None


def _unseen(args: list[str]) -> Apply:
    """Rules about EDNS options, which nothing here shows."""
    del args
    return lambda _: None


_RULES: dict[str, Callable[[list[str]], Apply]] = {
    "name": name_rule, "class": _field_rule("class", CLASSES), "type": _field_rule("type", TYPES),
    "ttl": _ttl_rule, "rcode": _rcode_rule, "edns0": _unseen, "cname": _unseen,
}  # fmt: skip
