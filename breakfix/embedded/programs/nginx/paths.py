"""What nginx makes in its file system at start: directories, and the file of its pid."""

from __future__ import annotations

import posixpath

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.nginx.config import ConfigError, Directive, walk

_TEMPS = {"client_body_temp_path": "client_temp", "proxy_temp_path": "proxy_temp",
          "fastcgi_temp_path": "fastcgi_temp", "uwsgi_temp_path": "uwsgi_temp",
          "scgi_temp_path": "scgi_temp"}  # fmt: skip
_OWNER = 101


def create_paths(process: Process, root: Directive) -> None:
    """The directories; logs need theirs. Raises ConfigError."""
    if root.find("events") is None:
        raise ConfigError('no "events" section in configuration')
    http = root.find("http")
    if http is None:
        return
    _check_logs(process, root)
    for name, folder in _TEMPS.items():
        found = http.find(name)
        path = found.args[0] if found else f"/var/cache/nginx/{folder}"
        if not process.files.exists(path):
            _create(process, path)


def _check_logs(process: Process, root: Directive) -> None:
    def look(one: Directive) -> None:
        if one.name in ("access_log", "error_log"):
            _can_open(process, one.args[0])

    walk(root, look)


def _can_open(process: Process, path: str) -> None:
    folder = posixpath.dirname(path)
    if path.startswith("/") and "$" not in path and not process.files.is_dir(folder):
        raise ConfigError(f'open() "{path}" failed (2: No such file or directory)')


def _create(process: Process, path: str) -> None:
    """A directory; of the user nginx where it can be given away."""
    try:
        process.files.mkdir(path)
    except OSError as error:
        raise _failed(f'mkdir() "{path}"', error) from None
    chown = getattr(process.files, "chown", None)
    if process.who.uid != 0 or chown is None:
        return
    try:
        chown(path, _OWNER, None)
    except OSError as error:
        raise _failed(f'chown("{path}", {_OWNER})', error) from None


def pid_path(root: Directive) -> str:
    """Where the master's pid is."""
    found = root.find("pid")
    return found.args[0] if found else "/run/nginx.pid"


def write_pid(process: Process, root: Directive) -> None:
    """Raises ConfigError."""
    path = pid_path(root)
    try:
        process.files.write(path, f"{process.pid}\n".encode())
    except OSError as error:
        raise _failed(f'open() "{path}"', error) from None


def _failed(call: str, error: OSError) -> ConfigError:
    return ConfigError(f"{call} failed ({error.errno}: {error.strerror})")
