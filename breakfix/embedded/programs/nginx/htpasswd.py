"""Passwords as htpasswd writes them, and those that clients give."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from breakfix.embedded.programs.http.messages import Request

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ORDER = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))
_ROUNDS = 1000


def credentials(request: Request) -> tuple[str, str]:
    """User and password of a request; empty where it has none."""
    scheme, _, text = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(text).decode(errors="replace").partition(":")
    except (ValueError, binascii.Error):
        return "", ""
    return name, password


def user_of(request: Request) -> str:
    """$remote_user."""
    return credentials(request)[0]


def matches(password: str, known: str) -> bool:
    """Is it this one? MD5 (apr1 and $1$), SHA-1 and plain texts are known."""
    if known.startswith(("$apr1$", "$1$")):
        magic, salt = known.split("$")[1:3]
        return hmac.compare_digest(md5_crypt(password, salt, f"${magic}$"), known)
    if known.startswith("{SHA}"):
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
        return hmac.compare_digest(base64.b64encode(digest).decode(), known[5:])
    return known.startswith("{PLAIN}") and hmac.compare_digest(known[7:], password)


def md5_crypt(password: str, salt: str, magic: str = "$apr1$") -> str:
    """Poul-Henning Kamp's crypt."""
    secret, grain = password.encode(), salt[:8].encode()
    inner = _md5(secret + grain + secret)
    mixed = secret + magic.encode() + grain
    mixed += (inner * (len(secret) // 16 + 1))[: len(secret)]
    size = len(secret)
    while size:
        mixed += b"\0" if size & 1 else secret[:1]
        size >>= 1
    found = _md5(mixed)
    for number in range(_ROUNDS):
        text = secret if number & 1 else found
        text += grain if number % 3 else b""
        text += secret if number % 7 else b""
        found = _md5(text + (found if number & 1 else secret))
    parts = [_encoded(found[a] << 16 | found[b] << 8 | found[c], 4) for a, b, c in _ORDER]
    return f"{magic}{grain.decode()}${''.join(parts)}{_encoded(found[11], 2)}"


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _encoded(value: int, length: int) -> str:
    found = ""
    for _ in range(length):
        found += _ALPHABET[value & 63]
        value >>= 6
    return found
