"""dig's command line: the query and its +options."""

from __future__ import annotations

from breakfix.embedded.network.dns_messages import reverse_name
from breakfix.embedded.network.dns_records import TYPES

_ALL = ("cmd", "comments", "question", "answer", "authority", "additional", "stats")
_CLASSES = ("IN", "CH", "HS")


class Query:
    """What is asked, whom, and what is shown of the reply."""

    def __init__(self) -> None:
        self.name, self.type, self.server = ".", "", ""
        self.port, self.timeout, self.tries = 53, 5.0, 3
        self.flags = {**dict.fromkeys(_ALL, True), "search": False, "short": False, "tcp": False}


def read(argv: list[str]) -> Query:
    """The words after the program's name."""
    query, words = Query(), list(argv[1:])
    while words:
        word = words.pop(0)
        if word.startswith("@"):
            query.server = word[1:]
        elif word.startswith("+"):
            _plus_option(query, word[1:])
        elif word in ("-t", "-p", "-q", "-c", "-x") and words:
            _option(query, word, words.pop(0))
        elif not word.startswith("-"):
            _operand(query, word)
    return query


def _option(query: Query, letter: str, value: str) -> None:
    """An option with a value."""
    if letter == "-t":
        query.type = value.upper()
    elif letter == "-p":
        query.port = int(value)
    elif letter == "-q":
        query.name = value
    elif letter == "-x":
        query.name, query.type = reverse_name(value), query.type or "PTR"


def _operand(query: Query, word: str) -> None:
    """A name, a type or a class."""
    upper = word.upper()
    if upper in TYPES:
        query.type = upper
    elif upper not in _CLASSES:
        query.name = word


def _plus_option(query: Query, text: str) -> None:
    """+NAME, +noNAME or +NAME=VALUE."""
    name, _, value = text.partition("=")
    wanted = not name.startswith("no")
    plain = name if wanted else name[2:]
    if plain == "all":
        query.flags.update(dict.fromkeys(_ALL, wanted))
    elif plain in ("time", "timeout") and value:
        query.timeout = float(value)
    elif plain in ("tries", "retry") and value.isdigit():
        query.tries = max(int(value) + (plain == "retry"), 1)
    elif plain in query.flags:
        query.flags[plain] = wanted
