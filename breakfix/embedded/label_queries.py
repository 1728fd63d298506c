"""The grammar of label selectors in a query: `app=web,tier in (a, b),!old`."""

from __future__ import annotations

import re

from breakfix.embedded.errors import bad_request
from breakfix.embedded.kinds import names

Requirement = tuple[str, str, list[str]]  # key, In/NotIn/Exists/DoesNotExist/Gt/Lt, values

_TOKEN = re.compile(r"\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)")
_SPECIAL = frozenset("=!(),<>") | {"==", "!="}
_OPERATORS = {
    "=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt", "in": "In", "notin": "NotIn",
}  # fmt: skip
_BINARY = "in, notin, =, ==, !=, gt, lt"


def parse(text: str) -> list[Requirement]:
    """The requirements, in the order they are written. Raises StatusError 400."""
    tokens = _Tokens(text)
    found: list[Requirement] = []
    while tokens.next:
        if tokens.next in _SPECIAL and tokens.next != "!":
            if found:
                raise bad_request(f"found '{tokens.next}', expected: identifier after ','")
            words = "expected: !, identifier, or 'end of string'"
            raise bad_request(f"found '{tokens.next}', {words}")
        found.append(_requirement(tokens))
        separator = tokens.take()
        if separator not in ("", ","):
            raise bad_request(f"found '{separator}', expected: ',' or 'end of string'")
        if separator and not tokens.next:
            raise bad_request("found '', expected: identifier after ','")
    return found


class _Tokens:
    """Words and signs; an empty one at the end."""

    def __init__(self, text: str) -> None:
        self._found: list[str] = [*_TOKEN.findall(text), ""]
        self._at = 0

    @property
    def next(self) -> str:
        return self._found[self._at]

    def take(self) -> str:
        token = self.next
        self._at = min(self._at + 1, len(self._found) - 1)
        return token


def _refuse(words: str) -> Exception:
    return bad_request(f"unable to parse requirement: {words}")


def _identifier(tokens: _Tokens) -> str:
    token = tokens.take()
    if not token or token in _SPECIAL:
        raise _refuse(f"found '{token}', expected: identifier")
    return token


def _requirement(tokens: _Tokens) -> Requirement:
    absent = tokens.next == "!"
    if absent:
        tokens.take()
    key = _identifier(tokens)
    if words := names.qualified_name(key):
        raise _refuse(f'<nil>: Invalid value: "{key}": {"; ".join(words)}')
    if absent or tokens.next in ("", ","):
        return key, "DoesNotExist" if absent else "Exists", []
    sign = tokens.take()
    if sign not in _OPERATORS:
        raise _refuse(f"found '{sign}', expected: {_BINARY}")
    values = _values(tokens) if sign in ("in", "notin") else [_value(tokens)]
    _check(key, _OPERATORS[sign], values)
    return key, _OPERATORS[sign], values


def _value(tokens: _Tokens) -> str:
    return "" if tokens.next in ("", ",") else _identifier(tokens)


def _values(tokens: _Tokens) -> list[str]:
    if (opening := tokens.take()) != "(":
        raise _refuse(f"found '{opening}' expected: '('")
    values = [""] if tokens.next in (")", ",") else []
    while tokens.next != ")":
        word = tokens.take()
        if word == ",":
            values += [""] if tokens.next in (",", ")") else []
        elif not word or word in _SPECIAL:
            raise _refuse(f"found '{word}', expected: ',', or identifier")
        elif tokens.next not in (",", ")"):
            raise _refuse(f"found '{tokens.next}', expected: ',' or ')'")
        else:
            values.append(word)
    tokens.take()
    return values


def _check(key: str, operator: str, values: list[str]) -> None:
    for i, value in enumerate(sorted(set(values))):
        if operator in ("Gt", "Lt") and not re.fullmatch(r"[+-]?\d+", value):
            words = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise _refuse(f'values[{i}]: Invalid value: "{value}": {words}')
        if found := names.label_value(value):
            raise _refuse(f'values[{i}][{key}]: Invalid value: "{value}": {"; ".join(found)}')
