"""The version that the server and its clients say they are."""

from __future__ import annotations

VERSION = "16.9 (Debian 16.9-1.pgdg120+1)"
FULL_VERSION = (
    f"PostgreSQL {VERSION} on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, "
    "64-bit"
)
