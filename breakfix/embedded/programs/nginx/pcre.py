"""nginx's regular expressions: PCRE's as Python's, with PCRE's words for what is wrong."""

from __future__ import annotations

import re

from breakfix.embedded.programs.nginx.config import ConfigError, Directive

_WORDS = {
    "missing ), unterminated subpattern": ("missing closing parenthesis", False),
    "unbalanced parenthesis": ("unmatched closing parenthesis", True),
    "nothing to repeat": ("quantifier does not follow a repeatable item", True),
    "multiple repeat": ("quantifier does not follow a repeatable item", True),
    "unterminated character set": ("missing terminating ] for character class", False),
}


def pcre(pattern: str) -> str:
    """A pattern of nginx as one of Python."""
    return re.sub(r"\(\?<(?![=!])", "(?P<", pattern)


def check_pattern(pattern: str, found: Directive) -> None:
    """Can it be compiled? Raises ConfigError."""
    try:
        re.compile(pcre(pattern))
    except re.error as error:
        raise ConfigError(_wrong(error, pattern, found)) from None


def _wrong(error: re.error, pattern: str, found: Directive) -> str:
    words, placed = _WORDS.get(error.msg, (error.msg, False))
    at = f' at "{pattern[error.pos or 0 :]}"' if placed else ""
    return f'pcre2_compile() failed: {words} in "{pattern}"{at}{found.where}'
