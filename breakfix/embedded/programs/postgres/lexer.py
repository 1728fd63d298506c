"""The lexical structure of SQL: where strings and comments end, and with them statements."""

from __future__ import annotations

import re

_COMMENT_MARK = re.compile(r"/\*|\*/")
_DOLLAR_QUOTE = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_ESCAPE_STRING = re.compile(r"(?:[^'\\]|\\.|'')*'", re.DOTALL)


def split(sql: str) -> tuple[list[tuple[int, str]], int]:
    """The statements that end by a semicolon, with their places; and where the rest begins."""
    found, start, at, depth = list[tuple[int, str]](), 0, 0, 0
    while at < len(sql):
        depth = max(depth + {"(": 1, ")": -1}.get(sql[at], 0), 0)
        after = element_end(sql, at)
        if sql[at] == ";" and not depth:
            found.append((start, sql[start:at]))
            start = after
        at = after
    return found, start


def without_comments(sql: str) -> str:
    """The same text with spaces in place of its comments."""
    text, at = "", 0
    while at < len(sql):
        after = element_end(sql, at)
        part = sql[at:after]
        text += re.sub(r"[^\n]", " ", part) if part.startswith(("--", "/*")) else part
        at = after
    return text


def identifier(word: str) -> str:
    """The name that a word stands for: without quotes it is in small letters."""
    return word[1:-1] if word.startswith('"') else word.lower()


def element_end(sql: str, at: int) -> int:
    """Where the string or comment that begins here ends; any other character is on its own."""
    char = sql[at]
    if char in "'\"":
        return _quoted_end(sql, at)
    if sql.startswith("--", at):
        end = sql.find("\n", at)
        return len(sql) if end < 0 else end
    if sql.startswith("/*", at):
        return _comment_end(sql, at)
    found = _DOLLAR_QUOTE.match(sql, at) if char == "$" and not _in_word(sql, at) else None
    if found:
        end = sql.find(found[0], found.end())
        return len(sql) if end < 0 else end + len(found[0])
    return at + 1


def _quoted_end(sql: str, at: int) -> int:
    if sql[at - 1 : at] in ("e", "E") and not _in_word(sql, at - 1) and sql[at] == "'":
        found = _ESCAPE_STRING.match(sql, at + 1)
        return found.end() if found else len(sql)
    end = sql.find(sql[at], at + 1)
    return len(sql) if end < 0 else end + 1


def _comment_end(sql: str, at: int) -> int:
    """Comments may stand in comments."""
    depth = 0
    for found in _COMMENT_MARK.finditer(sql, at):
        depth += 1 if found[0] == "/*" else -1
        if not depth:
            return found.end()
    return len(sql)


def _in_word(sql: str, at: int) -> bool:
    return bool(re.match(r"[\w$]", sql[at - 1 : at]))
