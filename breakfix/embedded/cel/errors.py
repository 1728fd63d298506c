"""What goes wrong with expressions, in the words that Kubernetes (cel-go) uses for it."""

from __future__ import annotations

import re

_CODE = re.compile(r"^[A-Z_]+: ")
_TAIL = re.compile(r" \[[A-Z_]+\]$")
_RUNTIME = (
    (re.compile(r'Key not found in map : "(.*)"', re.DOTALL), r"no such key: \1"),
    (re.compile(r"Key not found in map : (.*)", re.DOTALL), r"no such key: \1"),
    (re.compile(r"No matching overloads found : .*", re.DOTALL), "no such overload"),
    (re.compile(r"No such overload.*", re.DOTALL), "no such overload"),
    (re.compile(r"Applying SELECT to non-message type.*", re.DOTALL), "no such overload"),
    (re.compile(r"Index error: index=(-?\d+) size=\d+"), r"index out of bounds: \1"),
    (re.compile(r"divide by zero"), "division by zero"),
    (re.compile(r"modulo by zero"), "modulus by zero"),
    (re.compile(r"integer overflow"), "return error for overflow"),
    (
        re.compile(r"Iteration budget exceeded"),
        "operation cancelled: actual cost limit exceeded",
    ),
    (re.compile(r"optional\.none\(\) dereference"), "optional.none() dereference"),
)


class CompileError(Exception):
    """An expression that is none: its text has `ERROR: <input>:LINE:COLUMN: ...` blocks."""


class EvaluationError(Exception):
    """An expression that has no answer for this input: `no such key: replicas`."""


def bare(text: str) -> str:
    """A message without the library's own status codes."""
    return _TAIL.sub("", _CODE.sub("", text))


def runtime_words(text: str) -> str:
    """The library's message for a failed evaluation, as cel-go says it."""
    text = bare(text)
    for pattern, words in _RUNTIME:
        if pattern.search(text):
            return pattern.sub(words, text)
    return text


_UNDECLARED = re.compile(
    r"ERROR: <input>:(\d+):(\d+): undeclared reference to '(\w+)((?:\.\w+)+)'(.*)\n( \| .*)\n .*"
)


def compile_words(text: str) -> str:
    """The library's message for an expression that does not compile, as cel-go says it: of
    `a.b` with an unknown `a`, `a` is undeclared."""
    return _UNDECLARED.sub(_root, bare(text))


def _root(found: re.Match[str]) -> str:
    line, column, root, rest, tail, source = found.groups()
    at = int(column) - len(root) - len(rest.rpartition(".")[0])
    return (
        f"ERROR: <input>:{line}:{at}: undeclared reference to '{root}'{tail}\n"
        f"{source}\n | {'.' * (at - 1)}^"
    )
