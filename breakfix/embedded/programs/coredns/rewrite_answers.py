"""What rules of CoreDNS's rewrite plugin do to answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from breakfix.embedded.network.dns_records import fqdn
from breakfix.embedded.programs.coredns.chain import Query, SetupError
from breakfix.embedded.programs.coredns.rewrite_matching import LEAST, compiled, replaced

Change = Callable[[str], str]


@dataclass
class Turn:
    """What is done to an answer."""

    name: Change | None = None
    value: Change | None = None
    ttl: Callable[[int], int] | None = None
    rcode: dict[str, str] | None = None


# A query's new question and what its answer needs; None: the rule does not match.
Apply = Callable[[Query], "tuple[Query, list[Turn]] | None"]


def turned_back(kind: str, auto: bool, rule: tuple[str, str], names: tuple[str, str]) -> list[Turn]:
    """What turns an answer's names back by itself."""
    if kind == "suffix" and auto:
        undo = _suffix_back(rule[1], rule[0])
    elif kind == "exact" or (auto and kind != "suffix"):
        undo = _remap(names[1], names[0])
    else:
        return []
    return [Turn(undo, undo)]


def _remap(new: str, old: str) -> Change:
    """From the new name back to the old, and for names below it."""

    def change(name: str) -> str:
        if name == new:
            return old
        return name[: -len(new)] + old if name.endswith("." + new) else name

    return change


def _suffix_back(new: str, old: str) -> Change:
    return lambda name: name[: -len(new)] + old if name.endswith(new) else name


def answer_rules(kind: str, args: list[str]) -> tuple[bool, list[Turn]]:
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


def _by_pattern(before: str, to: str, words: str) -> Change:
    try:
        pattern = compiled(before, to)
    except SetupError as error:
        raise SetupError(f"{words}: {error}") from None

    def change(name: str) -> str:
        found = pattern.search(name)
        return fqdn(replaced(found, to.lower())) if found else name

    return change
