"""Who is at the keyboard, and which installation of breakfix this is."""

from __future__ import annotations

import getpass
import secrets
import socket

from breakfix.clusters.private_files import write_private
from breakfix.settings import Settings


def person() -> str:
    """`user@host`, for markers and leases that other people read."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container whose uid has no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def install_id(settings: Settings) -> str:
    """A random name of this data directory, made at the first call."""
    path = settings.data_dir / "install-id"
    if not path.is_file():
        write_private(path, secrets.token_hex(6) + "\n")
    return path.read_text("utf-8").strip()
