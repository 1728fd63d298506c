"""Input of data types: string literals that are no values of the type they are meant for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from breakfix.embedded.programs.postgres.column_definitions import type_name
from breakfix.embedded.programs.postgres.errors import SqlError

_INTEGERS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
_NUMBERS = ("numeric", "real", "double precision")
_DATES = ("date", "timestamp without time zone", "timestamp with time zone")
_NUMBER = re.compile(r"[+-]?(\d[\d_]*\.?[\d_]*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf|infinity)|"
                     r"[+-]?0[xob][\da-f_]+", re.IGNORECASE)  # fmt: skip
_INTEGER = re.compile(r"[+-]?(\d[\d_]*|0[xob][\da-f_]+)", re.IGNORECASE)
_BOOLEAN = re.compile(r"t(r(ue?)?)?|f(a(l(se?)?)?)?|y(es?)?|no?|on|off?|0|1", re.IGNORECASE)
_UUID = re.compile(r"\{?[\da-f]{4}(-?[\da-f]{4}){7}\}?", re.IGNORECASE)
_WORDS = ("now", "today", "tomorrow", "yesterday", "epoch", "infinity", "-infinity", "+infinity",
          "allballs")  # fmt: skip

Types = Callable[[str], Mapping[str, str]]  # a table's columns, with their types


def check_input(tree: Any, sql: str, types: Types) -> None:
    """Raises SqlError for the first literal that its type does not take."""
    for literal, kind, assigned in _typed(tree, types):
        if literal.is_string:
            _check(literal.name, kind, assigned, _position(tree, literal, sql))
        elif assigned:
            _check_range(literal.name, kind)


def _typed(tree: Any, types: Types) -> Iterator[tuple[Any, str, bool]]:
    """Literals, their types, and whether they are put into a column."""
    from sqlglot import exp

    for cast in tree.find_all(exp.Cast):
        if isinstance(cast.this, exp.Literal) and cast.this.is_string:
            yield cast.this, type_name(cast.to), False
    if isinstance(tree, exp.Insert):
        yield from _inserted(tree, types)
    if isinstance(tree, exp.Update):
        known = types(tree.this.name)
        for one in tree.expressions:
            if isinstance(one, exp.EQ) and isinstance(one.expression, exp.Literal):
                yield one.expression, known.get(one.this.name, ""), True


def _inserted(tree: Any, types: Types) -> Iterator[tuple[Any, str, bool]]:
    from sqlglot import exp

    table, values = tree.find(exp.Table), tree.expression
    if table is None or not isinstance(values, exp.Values):
        return
    known = types(table.name)
    columns = [c.name for c in tree.this.expressions] or list(known)
    for row in values.expressions:
        for name, value in zip(columns, getattr(row, "expressions", []), strict=False):
            if isinstance(value, exp.Literal):
                yield value, known.get(name, ""), True


def _position(tree: Any, literal: Any, sql: str) -> int:
    """Where the literal stands; 0 where it cannot be told."""
    from sqlglot import exp

    same = [at for at in tree.find_all(exp.Literal, bfs=False)
            if at.is_string and at.name == literal.name]  # fmt: skip
    written = "'" + literal.name.replace("'", "''") + "'"
    places = [found.start() + 1 for found in re.finditer(re.escape(written), sql)]
    number = next(i for i, at in enumerate(same) if at is literal)
    return places[number] if len(places) == len(same) else 0


def _check(text: str, kind: str, assigned: bool, position: int) -> None:
    plain, word = kind.partition("(")[0], text.strip()
    if plain in _INTEGERS and _INTEGER.fullmatch(word):
        if re.fullmatch(r"[+-]?\d+", word) and not _fits(int(word), plain):
            words = f'value "{text}" is out of range for type {plain}'
            raise SqlError("22003", words, position=position)
    elif not _is_input(word, plain):
        code = "22007" if plain in _DATES else "22P02"
        raise SqlError(code, f'invalid input syntax for type {plain}: "{text}"', position=position)
    size = re.fullmatch(r"character varying\((\d+)\)", kind) if assigned else None
    if size and len(text.rstrip(" ")) > int(size[1]):
        raise SqlError("22001", f"value too long for type {kind}")


def _is_input(word: str, kind: str) -> bool:
    """Does the type take it? Of dates only what has no digit at all is told."""
    if kind in _INTEGERS:
        return bool(_INTEGER.fullmatch(word))
    if kind in _NUMBERS:
        return bool(_NUMBER.fullmatch(word))
    if kind in _DATES:
        return word.lower().split(" ")[0] in _WORDS or bool(re.search(r"\d", word))
    pattern = {"boolean": _BOOLEAN, "uuid": _UUID}.get(kind)
    return pattern is None or bool(pattern.fullmatch(word))


def _check_range(text: str, kind: str) -> None:
    if kind in _INTEGERS and re.fullmatch(r"\d+", text) and not _fits(int(text), kind):
        raise SqlError("22003", f"{kind} out of range")


def _fits(number: int, kind: str) -> bool:
    return -_INTEGERS[kind] <= number < _INTEGERS[kind]
