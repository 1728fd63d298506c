"""The addresses of a node's pods."""

from __future__ import annotations

from collections.abc import Callable

from breakfix.embedded.nodes.addresses import Addresses
from breakfix.embedded.objects import Object


class PodAddresses:
    """From the node's podCIDR once it has one; `node` gives its object, `own` is its address."""

    def __init__(self, node: Callable[[], Object], own: str) -> None:
        self._node, self._own = node, own
        self._addresses: Addresses | None = None

    @property
    def are_there(self) -> bool:
        """Have any been handed out or kept?"""
        return self._addresses is not None

    def take(self, pod: Object) -> str:
        """One for a pod; "" while there is none."""
        if pod["spec"].get("hostNetwork"):
            return self._own
        found = self._known()
        return (found.take() or "") if found else ""

    def keep(self, address: str) -> None:
        """A pod has it already."""
        if found := self._known():
            found.keep(address)

    def give_back(self, address: str) -> None:
        """It is free again."""
        if self._addresses is not None and address:
            self._addresses.give_back(address)

    def _known(self) -> Addresses | None:
        cidr = self._node()["spec"].get("podCIDR")
        if self._addresses is None and cidr:
            self._addresses = Addresses(cidr)
        return self._addresses
