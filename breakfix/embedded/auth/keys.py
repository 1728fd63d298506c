"""All the secrets of one cluster: its CA, what it serves with, and the key that signs tokens."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from breakfix.embedded.auth.certificates import Authority, Pair, new_key, private_pem
from breakfix.embedded.users import ADMIN

RENEW = timedelta(days=30)  # certificates with less left are issued anew when loaded
_CLUSTER_ADMINS = ADMIN.groups[:1]


@dataclass(frozen=True)
class Keys:
    """What a cluster keeps secret; the same over its restarts."""

    authority: Authority
    server: Pair
    admin: Pair
    token_key: ec.EllipticCurvePrivateKey  # signs ServiceAccount tokens (ES256)

    @classmethod
    def create(cls, now: datetime) -> Keys:
        """Everything new, in some milliseconds."""
        authority = Authority.create(now)
        admin = authority.client(now, ADMIN.name, _CLUSTER_ADMINS)
        return cls(authority, authority.server(now), admin, new_key())

    @classmethod
    def load(cls, directory: Path, now: datetime) -> Keys:
        """What `save` wrote, with certificates that end soon renewed.

        Raises OSError where it is not there, ValueError where it is broken.
        """
        authority = Authority(_read(directory, "ca"))
        server, admin = _read(directory, "apiserver"), _read(directory, "admin")
        key = serialization.load_pem_private_key((directory / "sa.key").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("sa.key is not an EC key")
        if _ends_soon(server, now) or _ends_soon(admin, now):
            server = authority.server(now)
            admin = authority.client(now, ADMIN.name, _CLUSTER_ADMINS)
        return cls(authority, server, admin, key)

    def save(self, directory: Path) -> None:
        """Write to files that only the owner can read."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        pairs = {"ca": self.authority.pair, "apiserver": self.server, "admin": self.admin}
        for name, pair in pairs.items():
            write_private(directory / f"{name}.crt", pair.certificate_pem)
            write_private(directory / f"{name}.key", pair.key_pem)
        write_private(directory / "sa.key", private_pem(self.token_key))


def load_or_create(directory: Path, now: datetime) -> Keys:
    """The keys of a directory, made and written there the first time."""
    try:
        keys = Keys.load(directory, now)
    except FileNotFoundError:
        keys = Keys.create(now)
    keys.save(directory)
    return keys


def write_private(path: Path, content: bytes) -> None:
    """Write a file with mode 0600, whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _read(directory: Path, name: str) -> Pair:
    return Pair.read(
        (directory / f"{name}.crt").read_bytes(), (directory / f"{name}.key").read_bytes()
    )


def _ends_soon(pair: Pair, now: datetime) -> bool:
    return pair.certificate.not_valid_after_utc - now < RENEW
