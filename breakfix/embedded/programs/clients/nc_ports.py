"""The ports that OpenBSD's nc is given: numbers, names, ranges."""

from __future__ import annotations

from breakfix.embedded.programs.clients.services import SERVICES

_LAST_PORT = 65535


class PortError(Exception):
    """Words of a port that cannot be."""


def ports(word: str) -> range:
    """Those to connect to. Raises PortError."""
    if word in SERVICES:
        return range(SERVICES[word], SERVICES[word] + 1)
    first, mark, last = word.partition("-")
    if not mark or not first.isdigit():
        return range(_number(word), _number(word) + 1)
    low, high = sorted((_number(first), _number(last)))
    return range(low, high + 1)


def _number(word: str) -> int:
    if not word.isdigit():
        raise PortError(f"port number invalid: {word}")
    if int(word) < 1:
        raise PortError(f"port number too small: {word}")
    if int(word) > _LAST_PORT:
        raise PortError(f"port number too large: {word}")
    return int(word)


def listening_port(word: str) -> int:
    """The one to listen on: of a number that is too large the low 16 bits. Raises PortError."""
    if not word:
        raise PortError("missing port number")
    if not word.isdigit() and word not in SERVICES:
        raise PortError("getaddrinfo: Servname not supported for ai_socktype")
    return int(word) & _LAST_PORT if word.isdigit() else SERVICES[word]
