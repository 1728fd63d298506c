"""Kubeconfigs: read as kubectl reads them, cut down to one context, written 0600.

Merging rules: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from breakfix.clusters.base import Object
from breakfix.clusters.private_files import write_private
from breakfix.errors import ClusterError, UsageError

LISTS = ("clusters", "contexts", "users")
_BODY = {"clusters": "cluster", "contexts": "context", "users": "user"}
_PATHS = {
    "clusters": ("certificate-authority",),
    "users": ("client-certificate", "client-key", "tokenFile"),
}


def files(kubeconfig: str, home: Path) -> list[Path]:
    """The files that the variable KUBECONFIG names; where it is empty, kubectl's default."""
    named = [Path(part).expanduser() for part in kubeconfig.split(os.pathsep) if part]
    return named or [home / ".kube" / "config"]


def merged(paths: list[Path]) -> Object:
    """All files as one kubeconfig: the first to name a thing wins, missing files are skipped.

    Relative paths inside are made absolute. Raises ClusterError for a file that is no
    kubeconfig.
    """
    whole: Object = {"apiVersion": "v1", "kind": "Config", "current-context": ""}
    whole |= {part: [] for part in LISTS}
    for path in paths:
        found = _absolute(_load(path), path.parent.absolute()) if path.is_file() else {}
        whole["current-context"] = whole["current-context"] or found.get("current-context") or ""
        for part in LISTS:
            known = {entry["name"] for entry in whole[part]}
            whole[part] += [e for e in found.get(part) or [] if e["name"] not in known]
    return whole


def contexts(config: Object) -> list[str]:
    """The names of a kubeconfig's contexts."""
    return [entry["name"] for entry in config["contexts"]]


def minified(config: Object, context: str = "") -> Object:
    """The kubeconfig with one context and what it needs; without a name the current one.

    Raises UsageError where there is no such context, or no current one.
    """
    name = context or config["current-context"]
    if name not in contexts(config):
        raise _no_context(config, name)
    entry = _entry(config, "contexts", name)
    body = entry.get("context") or {}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [entry],
        "clusters": [_entry(config, "clusters", body.get("cluster", ""))],
        "users": [_entry(config, "users", body["user"])] if body.get("user") else [],
    }


def write(path: Path, config: Object) -> None:
    """Write a kubeconfig of ours: 0600, in one step. JSON is YAML, and kubectl reads it."""
    write_private(path, json.dumps(config, indent=2) + "\n")


def _load(path: Path) -> Object:
    import yaml

    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unusable(path, str(error)) from error
    if not isinstance(loaded, dict) or not all(_named(loaded.get(part)) for part in LISTS):
        raise _unusable(path, "it is not a kubeconfig")
    return loaded


def _named(entries: Any) -> bool:
    if entries is None:
        return True
    return isinstance(entries, list) and all(isinstance(e, dict) and "name" in e for e in entries)


def _unusable(path: Path, why: str) -> ClusterError:
    return ClusterError(
        f"the kubeconfig {path} cannot be used: {why}",
        "Check it with `kubectl config view`, or set KUBECONFIG to another file.",
    )


def _absolute(config: Object, base: Path) -> Object:
    for part, keys in _PATHS.items():
        for body in _bodies(config, part):
            for key in keys:
                if body.get(key):
                    body[key] = str(base / body[key])
    for user in _bodies(config, "users"):
        plugin = user.get("exec") or {}
        command = str(plugin.get("command") or "")
        if "/" in command or os.sep in command:  # a bare name is searched on PATH
            plugin["command"] = str(base / command)
    return config


def _bodies(config: Object, part: str) -> Iterator[Object]:
    for entry in config.get(part) or []:
        yield entry.get(_BODY[part]) or {}


def _entry(config: Object, part: str, name: str) -> Object:
    for entry in config[part]:
        if entry["name"] == name:
            found: Object = entry
            return found
    raise UsageError(
        f"the kubeconfig has no {_BODY[part]} named {name!r}, which its context needs",
        "Check it with `kubectl config view`.",
    )


def _no_context(config: Object, name: str) -> UsageError:
    names = contexts(config)
    listed = f"There are: {', '.join(names)}." if names else "It has no contexts at all."
    if not name:
        return UsageError(
            "the kubeconfig has no current context",
            f"{listed} Name one (`--cluster context:NAME`) or choose it with "
            "`kubectl config use-context NAME`.",
        )
    close = get_close_matches(name, names, n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    return UsageError(f"the kubeconfig has no context {name!r}", f"{meant}{listed}")
