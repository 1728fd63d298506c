"""What a script can do, judged by its text: on the safe side where that does not tell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_BEFORE_A_COMMAND = (
    r"(?:^|[;&|({`\n]|(?:^|\s)(?:then|do|else|elif|if|while|until|exec|command|time|!)\s)"
)
_DYNAMIC = re.compile(
    rf"{_BEFORE_A_COMMAND}\s*[\"']?[\w./-]*\$|\b(?:eval|source|alias)\b|(?:^|[\s;&|(])\.\s",
    re.MULTILINE,
)
_IN_PIECES = re.compile(r"\w(?:[\"'\\]|''|\"\")\w")  # cu'rl'
_QUOTED = re.compile(r"\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_UNSURE = re.compile(r"\btrap\b|<<|(?:^|\s)#[^\n]*['\"]")  # quotes that are code, or no quotes
_REPEATS = re.compile(
    r"\b(?:while|until|for|select|trap|function|eval|source|coproc|kill|wait)\b|\(\s*\)"
    r"|(?:^|[\s;&|(])\.\s|`"
)
_BRANCHES = re.compile(
    r"(?<!\|)\|(?!\|)|(?<![&>])&(?![&>])|\b(eval|source|coproc)\b|<\(|(^|\s)\.\s"
)
_ERRORS = re.compile(r">\s*&\s*2|/dev/stderr|/fd/2")
_SCRIPTS = 128  # whose judgements are kept: the same ones run again and again
_WORD = re.compile(r"[\w.+-]+")


@lru_cache(_SCRIPTS)
def words(script: str) -> frozenset[str] | None:
    """All words that may be the name of a command; None where others may be too: the name
    comes from a variable, in pieces, or from a file that is read as part of the script."""
    if _DYNAMIC.search(script) or _IN_PIECES.search(_without_quoted(script)):
        return None
    return frozenset(_WORD.findall(script))


def _without_quoted(script: str) -> str:
    """Without words that are in quotes from end to end: their backslashes join nothing."""
    return script if _UNSURE.search(script) else _QUOTED.sub(_left, script)


def _left(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    whole = before in "\t\n =(" and after in "\t\n ;)"  # "" too: where the script begins or ends
    plain = match[0][0] == "'" or not set("$`") & set(match[0])
    return "" if whole and plain and match[0][0] != "\\" else match[0]


@lru_cache(_SCRIPTS)
def may_repeat(script: str) -> bool:
    """May it run commands again and again, or wait for signals?"""
    return _REPEATS.search(script) is not None


@lru_cache(_SCRIPTS)
def branches(script: str) -> bool:
    """A pipe, a background command or words that may hold one: several parts run at once."""
    return _BRANCHES.search(script) is not None


@lru_cache(_SCRIPTS)
def writes_errors(script: str) -> bool:
    """Does it write to standard error by itself, or might it?"""
    return _ERRORS.search(script) is not None or _DYNAMIC.search(script) is not None


@lru_cache(_SCRIPTS)
def error(script: str) -> str:
    """Nothing where it is a whole script; else the library's words for what is wrong."""
    try:
        _reader().analyze(script)
    except Exception as found:
        return str(found)
    return ""


@lru_cache(1)
def _reader() -> Any:
    import bashkit

    return bashkit.Bash()
