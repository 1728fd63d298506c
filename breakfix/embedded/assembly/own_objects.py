"""Objects that the API server itself has, and makes again where somebody deletes them."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.assembly.bootstrap import as_here
from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key
from breakfix.embedded.errors import StatusError
from breakfix.embedded.facts import loading
from breakfix.embedded.objects import Object, name_of, namespace_of

INTERVAL = 10.0  # s between two looks of a real API server
# Its Service with what that leads to, and its range of addresses.
NAMED = frozenset(
    (kind, "kubernetes") for kind in ("Service", "Endpoints", "EndpointSlice", "ServiceCIDR")
)
NAMESPACES = frozenset(("default", "kube-system", "kube-public", "kube-node-lease"))


class OwnObjects(Controller):
    """The loops of the API server that keep its own objects. A key is (resource, name)."""

    name = "kube-apiserver"

    def __init__(self, client: Client, key_of_kind: Callable[[str, str], str | None]) -> None:
        super().__init__(client)
        self._wanted: dict[Key, Object] = {}
        for item in loading.defaults():
            resource = key_of_kind(item["apiVersion"], item["kind"])
            if resource and _is_own(item):
                self._wanted[resource, name_of(item)] = item

    def watch(self) -> None:
        """What of them is deleted, and what is missing already."""
        for resource in {resource for resource, _ in self._wanted}:
            self.client.subscribe(resource, self._changed)
        self.add(*self._wanted)

    def _changed(self, change: Change) -> None:
        key = (change.resource, name_of(change.new))
        wanted = self._wanted.get(key)
        if change.type != "DELETED" or wanted is None:
            return
        if namespace_of(wanted) == namespace_of(change.new):
            self.add_after(key, INTERVAL)

    async def sync(self, key: Key) -> None:
        """Create one that is not there."""
        item = self._wanted[key]
        if self.client.get(key[0], key[1], namespace_of(item)) is not None:
            return
        try:
            await self.client.create(key[0], as_here(item))
        except StatusError as error:
            if error.reason != "AlreadyExists":
                raise


def _is_own(item: Object) -> bool:
    kind, name = item["kind"], name_of(item)
    return (kind, name) in NAMED or (kind == "Namespace" and name in NAMESPACES)
