"""The seam between the game and whatever serves the Kubernetes API.

Nothing above this package knows what stands behind a kubeconfig. A backend is a small
object; everything else (snapshots, capabilities, consent) works on its API.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

Object = dict[str, Any]
"""A Kubernetes object as plain JSON."""

Progress = Callable[[str], AbstractContextManager[None]]
"""`with progress("Creating cluster"):` shows a step with its elapsed time."""


@dataclass(frozen=True)
class AuditEvent:
    """One request that reached the API server, from audit.k8s.io/v1.

    `resource` is the plural, `subresource` may be empty, `name` too (a list). `agent` is
    the client's user agent; `uri` the whole request path with its query.
    """

    at: datetime
    user: str
    agent: str
    verb: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    group: str = ""
    code: int = 0
    uri: str = ""

    @property
    def writes(self) -> bool:
        """True when the request could change something."""
        return self.verb in ("create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True)
class Capabilities:
    """What a cluster was seen to do. `names` are the capabilities that hold, `missing`
    the reason for each that does not, `facts` values for templates (`{{cluster.X}}`)."""

    names: frozenset[str] = frozenset()
    missing: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)

    def lacks(self, required: tuple[str, ...]) -> dict[str, str]:
        """Of these requirements the ones that do not hold, each with its reason."""
        return {
            name: self.missing.get(name, "this cluster was never seen to do it")
            for name in required
            if name not in self.names
        }


class Cluster(Protocol):
    """One cluster. `name` is `kind:NAME` or `context:NAME`; `kubeconfig` a file of its
    own (0600) whose current context is this cluster. One that `hurries` can shorten the
    waits in it (hurry.py). One that breakfix runs may end when nobody uses it."""

    @property
    def hurries(self) -> bool: ...

    @property
    def stopped(self) -> bool:
        """Is it known not to run? `start` starts it, with all that was on it."""

    @property
    def name(self) -> str: ...

    @property
    def kubeconfig(self) -> Path: ...

    async def start(self, progress: Progress) -> None:
        """Make it usable: create, start or just reach it. Raises ClusterError."""

    async def stop(self, progress: Progress) -> None:
        """Take it away, as far as it is ours. Raises ClusterError."""

    def keep_up(self, reason: str) -> None:
        """Do not let it end by itself, for this reason (one word) and however long."""

    def may_end(self, reason: str) -> None:
        """For this reason it need not stay any more."""

    async def audit_since(self, since: datetime) -> list[AuditEvent] | None:
        """Requests since then, oldest first; None where there is no audit log."""


class Stays:
    """A cluster that never ends by itself."""

    stopped = False

    def keep_up(self, reason: str) -> None:
        """It stays."""

    def may_end(self, reason: str) -> None:
        """It stays all the same."""


def is_controlled(item: Object) -> bool:
    """True when a controller owns the object: its owner is what counts."""
    owners = item["metadata"].get("ownerReferences") or []
    return any(owner.get("controller") for owner in owners)
