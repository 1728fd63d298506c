"""Which addresses Services may have: those of the ready ServiceCIDRs that nobody has yet."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from breakfix.embedded.client import Reader
from breakfix.embedded.kinds.addresses import Address, Network, parse_cidr, parse_ip
from breakfix.embedded.kinds.core.pool import PoolError
from breakfix.embedded.objects import Object, condition, is_going, name_of

CIDRS, ADDRESSES = "servicecidrs.networking.k8s.io", "ipaddresses.networking.k8s.io"
MANAGED_BY, FAMILY = (
    "ipaddress.kubernetes.io/managed-by", "ipaddress.kubernetes.io/ip-family",
)  # fmt: skip
ALLOCATOR = "ipallocator.k8s.io"
# Addresses below this share of a range come last, so that those who ask for a certain one
# (which is to be there) seldom meet the others.
_SHARE, _LEAST, _MOST = 16, 16, 256
_STEP = 40503  # how far it is to the next address that is tried


def networks_of(cidr: Object) -> list[Network]:
    """Of a ServiceCIDR."""
    found = map(parse_cidr, (cidr.get("spec") or {}).get("cidrs") or [])
    return [network for network in found if network is not None]


def contains(network: Network, address: Address) -> bool:
    """Is it an address of the network that can be given to somebody?"""
    if address not in network or address == network.network_address:
        return False
    return address.version != 4 or address != network.broadcast_address  # noqa: PLR2004


class Ranges:
    """The ServiceCIDRs and IPAddresses that `reader` sees, as something to choose from."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._turns: dict[Network, int] = {}

    def ready(self) -> list[Network]:
        """The networks to give IPv4 addresses from, in the order of their ServiceCIDRs' names."""
        ready = [c for c in self._reader.list(CIDRS) if _is_ready(c)]
        ready.sort(key=name_of)
        return [n for c in ready for n in networks_of(c) if n.version == 4]  # noqa: PLR2004

    def first(self) -> str:
        """What a dry run shows as an address."""
        return next((str(n.network_address) for n in self.ready()), "")

    def free(self) -> str:
        """An address that nobody has. Raises PoolError."""
        for network in self.ready():
            for number in self._order(network):
                address = str(network[number])
                if self._reader.get(ADDRESSES, address) is None:
                    return address
        raise PoolError("range is full")

    def refusal(self, text: str) -> str:
        """Why somebody cannot have this address; empty where it is free."""
        address = parse_ip(text)
        if address is None or not any(contains(n, address) for n in self.ready()):
            return "the provided network does not match the current range"
        taken = self._reader.get(ADDRESSES, str(address)) is not None
        return "provided IP is already allocated" if taken else ""

    def _order(self, network: Network) -> Iterator[int]:
        """The numbers of a network's addresses in a fixed order that looks like none."""
        size = network.num_addresses - 1  # without the broadcast address
        reserved = max(min(max(_LEAST, size // _SHARE), _MOST) if size > _LEAST else 1, 1)
        upper = size - reserved
        step = next((s for s in range(_STEP, _STEP + upper + 1) if gcd(s, upper) == 1), 1)
        for _ in range(upper):
            turn = self._turns[network] = self._turns.get(network, 0) + 1
            yield reserved + turn * step % upper
        yield from range(1, reserved)


def _is_ready(cidr: Object) -> bool:
    found = condition(cidr, "Ready")
    return found is not None and found["status"] == "True" and not is_going(cidr)


def parent_of(address: Object) -> Object:
    """spec.parentRef of an IPAddress: whose it is."""
    parent: Object = (address.get("spec") or {}).get("parentRef") or {}
    return parent


def ip_address(address: str, service: Object) -> Object:
    """The IPAddress that says that an address is a Service's."""
    family = "IPv6" if ":" in address else "IPv4"
    meta = service["metadata"]
    parent = {"resource": "services", "namespace": meta["namespace"], "name": meta["name"]}
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
        "metadata": {"name": address, "labels": {FAMILY: family, MANAGED_BY: ALLOCATOR}},
        "spec": {"parentRef": parent},
    }  # fmt: skip
