"""What busybox's applets say where the library's commands speak as GNU's do, and the exit code
that goes with it."""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple


class Rule(NamedTuple):
    """Lines, what is said instead (nothing: not at all), and the exit codes: GNU's, busybox's."""

    pattern: re.Pattern[str]
    text: str
    codes: tuple[int, int]


_TEMPORARY = "@"  # stands for what the name of a temporary file ends with
_RULES = [
    Rule(re.compile(pattern), text, codes)
    for pattern, text, codes in (
        (r"awk: fatal: cannot open file `(.+)' for reading: (.+)", r"awk: \1: \2", (2, 1)),
        (r"awk: cmd\. line:(\d+): +\^ .*", r"awk: cmd. line:\1: Unexpected token", (1, 1)),
        (r"awk: cmd\. line:\d+: .*", "", (1, 1)),
        (r"sed: can't read .+: Is a directory", "", (2, 0)),
        (r"sed: can't read (.+): (.+)", r"sed: \1: \2", (2, 1)),
        (r"sed: -e expression .*: unterminated `[sy]' command", "sed: unmatched '/'", (1, 1)),
        (r"sed: -e expression .*: unknown command: `(.)'", r"sed: unsupported command \1", (1, 1)),
        (r"sed: (.+): cannot write '.+': io error: (.+)",
         rf"sed: can't create temp file '\1{_TEMPORARY}': \2", (4, 1)),
        (r"sed: (.+): cannot replace '.+': io error: .+",
         rf"sed: can't move '\1{_TEMPORARY}' to '\1': Device or resource busy", (4, 1)),
        (r"find: '(.+)': (?:io error: )?(.+)", r"find: \1: \2", (1, 1)),
        (r"find: missing argument to `(.+)'", r"find: \1 requires an argument", (1, 1)),
        (r"find: unknown predicate `(.+)'", r"find: unrecognized: \1", (1, 1)),
        (r"find: Unknown argument to (-\w+): (.+)", r"find: invalid argument '\2' to '\1'", (1, 1)),
        (r"find: Expected .+, but got '(.+)'", r"find: invalid number '\1'", (1, 1)),
        (r"find: invalid argument `(.+)' to `.+'", r"find: invalid number '\1'", (1, 1)),
        (r"find: '(.+)' is not the name of a known (user|group)", r"find: unknown \2 \1", (1, 1)),
        (r"(?:sort|grep): .+: Is a directory", "", (2, 0)),
        (r"(?:cut|tr|uniq): .+: Is a directory", "", (1, 0)),
        (r"cut: you must specify a list of fields",
         "cut: expected a list of bytes, characters, or fields", (1, 1)),
        (r"head: (.+): Is a directory", r"head: \1: Input/output error", (1, 1)),
        (r"head: invalid number of (?:lines|bytes): ('.*')", r"head: invalid number \1", (1, 1)),
        (r"sort: invalid field specification.*", "sort: bad field specification", (2, 2)),
        (r"uniq: (/.+): (.+)", r"uniq: can't open '\1': \2", (1, 1)),
        (r"gzip: (.+): unknown suffix -- ignored", r"gunzip: \1: unknown suffix - ignored", (1, 1)),
    )
]  # fmt: skip
_BY_APPLET = re.compile(r"(?:awk|sed|find|sort|cut|grep|tr|uniq|head|gzip): ")
_MOST = 52


def said(line: str) -> tuple[str | None, tuple[int, int]] | None:
    """What the applet says instead of a line (None: nothing), and the codes. Nothing at all where
    it says the same."""
    if not _BY_APPLET.match(line):
        return None
    for rule in _RULES:
        if found := rule.pattern.fullmatch(line):
            text = found.expand(rule.text).replace(_TEMPORARY, _suffix(line))
            codes = (2, 1) if line.startswith("grep") else rule.codes
            return text or None, codes
    return None


def _suffix(line: str) -> str:
    """Six letters that look like chance."""
    number = zlib.crc32(line.encode())
    letters = "AbCdEfGhIjKlMnOpQrStUvWxYzaBcDeFgHiJkLmNoPqRsTuVwXyZ"
    return "".join(letters[(number >> 5 * place) % _MOST] for place in range(6))
