"""Declaring functions: for the library that evaluates, and for our own type checker.

The library cannot carry Python objects of opaque types, so values as `kubernetes.Quantity`
travel as maps with their type's name under TAG. Functions of the same shape are told apart
by the tags of their arguments; the type checker knows the opaque types by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

TAG = "@type"
Value = dict[str, Any]

BOOL, INT, UINT, DOUBLE, STRING, BYTES, DYN = (
    "bool", "int", "uint", "double", "string", "bytes", "dyn",
)  # fmt: skip
DURATION, TIMESTAMP, LIST, MAP = "duration", "timestamp", "list(dyn)", "map(dyn,dyn)"


@dataclass(frozen=True)
class Function:
    """One overload. Types are texts: "int", "list(int)", or the name of an opaque type."""

    id: str
    name: str
    parameters: tuple[str, ...]
    result: str
    body: Callable[..., Any]
    member: bool = False


def function(
    id: str, name: str, parameters: Sequence[str], result: str, body: Callable[..., Any]
) -> Function:
    """A global function; `body` raises ValueError for what has no answer."""
    return Function(id, name, tuple(parameters), result, body)


def method(
    id: str, name: str, parameters: Sequence[str], result: str, body: Callable[..., Any]
) -> Function:
    """A function of its first parameter: `x.name(...)`."""
    return Function(id, name, tuple(parameters), result, body, member=True)


def parses(check: Callable[[str], Any]) -> Callable[[str], bool]:
    """Is a text one that `check` does not refuse (by ValueError)?"""

    def body(text: str) -> bool:
        try:
            check(text)
        except ValueError:
            return False
        return True

    return body


def tagged(kind: str, **content: Any) -> Value:
    """A value of an opaque type."""
    return {TAG: kind, **content}


def opaque(text: str) -> bool:
    """Is this type one that the library does not know?"""
    return "." in text and "(" not in text


def _fits(declared: str, value: Any) -> bool:
    if opaque(declared):
        return isinstance(value, dict) and value.get(TAG) == declared
    if declared.startswith("list("):
        return isinstance(value, list)
    return True


def dispatch(overloads: Sequence[Function]) -> Callable[..., Any]:
    """One body for overloads that look the same to the library."""

    def body(*arguments: Any) -> Any:
        for one in overloads:
            if all(map(_fits, one.parameters, arguments)):
                return one.body(*arguments)
        raise ValueError("no such overload")

    return body
