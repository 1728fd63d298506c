"""One breakfix process at a time on a cluster, among those of this data directory.

An advisory lock of the operating system on a file: it ends with the process, however
that ends. The file says who holds it, for the one who is turned away.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from breakfix.clock import Clock
from breakfix.clusters.private_files import cannot, private_directory
from breakfix.errors import ClusterError
from breakfix.settings import Settings

_LOCKED_BYTE = 1 << 30  # far behind the text: Windows lets nobody read a locked byte


@contextlib.contextmanager
def process_lock(name: str, command: str, settings: Settings, clock: Clock) -> Iterator[None]:
    """Hold the cluster `name` for the block; `command` is told to others (`breakfix play`).

    Raises ClusterError where another process holds it.
    """
    path = private_directory(settings.data_dir / "locks") / f"{_file_name(name)}.lock"
    with _opened(path) as file:
        if not try_lock(file):
            raise _held(name, file)
        text = {"pid": os.getpid(), "command": command, "since": f"{clock.now():%Y-%m-%d %H:%M}Z"}
        _rewrite(file, json.dumps(text))
        try:
            yield
        finally:
            _rewrite(file, "")


def try_lock(file: IO[str]) -> bool:
    """Lock without waiting; False where another process has it.

    Where the system has no such locks, nobody is turned away.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return True
    except OSError:
        return False
    return True


def _opened(path: Path) -> IO[str]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot("write", path, error) from error
    return os.fdopen(handle, "r+", encoding="utf-8")


def _rewrite(file: IO[str], text: str) -> None:
    """Say who holds it, as far as there is room: on a full disk the lock holds all the same."""
    with contextlib.suppress(OSError):
        file.seek(0)
        file.truncate()
        file.write(text)
        file.flush()


def _held(name: str, file: IO[str]) -> ClusterError:
    file.seek(0)
    try:
        holder = json.loads(file.read())
        who = "pid {pid} ({command}) since {since}".format(**holder)
        hint = f"Go on there, or end it first (`kill {holder['pid']}`)."
    except (ValueError, KeyError, TypeError):  # it is just being written
        who, hint = "another breakfix process", "Go on there, or end it first."
    return ClusterError(f"{name} is held by {who}", hint)


def _file_name(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
