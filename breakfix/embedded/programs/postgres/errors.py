"""Errors of SQL statements, with PostgreSQL's error codes."""

from __future__ import annotations


class SqlError(Exception):
    """An error as PostgreSQL reports it; `position` counts characters from 1."""

    def __init__(
        self, code: str, message: str, detail: str = "", position: int = 0, hint: str = ""
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.detail, self.position = code, message, detail, position
        self.hint = hint


def syntax_error(sql: str, near: str) -> SqlError:
    """A syntax error at a word of the statement; no word: at its end."""
    if not near:
        return SqlError("42601", "syntax error at end of input", position=len(sql) + 1)
    position = sql.find(near) + 1
    return SqlError("42601", f'syntax error at or near "{near}"', position=position)
