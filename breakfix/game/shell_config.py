"""The kubeconfig of the learner's shell: the cluster's own, with the round's namespace set.

It is a file for each round, written when the round is entered and removed when it ends; the
cluster's file is never changed.
"""

from __future__ import annotations

from pathlib import Path

from breakfix.clusters import kubeconfig
from breakfix.settings import Settings


def config_file(settings: Settings, round_id: str) -> Path:
    """Where the kubeconfig of a round's shell is."""
    return settings.kubeconfig_dir / f"round-{round_id}"


def write_config(settings: Settings, cluster: Path, round_id: str, namespace: str) -> Path:
    """Write it anew (0600) from the cluster's kubeconfig: a cluster that was started again may
    listen on another port. Raises BreakfixError where that cannot be read, or this written."""
    config = kubeconfig.minified(kubeconfig.merged([cluster]))
    (entry,) = config["contexts"]
    placed = entry | {"context": entry["context"] | {"namespace": namespace}}
    path = config_file(settings, round_id)
    kubeconfig.write(path, config | {"contexts": [placed]})
    return path
