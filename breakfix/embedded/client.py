"""What controllers, admission and the nodes see of a cluster: reads at once, writes awaited.

Resources are named by group resource: "pods", "deployments.apps". Reads give the stored
objects themselves: never change one, `clone` it. Writes go through the whole registry
(defaults, admission, validation) as the client's user, without HTTP and authorization.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from breakfix.embedded.clock import Clock
from breakfix.embedded.objects import Object


@dataclass(frozen=True, slots=True)
class Change:
    """One write, as the store tells it: ADDED has no old, DELETED has the last state as new."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    resource: str
    new: Object
    old: Object | None
    version: int


class Reader(Protocol):
    """The present state."""

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        """One object, or None."""

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        """All of a resource, in one namespace or in all ("")."""


class Client(Reader, Protocol):
    """Reads and writes of one user; every write raises StatusError when it is refused."""

    clock: Clock

    async def create(self, resource: str, item: Object) -> Object:
        """Create; the namespace is the object's."""

    async def update(self, resource: str, item: Object) -> Object:
        """Replace; a conflict where the object's resourceVersion is not the newest."""

    async def update_status(self, resource: str, item: Object) -> Object:
        """Replace the status."""

    async def update_sub(self, resource: str, sub: str, item: Object) -> Object:
        """PUT to another subresource (`finalize`, `approval`, `resize`, ...)."""

    async def patch(
        self, resource: str, name: str, namespace: str, body: Any, sub: str = ""
    ) -> Object:
        """A JSON merge patch."""

    async def delete(
        self, resource: str, name: str, namespace: str = "", *, uid: str = "",
        propagation: str = "", grace: int | None = None,
    ) -> None:  # fmt: skip
        """Delete; with uid only if it is still that one. 404 is not raised."""

    async def create_sub(
        self, resource: str, name: str, namespace: str, sub: str, body: Object
    ) -> Object:
        """POST to a subresource (`eviction`, `binding`)."""

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        """Call `seen` at once, in order, for every write from now on."""

    def event(
        self, about: Object, type: str, reason: str, message: str, *,
        component: str, host: str = "", field_path: str = "", related: Object | None = None,
        action: str = "",
    ) -> None:  # fmt: skip
        """Record an Event on an object, counted and aggregated as client-go does."""
