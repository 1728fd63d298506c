"""What is wrong with a text that is no JSON, in the words of Go's encoding/json.

Only looked at where the fast parser refused, so it may be slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

MAX_DEPTH = 10_000
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NUMBER_SO_FAR = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?)?)?")
_BEGIN = "looking for beginning of value"
_ESCAPES = {"\\": r"'\\'", "'": r"'\''", '"': "'\"'", "\n": r"'\n'", "\t": r"'\t'", "\r": r"'\r'"}


class JSONSyntaxError(Exception):
    """Its text is Go's."""


class _Scanner:
    """Steps through a text; `_next` is the step that comes next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[str] = []
        self._next: Callable[[], None] = self._value

    def run(self) -> None:
        """Raises JSONSyntaxError."""
        self._next()
        while self._open or self._next != self._rest:
            self._next()
        self._space()
        if self._at < len(self._text):
            self._fail("after top-level value")

    def _fail(self, where: str, *, inside: bool = False) -> NoReturn:
        """`inside` a literal the end counts as a blank that is wrong there."""
        if self._at >= len(self._text) and not inside:
            raise JSONSyntaxError("unexpected end of JSON input")
        found = self._text[self._at : self._at + 1] or " "
        shown = _ESCAPES.get(found)
        if shown is None:
            shown = f"'{found}'" if found.isprintable() else f"'\\x{ord(found):02x}'"
        raise JSONSyntaxError(f"invalid character {shown} {where}")

    def _space(self) -> str:
        """Skip blanks; the character that follows, "" at the end."""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _value(self) -> None:
        """A literal as a whole, or the opening of an object or array."""
        first = self._space()
        self._next = self._rest
        if first and first in "{[":
            if len(self._open) >= MAX_DEPTH:
                self._fail("exceeded max depth")
            self._open.append(first)
            self._at += 1
            self._next = self._opened
        elif first == '"':
            self._string()
        elif first and first in "-0123456789":
            self._number()
        else:
            self._word(first)

    def _opened(self) -> None:
        """What follows directly: a key, a value, or the end."""
        bracket = self._open[-1]
        if self._space() == {"{": "}", "[": "]"}[bracket]:
            self._close()
        else:
            self._next = self._member if bracket == "{" else self._value

    def _close(self) -> None:
        self._at += 1
        self._open.pop()
        self._next = self._rest

    def _member(self) -> None:
        if self._space() != '"':
            self._fail("looking for beginning of object key string")
        self._string()
        if self._space() != ":":
            self._fail("after object key")
        self._at += 1
        self._next = self._value

    def _rest(self) -> None:
        """After a value."""
        found, inside = self._space(), self._open[-1]
        if found == ",":
            self._at += 1
            self._next = self._member if inside == "{" else self._value
        elif found == {"{": "}", "[": "]"}[inside]:
            self._close()
        else:
            self._fail("after object key:value pair" if inside == "{" else "after array element")

    def _string(self) -> None:
        found = _STRING.match(self._text, self._at + 1)
        self._at = found.end() if found else self._at
        if self._text[self._at : self._at + 1] == '"':
            self._at += 1
            return
        if self._text[self._at : self._at + 2] == "\\u":
            self._at += 2
            while self._text[self._at : self._at + 1].lower() in set("0123456789abcdef"):
                self._at += 1
            self._fail("in \\u hexadecimal character escape", inside=True)
        if self._text[self._at : self._at + 1] == "\\":
            self._at += 1
            self._fail("in string escape code", inside=True)
        self._fail("in string literal")

    def _number(self) -> None:
        found = _NUMBER.match(self._text, self._at)
        tried = _NUMBER_SO_FAR.match(self._text, self._at)
        end, further = found.end() if found else self._at, tried.end() if tried else self._at
        if end >= further:
            self._at = end
            return
        self._at = further
        last = self._text[further - 1]
        where = {".": "after decimal point in numeric literal", "-": "in numeric literal"}
        self._fail(where.get(last, "in exponent of numeric literal"), inside=True)

    def _word(self, first: str) -> None:
        word = {"t": "true", "f": "false", "n": "null"}.get(first)
        if word is None:
            self._fail(_BEGIN)
        for expected in word:
            if self._text[self._at : self._at + 1] != expected:
                self._fail(f"in literal {word} (expecting '{expected}')", inside=True)
            self._at += 1


def check(body: bytes) -> None:
    """Raises JSONSyntaxError for a text that is no JSON; silence where Go would take it."""
    _Scanner(body.decode("latin-1")).run()
