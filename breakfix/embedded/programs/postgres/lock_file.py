"""postmaster.pid: the lock file of a data directory, which its server keeps while it runs."""

from __future__ import annotations

import posixpath
from contextlib import suppress

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.sockets import read_text

_NAME = "postmaster.pid"
_SHARED_MEMORY = "   944340         0"


class LockFileError(Exception):
    """The words of the log, with a hint where there is one."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def create_lock_file(cluster: Cluster) -> None:
    """Take the data directory. Raises LockFileError."""
    process, path = cluster.process, cluster.path(_NAME)
    owner = _running(process, read_text(process, path))
    if owner:
        raise LockFileError(
            f'lock file "{_NAME}" already exists',
            f'Is another postmaster (PID {owner}) running in data directory "{cluster.directory}"?',
        )
    try:
        process.files.write(path, _contents(cluster).encode())
    except OSError as error:
        raise LockFileError(f'could not create lock file "{_NAME}": {error.strerror}') from None
    chmod = getattr(process.files, "chmod", None)
    if chmod:
        with suppress(OSError):
            chmod(path, 0o600)


def remove_lock_file(cluster: Cluster) -> None:
    """Leave the data directory."""
    with suppress(OSError):
        cluster.files.remove(cluster.path(_NAME))


def _running(process: Process, text: str) -> int:
    """The other server that has written it, where that still runs; a dead one's file is stale."""
    first = text.split("\n", maxsplit=1)[0].strip()
    pid = int(first) if first.isdigit() else 0
    if pid in (0, process.pid, process.parent):
        return 0
    alive = any(p.pid == pid and _is_postgres(p) for p in process.siblings())
    return pid if alive else 0


def _is_postgres(process: Process) -> bool:
    return any(posixpath.basename(word) == "postgres" for word in process.argv)


def _contents(cluster: Cluster) -> str:
    process = cluster.process
    started = int(process.host.clock.now().timestamp())
    lines = [process.pid, cluster.directory, started, cluster.settings["port"],
             "/var/run/postgresql", "*", _SHARED_MEMORY, "ready   "]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)
