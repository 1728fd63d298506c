"""Files with a secret in them are not used where others can read them."""

from __future__ import annotations

import os
from pathlib import Path

from breakfix.errors import UsageError

OTHERS = 0o007
OTHERS_AND_GROUP = 0o077


def refuse_readable(path: Path, secret: str, by: int) -> None:
    """Raises UsageError where the mode of the file lets those in `by`; OSError where the file
    cannot be looked at. Windows has no such modes."""
    if os.name == "posix" and path.stat().st_mode & by:
        raise UsageError(
            f"others can read the {secret} in {path}", f"Take that away: `chmod 600 {path}`."
        )
