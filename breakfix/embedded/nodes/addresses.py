"""Pod addresses of one node."""

from __future__ import annotations

from ipaddress import ip_network


class Addresses:
    """Hands out the addresses of a node's podCIDR in turn; the first is the gateway's."""

    def __init__(self, cidr: str) -> None:
        network = ip_network(cidr)
        self._first = int(network.network_address) + 2
        self._size = max(network.num_addresses - 3, 1)
        self._make = type(network.network_address)
        self._next = 0
        self._used: set[str] = set()

    def take(self) -> str | None:
        """A free one; None when there is none."""
        for _ in range(self._size):
            found = str(self._make(self._first + self._next))
            self._next = (self._next + 1) % self._size
            if found not in self._used:
                self._used.add(found)
                return found
        return None

    def keep(self, address: str) -> None:
        """It is in use already."""
        self._used.add(address)

    def give_back(self, address: str) -> None:
        """It is free again."""
        self._used.discard(address)
