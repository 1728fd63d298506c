"""The words of busybox's ash for what the shell library says in those of bash."""

from __future__ import annotations

import re
from typing import NamedTuple


class Said(NamedTuple):
    """A line: who of the builtins says it (it then tells the line's number), and what.

    `fatal`: a script that ends with it ends with code 2. `bare`: the shell is not named.
    Without text nothing is said."""

    text: str
    builtin: str = ""
    fatal: bool = False
    bare: bool = False


_NAME = r"\w+"
_TEST = r"(?:\[|test): "
_ARITHMETIC = "syntax error: operand expected|syntax error in expression|value too great for base"
_RULES = [
    (re.compile(pattern, re.DOTALL), said)
    for pattern, said in (
        (r"exec: (.+): command not found", Said(r"\1: not found", "exec")),
        (r"(.+): command not found(?:\..*)?", Said(r"\1: not found")),
        (r"kill: (%.+): no such job", Said(r"\1: no such job", "kill", fatal=True)),
        (r"(un)?alias: (.+): not found", Said(r"\1alias: \2 not found", bare=True)),
        (r"unset: (.+): cannot unset: readonly variable",
         Said(r"\1: is read only", "unset", fatal=True)),
        (r"hash: (.+): not found", Said(r"\1: not found", "hash")),
        (r"set: (-.): invalid option", Said(r"illegal option \1", "set", fatal=True)),
        (r"umask: (.*): octal number out of range", Said(r"illegal mode: \1", "umask", fatal=True)),
        (r"ulimit: .*: cannot modify limit: (.+)", Said(r"error setting limit: \1")),
        (rf"({_NAME}): unbound variable", Said(r"\1: parameter not set", fatal=True)),
        (rf"({_NAME}): readonly variable", Said(r"\1: is read only", fatal=True)),
        (r".*division by 0.*", Said("divide by zero", fatal=True)),
        (rf".*(?:{_ARITHMETIC}).*", Said("arithmetic syntax error", fatal=True)),
        (r".+: bad substitution", Said("syntax error: bad substitution", fatal=True)),
        (rf"{_TEST}: integer expression expected", Said("bad number")),
        (rf"{_TEST}(.+): integer expression expected", Said(r"\1: bad number")),
        (rf"{_TEST}(.+): binary operator expected", Said(r"\1: unknown operand")),
        (r"printf: (.*): invalid number", Said(r"invalid number '\1'")),
        (r"kill: \((\d+)\) - (.+)", Said(r"can't kill pid \1: \2")),
        (r"cd: (.+): (.+)", Said(r"can't cd to \1: \2", "cd", fatal=True)),
        (r"exit: (.*): numeric argument required", Said(r"Illegal number: \1", "exit")),
        (r"(export|readonly|unset): `([^=']*).*': not a valid identifier",
         Said(r"\2: bad variable name", r"\1", fatal=True)),
        (r"local: can only be used in a function", Said("not in a function", "local", fatal=True)),
        (r"umask: `(.*)'.*", Said(r"illegal mode: \1", "umask", fatal=True)),
        (r"set: (.*): invalid option name", Said(r"illegal option -o \1", "set")),
        (r"trap: (.*)", Said(r"\1", "trap")),
        (r"(fg|bg): current: no such job", Said("No current job", r"\1", fatal=True)),
        (r"wait: `(.*)': not a pid.*", Said(r"Illegal number: \1", "wait")),
        (r"wait: pid \d+ is not a child.*|return: can only .*|(?:break|continue): only .*",
         Said("")),
    )
]  # fmt: skip
_UNARY = re.compile(rf"{_TEST}(.+): unary operator expected")
_COMPARING = r"-(?:eq|ne|gt|ge|lt|le|nt|ot|ef)|=|!="


def ash(rest: str, script: str) -> Said | None:
    """What ash says instead; None: the same, or nobody knows."""
    for pattern, said in _RULES:
        if found := pattern.fullmatch(rest):
            return Said(found.expand(said.text), found.expand(said.builtin), said.fatal, said.bare)
    if found := _UNARY.fullmatch(rest):
        return Said(_operand(found[1], script))
    name, _, _ = rest.partition(": ")
    if re.search(rf"\$\{{{re.escape(name)}:?\?", script):
        return Said(rest, fatal=True)
    return None


def _operand(word: str, script: str) -> str:
    """Bash names the first of two words in a test; ash what it stumbles over, which is the
    second. It is looked for in the script."""
    second = re.search(
        rf"(?:\[|test)\s[^]\n;]*?{re.escape(word)}\s+(?:\"([^\"$]*)\"|'([^']*)'|([^\s\]$;]+))",
        script,
    )
    found = next((g for g in second.groups() if g is not None), "") if second else ""
    if re.fullmatch(_COMPARING, found):
        return f"{found}: argument expected"
    return f"{found or word}: unknown operand"
