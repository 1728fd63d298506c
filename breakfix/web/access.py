"""Who may come in: secrets compared in constant time, and the names this server answers to.

A page of a stranger in the same browser must not reach the server: requests under another
name (DNS rebinding) and from another origin are turned away, and the cookie is SameSite.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TOKEN_BYTES = 32
MOST_KEPT = 100


def same(given: str, wanted: str) -> bool:
    """Equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


@dataclass(frozen=True)
class Names:
    """The names under which the server may be addressed. `any_address`: also as whatever
    IP address it was reached by, which no name service can fake."""

    scheme: str
    port: int
    hosts: frozenset[str]
    any_address: bool = False

    def admit(self, host: str) -> bool:
        """Is this a Host header of ours?"""
        name, port = _split(host)
        standard = {"http": 80, "https": 443}[self.scheme]
        if (port or standard) != self.port or not name:
            return False
        return name in self.hosts or (self.any_address and _is_address(name))

    def admit_origin(self, origin: str, host: str) -> bool:
        """Does this Origin header name the very page that the Host header names?"""
        return self.admit(host) and same(origin, f"{self.scheme}://{host}")


def _split(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; an empty name where it is none."""
    with suppress(ValueError):
        parts = urlsplit(f"//{host}")
        if parts.netloc == host and parts.hostname and "@" not in host:
            return parts.hostname, parts.port
    return "", None


def _is_address(name: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    return False


@dataclass
class Keys:
    """The secrets of one run of the server: `token` is in the printed URL, tickets work
    once (for a URL that others can see in the list of processes), cookies come after."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES))
    _tickets: list[str] = field(default_factory=list)
    _cookies: list[str] = field(default_factory=list)

    def ticket(self) -> str:
        """A token for one visit; the oldest of very many is forgotten."""
        self._tickets.append(secrets.token_urlsafe(TOKEN_BYTES))
        del self._tickets[:-MOST_KEPT]
        return self._tickets[-1]

    def opens(self, token: str) -> bool:
        """Is it the token, or a ticket that was not used yet?"""
        used = [ticket for ticket in self._tickets if same(token, ticket)]
        for ticket in used:
            self._tickets.remove(ticket)
        return same(token, self.token) or bool(used)

    def cookie(self) -> str:
        """A new cookie; the oldest of very many is forgotten."""
        self._cookies.append(secrets.token_urlsafe(TOKEN_BYTES))
        del self._cookies[:-MOST_KEPT]
        return self._cookies[-1]

    def knows(self, cookie: str) -> bool:
        """Was it given by this server?"""
        return sum(same(cookie, known) for known in self._cookies) > 0
