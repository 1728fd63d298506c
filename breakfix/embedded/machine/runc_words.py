"""How containerd says that runc could not make a container, or start a command in it."""

from __future__ import annotations

import errno
import os

NOT_MADE = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed:"
    " runc create failed: "
)
NOT_STARTED = f"{NOT_MADE}unable to start container process: "
_WORDS = {errno.EACCES: "permission denied", errno.ENOEXEC: "exec format error",
          errno.ENOTDIR: "not a directory", errno.ELOOP: "too many links"}  # fmt: skip


def refusal(error: OSError, name: str) -> str:
    """Of a command that cannot be started."""
    if error.errno == errno.ENOENT:
        tail = "executable file not found in $PATH"
        if "/" in name:
            tail = f"stat {name}: no such file or directory"
    else:
        tail = _WORDS.get(error.errno or 0, (error.strerror or "").lower())
    return f'unable to start container process: exec: "{name}": {tail}: unknown'


def not_made(error: OSError, path: str) -> str:
    """Of a working directory that cannot be made: for Go, a file that is there is no directory."""
    code = errno.ENOTDIR if error.errno == errno.EEXIST else error.errno
    why = os.strerror(code or 0).lower()
    return f"{NOT_STARTED}error during container init: mkdir {path}: {why}: unknown"
