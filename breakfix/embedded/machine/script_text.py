"""What a script can do, judged by its text: on the safe side where that does not tell."""

from __future__ import annotations

import re

_BEFORE_A_COMMAND = (
    r"(?:^|[;&|({`\n]|(?:^|\s)(?:then|do|else|elif|if|while|until|exec|command|time|!)\s)"
)
_IN_PIECES = r"\w(?:[\"'\\]|''|\"\")\w"  # cu'rl'
_DYNAMIC = re.compile(
    rf"{_BEFORE_A_COMMAND}\s*[\"']?[\w./-]*\$|\b(?:eval|source|alias)\b|(?:^|[\s;&|(])\.\s"
    rf"|{_IN_PIECES}",
    re.MULTILINE,
)
_REPEATS = re.compile(
    r"\b(?:while|until|for|select|trap|function|eval|source|coproc|kill|wait)\b|\(\s*\)"
    r"|(?:^|[\s;&|(])\.\s|`"
)
_BRANCHES = re.compile(
    r"(?<!\|)\|(?!\|)|(?<![&>])&(?![&>])|\b(eval|source|coproc)\b|<\(|(^|\s)\.\s"
)
_WORD = re.compile(r"[\w.+-]+")


def words(script: str) -> frozenset[str] | None:
    """All words that may be the name of a command; None where others may be too: the name
    comes from a variable, in pieces, or from a file that is read as part of the script."""
    if _DYNAMIC.search(script):
        return None
    return frozenset(_WORD.findall(script))


def may_repeat(script: str) -> bool:
    """May it run commands again and again, or wait for signals?"""
    return _REPEATS.search(script) is not None


def branches(script: str) -> bool:
    """A pipe, a background command or words that may hold one: several parts run at once."""
    return _BRANCHES.search(script) is not None
