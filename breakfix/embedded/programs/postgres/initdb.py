"""initdb: it makes an empty data directory, or says why it does not."""

from __future__ import annotations

from breakfix.embedded.programs.postgres.cluster import Cluster
from breakfix.embedded.programs.sockets import read_text

MESSAGES = """The files belonging to this database system will be owned by user "postgres".
This user must also own the server process.

The database cluster will be initialized with locale "en_US.utf8".
The default database encoding has accordingly been set to "UTF8".
The default text search configuration will be set to "english".

Data page checksums are disabled.

fixing permissions on existing directory {0} ... ok
creating subdirectories ... ok
selecting dynamic shared memory implementation ... posix
selecting default max_connections ... 100
selecting default shared_buffers ... 128MB
selecting default time zone ... Etc/UTC
creating configuration files ... ok
running bootstrap script ... ok
performing post-bootstrap initialization ... ok
syncing data to disk ... ok


Success. You can now start the database server using:

    pg_ctl -D {0} -l logfile start

"""
_LOST_AND_FOUND = (
    "initdb: detail: It contains a lost+found directory, perhaps due to it being a mount point.\n"
    "initdb: hint: Using a mount point directly as the data directory is not recommended.\n"
    "Create a subdirectory under the mount point.\n"
)


class InitdbError(Exception):
    """The words that it ends with."""


def initdb(cluster: Cluster) -> None:
    """Make the data directory. Raises InitdbError."""
    _check_user(cluster)
    _check_empty(cluster)
    try:
        _create_files(cluster)
    except OSError as error:
        what = "change permissions of" if error.errno == 1 else "access"
        raise InitdbError(f'initdb: error: could not {what} directory "{cluster.directory}": '
                          f"{error.strerror}\n") from None  # fmt: skip


def _check_user(cluster: Cluster) -> None:
    uid = str(cluster.process.who.uid)
    users = read_text(cluster.process, "/etc/passwd").splitlines()
    if not any(user.split(":")[2:3] == [uid] for user in users):
        raise InitdbError(
            f"initdb: could not look up effective user ID {uid}: user does not exist\n"
        )


def _check_empty(cluster: Cluster) -> None:
    directory, found = cluster.directory, cluster.files.list(cluster.directory)
    if not found:
        return
    hint = _LOST_AND_FOUND if "lost+found" in found else (
        "initdb: hint: If you want to create a new database system, either remove or empty the "
        f'directory "{directory}" or run initdb with an argument other than "{directory}".\n'
    )  # fmt: skip
    raise InitdbError(f'initdb: error: directory "{directory}" exists but is not empty\n{hint}')


def _create_files(cluster: Cluster) -> None:
    files = cluster.files
    for name in ("base", "global", "pg_wal", "pg_xact"):
        files.mkdir(cluster.path(name))
    chmod = getattr(files, "chmod", None)
    if chmod and cluster.process.who.uid:
        chmod(cluster.directory, 0o700)
    files.write(cluster.path("PG_VERSION"), b"16\n")
    files.write(cluster.path("postgresql.conf"), b"listen_addresses = '*'\n")
