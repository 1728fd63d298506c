"""The password of a server that others can reach: kept as a hash, guessed only slowly."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from breakfix.errors import UsageError
from breakfix.web.secret_files import OTHERS_AND_GROUP, refuse_readable

VARIABLE = "BREAKFIX_WEB_PASSWORD"
SHORTEST = 8
FREE_GUESSES = 3
LONGEST_WAIT = 60.0  # seconds
MOST_GUESSERS = 1000


class Password:
    """Knows whether a text is the password, and not the password itself."""

    def __init__(self, text: str) -> None:
        self._salt = secrets.token_bytes(16)
        self._hash = self._hashed(text)
        self._one_at_a_time = asyncio.Lock()

    def _hashed(self, text: str) -> bytes:
        secret = text.encode("utf-8", "surrogateescape")
        return hashlib.scrypt(secret, salt=self._salt, n=1 << 15, r=8, p=1, maxmem=1 << 26)

    async def matches(self, given: str) -> bool:
        """Compared in constant time; hashing takes some 0.1 s in a thread."""
        async with self._one_at_a_time:
            found = await asyncio.to_thread(self._hashed, given)
        return hmac.compare_digest(found, self._hash)


def read_password(environ: Mapping[str, str], path: Path | None) -> Password | None:
    """From the file, else from BREAKFIX_WEB_PASSWORD; None where there is neither. Raises
    UsageError where the file cannot be used or the password is too short."""
    text = _from_file(path) if path else environ.get(VARIABLE, "")
    if not text and path is None:
        return None
    if len(text) < SHORTEST:
        raise UsageError(
            f"the password is too short: it needs {SHORTEST} characters",
            "A good one: `openssl rand -base64 18`.",
        )
    return Password(text)


def _from_file(path: Path) -> str:
    """The first line of a file that only its owner may read."""
    try:
        refuse_readable(path, "password", OTHERS_AND_GROUP)
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the password file {path} cannot be read: {error}") from error
    return lines[0] if lines else ""


class Slowdown:
    """After some wrong guesses an address waits, each time twice as long. A guess counts as
    wrong until it was right, so that many at the same time are no way around."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._now = monotonic
        self._guesses: dict[str, tuple[int, float]] = {}

    def guess(self, address: str) -> float:
        """Count a guess; returns the seconds to wait where it comes too early, else 0."""
        key = _neighbourhood(address)
        count, free_at = self._guesses.pop(key, (0, 0.0))
        early = max(0.0, free_at - self._now())
        if not early:
            count += 1
            wait = min(LONGEST_WAIT, 2.0 ** (count - FREE_GUESSES)) if count >= FREE_GUESSES else 0
            free_at = self._now() + wait
        self._guesses[key] = (count, free_at)
        while len(self._guesses) > MOST_GUESSERS:
            del self._guesses[next(iter(self._guesses))]
        return early

    def right(self, address: str) -> None:
        """The guess was right: nothing is held against that address."""
        self._guesses.pop(_neighbourhood(address), None)


def _neighbourhood(address: str) -> str:
    """One guesser has a whole /64 of IPv6 addresses."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - the version of the protocol
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
