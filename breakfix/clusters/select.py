"""Which cluster is meant: `auto`, `kind`, `kind:NAME`, `context:NAME`; and why.

Nothing is started here. `auto` asks Docker only where breakfix has no cluster yet.
"""

from __future__ import annotations

import re
from pathlib import Path

from breakfix.clusters.base import Cluster
from breakfix.clusters.context import ContextCluster
from breakfix.clusters.embedded import EmbeddedCluster
from breakfix.clusters.kind import DEFAULT_NAME, KindCluster, kubeconfig_of
from breakfix.clusters.kind_binary import KindBinary
from breakfix.clusters.process import Programs
from breakfix.errors import ClusterError, UsageError
from breakfix.settings import Settings

FORMS = "auto, embedded, embedded:NAME, kind, kind:NAME, context, context:NAME"
BACKENDS = ("context", "kind", "embedded")
_KIND_NAME = re.compile(r"[a-z0-9.-]+")  # kind's own rule for names


async def resolve(
    spec: str,
    settings: Settings,
    programs: Programs,
    *,
    nodes: int = 1,
    home: Path | None = None,
) -> tuple[Cluster, str]:
    """The cluster that is meant, and the reason for the choice in a few words.

    Raises UsageError for a spec that means nothing, or a context that is not there.
    """
    check_form(spec)
    backend, _, name = spec.partition(":")
    if backend == "context":
        cluster = ContextCluster(name, settings, home=home)
        return cluster, "as asked" if name else "the current context of the kubeconfig"
    if backend == "kind":
        return kind_cluster(name or DEFAULT_NAME, settings, programs, nodes=nodes), "as asked"
    if backend == "embedded":
        return embedded_cluster(name or DEFAULT_NAME, settings, nodes=nodes), "as asked"
    return await _automatic(settings, programs, nodes)


def check_form(spec: str) -> None:
    """Raises UsageError for a spec that means nothing."""
    if spec != "auto" and spec.partition(":")[0] not in BACKENDS:
        raise UsageError(f"there is no cluster {spec!r}", f"A cluster is one of: {FORMS}.")


def kind_cluster(
    name: str, settings: Settings, programs: Programs, *, nodes: int = 1
) -> KindCluster:
    """A kind cluster by its short name. Raises UsageError for a name that kind refuses."""
    if not _KIND_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a kind cluster's name",
            "Use small letters, digits, dots and dashes.",
        )
    return KindCluster(name, settings, programs, nodes=nodes)


def embedded_cluster(name: str, settings: Settings, *, nodes: int = 1) -> EmbeddedCluster:
    """An embedded cluster by its short name. Raises UsageError for a name that is no file's."""
    if not _KIND_NAME.fullmatch(name) or name.startswith("."):
        raise UsageError(
            f"{name!r} cannot be an embedded cluster's name",
            "Use small letters, digits, dots and dashes.",
        )
    return EmbeddedCluster(name, settings, nodes=nodes)


async def _automatic(settings: Settings, programs: Programs, nodes: int) -> tuple[Cluster, str]:
    """A kind cluster where it is to be had, since it is the real thing; else our own."""
    cluster = kind_cluster(DEFAULT_NAME, settings, programs, nodes=nodes)
    if kubeconfig_of(DEFAULT_NAME, settings).is_file():
        return cluster, "breakfix's own cluster on this machine"
    try:
        await KindBinary(programs).check()
    except ClusterError as error:
        embedded = embedded_cluster(DEFAULT_NAME, settings, nodes=nodes)
        return embedded, f"breakfix's own Kubernetes, since {error.message}"
    return cluster, "Docker and kind answer on this machine"
