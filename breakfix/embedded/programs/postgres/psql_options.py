"""The long options of psql, with their short ones: data."""

from __future__ import annotations

LONG_OPTIONS = {
    "command=": "c", "host=": "h", "port=": "p", "username=": "U", "dbname=": "d", "file=": "f",
    "tuples-only": "t", "no-align": "A", "expanded": "x", "list": "l", "csv": None, "quiet": "q",
    "no-password": "w", "password": "W", "version": "V", "variable=": "v", "set=": "v",
    "field-separator=": "F", "no-psqlrc": "X", "echo-all": "a", "single-transaction": "1",
}  # fmt: skip
