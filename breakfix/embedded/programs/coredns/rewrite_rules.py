"""Rules of CoreDNS's rewrite plugin: the new question, and what its answer needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from breakfix.embedded.network.dns_messages import Message
from breakfix.embedded.network.dns_records import CLASSES, RCODES, TYPES, fqdn
from breakfix.embedded.programs.coredns.chain import Query, SetupError

Change = Callable[[str], str]
MATCHES = ("exact", "prefix", "suffix", "substring", "regex")
LEAST = 2  # arguments of most rules
MAX_NAME = 253


@dataclass
class Turn:
    """What is done to an answer."""

    name: Change | None = None
    value: Change | None = None
    ttl: Callable[[int], int] | None = None
    rcode: dict[str, str] | None = None


@dataclass
class Rule:
    """One rule: the new question (None: it does not match) and what its answer needs."""

    stop: bool
    apply: Callable[[Query], tuple[Query, list[Turn]] | None]


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


Apply = Callable[[Query], "tuple[Query, list[Turn]] | None"]


def _name_rule(args: list[str]) -> Apply:
    if len(args) < LEAST:
        raise SetupError("too few arguments for a name rule")
    kind = "exact" if len(args) == LEAST else args[0].lower()
    before, to = args[-2:] if len(args) == LEAST else args[1:3]
    if kind not in MATCHES:
        words = "exact, prefix, suffix, substring, and regex name matching"
        raise SetupError(f"name rule supports only {words}, received: {kind}")
    before, to = _normal(kind, before, to)
    auto, turns = _answer_rules(kind, args[3:]) if len(args) > LEAST + 1 else (False, [])
    change = _changes(kind, before, to)

    def apply(query: Query) -> tuple[Query, list[Turn]] | None:
        new = change(query.name)
        if new is None:
            return None
        new = fqdn(new) if kind == "regex" else new
        undo = _undo(kind, auto, (before, to), (query.name, new))
        return query.about(new), [*undo, *turns]

    return apply


def _normal(kind: str, before: str, to: str) -> tuple[str, str]:
    if kind in ("exact", "suffix"):
        before, to = fqdn(before), fqdn(to)
    return before if kind == "regex" else before.lower(), to.lower()


def _undo(kind: str, auto: bool, rule: tuple[str, str], names: tuple[str, str]) -> list[Turn]:
    """What turns an answer's names back by itself."""
    if kind == "suffix" and auto:
        undo = _suffix_back(rule[1], rule[0])
    elif kind == "exact" or (auto and kind != "suffix"):
        undo = _remap(names[1], names[0])
    else:
        return []
    return [Turn(undo, undo)]


def _changes(kind: str, before: str, to: str) -> Callable[[str], str | None]:
    """The new name, None where the rule does not match."""
    match kind:
        case "exact":
            return lambda name: to if name == before else None
        case "prefix":
            return lambda name: to + name[len(before) :] if name.startswith(before) else None
        case "suffix":
            return lambda name: name[: -len(before)] + to if name.endswith(before) else None
        case "substring":
            return lambda name: name.replace(before, to) if before in name else None
    pattern = _pattern(before, to)

    def by_regex(name: str) -> str | None:
        found = pattern.search(name)
        return _groups(found, to) if found else None

    return by_regex


def _pattern(before: str, to: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(before)
    except re.error:
        raise SetupError(f"invalid regex matching pattern: {before}") from None
    used = len(set(re.findall(r"\{(\d{1,3})\}", to)))
    if used > pattern.groups:
        raise SetupError(
            f"the rewrite regex pattern ({to}) uses more subexpressions than its corresponding "
            f"matching regex pattern ({before})"
        )
    return pattern


def _groups(found: re.Match[str], to: str) -> str:
    """The replacement with {1} and the like filled."""
    values = [found[0], *(group or "" for group in found.groups())]
    for i, value in enumerate(values):
        to = to.replace(f"{{{i}}}", value)
    return to[:MAX_NAME]


def _remap(new: str, old: str) -> Change:
    """From the new name back to the old, and for names below it."""

    def change(name: str) -> str:
        if name == new:
            return old
        return name[: -len(new)] + old if name.endswith("." + new) else name

    return change


def _suffix_back(new: str, old: str) -> Change:
    return lambda name: name[: -len(new)] + old if name.endswith(new) else name


def _by_pattern(before: str, to: str, words: str) -> Change:
    try:
        pattern = _pattern(before, to)
    except SetupError as error:
        raise SetupError(f"{words}: {error}") from None

    def change(name: str) -> str:
        found = pattern.search(name)
        return fqdn(_groups(found, to.lower())) if found else name

    return change


def _answer_rules(kind: str, args: list[str]) -> tuple[bool, list[Turn]]:
    """`answer auto`, `answer name FROM TO`, `answer value FROM TO`."""
    if len(args) < LEAST:
        raise SetupError(f"invalid arguments for {kind} rule")
    if args[0] != "answer":
        words = "exceeded the number of arguments for a non-answer rule argument for"
        raise SetupError(f"{words} {kind} rule")
    auto, turns, left = False, list[Turn](), list(args)
    while left:
        if left[0] == "answer":
            left.pop(0)
        if not left:
            raise SetupError(f"type missing for answer rule for {kind} rule")
        if left[0] == "auto":
            auto = bool(left.pop(0))
        else:
            turns.append(_answer_turn(kind, left))
    if auto and any(turn.name for turn in turns):
        words = "auto name answer rule cannot be combined with explicit name anwer rules"
        raise SetupError(words)
    return auto, turns


def _answer_turn(kind: str, left: list[str]) -> Turn:
    """`name FROM TO` or `value FROM TO`, taken from the words that are left."""
    word = left.pop(0)
    if word not in ("name", "value"):
        raise SetupError(f'invalid type "{word}" for answer rule for {kind} rule')
    if len(left) < LEAST:
        raise SetupError(f"{word} answer rule for {kind} rule: 2 arguments required")
    change = _by_pattern(left.pop(0), left.pop(0), f"{word} answer rule for {kind} rule")
    return Turn(name=change) if word == "name" else Turn(value=change)


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


def _matching(args: list[str], what: str) -> tuple[Callable[[str], bool], list[str]]:
    """`[exact|prefix|suffix|substring|regex] NAME REST...`."""
    kind = args[0].lower() if args else ""
    if kind not in MATCHES:
        kind, args = "exact", ["exact", *args]
    if len(args) < LEAST + 1:
        raise SetupError(f"too few (or many) arguments for a {what} rule")
    name = args[1] if kind == "regex" else args[1].lower()
    name = fqdn(name) if kind in ("exact", "suffix") else name
    change = _changes(kind, name, "")
    return lambda asked: change(asked) is not None, args[2:]


def _ttl_rule(args: list[str]) -> Apply:
    takes, rest = _matching(args, "ttl")
    low, dash, high = rest[0].partition("-")
    if not (low + high).isdigit():
        raise SetupError(f"invalid TTL {rest[0]} for TTL rule")
    least = int(low or 0)
    most = int(high or 2147483647) if dash else least
    turn = Turn(ttl=lambda ttl: min(max(ttl, least), most))
    return lambda query: (query, [turn]) if takes(query.name) else None


def _rcode_rule(args: list[str]) -> Apply:
    takes, rest = _matching(args, "rcode")
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
    "name": _name_rule, "class": _field_rule("class", CLASSES), "type": _field_rule("type", TYPES),
    "ttl": _ttl_rule, "rcode": _rcode_rule, "edns0": _unseen, "cname": _unseen,
}  # fmt: skip
