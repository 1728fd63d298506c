"""The parts of volumes that containers mount: subPath and subPathExpr."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from breakfix.embedded.kubelet.expansion import expand, unknown
from breakfix.embedded.kubelet.images import StartError
from breakfix.embedded.machine.inodes import directory
from breakfix.embedded.machine.volumes import Volume
from breakfix.embedded.objects import Object

CONFIG_ERROR = "CreateContainerConfigError"


def sub_path_of(wanted: Object, env: Mapping[str, str]) -> str:
    """What a volumeMount says, its variables expanded. Raises StartError."""
    path: str = wanted.get("subPath") or ""
    text = wanted.get("subPathExpr")
    if not text:
        return path
    known = {name: value for name, value in env.items() if value}
    if missing := sorted(set(unknown(text, known))):
        raise StartError(CONFIG_ERROR, f"missing value for {', '.join(missing)}")
    path = expand(text, known)
    if path.startswith("/"):
        raise StartError(CONFIG_ERROR, f"error SubPath `{path}` must not be an absolute path")
    if ".." in path.split("/"):
        text = f"unable to provision SubPath `{path}`: must not contain '..'"
        raise StartError(CONFIG_ERROR, text)
    return path


def make_sub_path(volume: Volume, base: str, path: str, at: float) -> bool:
    """Make the directories that are missing, as open as the volume at `base` is itself.
    False where a file is in the way."""
    model = volume.at(base)
    for part in filter(None, path.split("/")):
        parent, base = volume.at(base), posixpath.join(base, part)
        if parent is None or parent.kind != "dir":
            return False
        if volume.at(base) is None and model is not None:
            made = directory(model.mode, volume.store, at)
            made.uid, made.gid = model.uid, model.gid
            parent.put(part, made)
    return True
