"""Which addresses and node ports Services get.

The registry calls `allocate` when a Service is about to be stored, and `release` when it
is gone. What is taken is remembered by owner and
checked against the present Services, so that a write that failed later blocks nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from breakfix.embedded.client import Reader
from breakfix.embedded.errors import internal
from breakfix.embedded.errors import invalid as refused
from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.kinds.checks import parse_ip
from breakfix.embedded.kinds.core import service_families as families
from breakfix.embedded.kinds.core import service_fields as fields
from breakfix.embedded.kinds.core.pool import Owner, Pool, PoolError
from breakfix.embedded.objects import Object, name_of, namespace_of

IP_RANGE = "10.96.0.0/16"
FIRST_PORT, LAST_PORT = 30000, 32767
# requests for a certain value come from below these, so that they seldom meet the others
_RESERVED_IPS, _RESERVED_PORTS = 256, 86
# steps that share no factor with the size of the range: every value comes once
_IP_STEP, _PORT_STEP = 40503, 1657


def _owner(service: Object) -> Owner:
    return namespace_of(service), name_of(service)


class ServiceAllocator:
    """Gives out and takes back; `reader` sees the stored Services."""

    def __init__(self, reader: Reader, ip_range: str = IP_RANGE) -> None:
        self._reader = reader
        self._network = ipaddress.ip_network(ip_range)
        size = self._network.num_addresses - 1  # without the broadcast address
        self._ips = Pool(
            size, _RESERVED_IPS, _IP_STEP, self._holds(_ips_of(self._network)), first=1
        )
        count = LAST_PORT - FIRST_PORT + 1
        self._ports = Pool(count, _RESERVED_PORTS, _PORT_STEP, self._holds(_ports_of))
        self._loaded = False

    def allocate(self, service: Object, old: Object | None = None) -> None:
        """Fill in clusterIP(s), families and node ports. Raises StatusError 422 or 500."""
        self._load()
        if old is not None:
            families.keep_allocated(service, old)
        families.normalize(service, old)
        if errors := families.fill(service, old):
            raise refused("Service", "", name_of(service), errors)
        self._allocate_ips(service)
        self._allocate_ports(service)

    def release(self, service: Object) -> None:
        """Give back what a Service had."""
        owner, spec = _owner(service), service.get("spec") or {}
        for taken in _ips_of(self._network)(spec):
            self._ips.release(taken, owner)
        for taken in _ports_of(spec):
            self._ports.release(taken, owner)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for service in self._reader.list("services"):
            owner, spec = _owner(service), service.get("spec") or {}
            for taken in _ips_of(self._network)(spec):
                self._ips.take(taken, owner)
            for taken in _ports_of(spec):
                self._ports.take(taken, owner)

    def _holds(self, of: Callable[[Object], Iterator[int]]) -> Callable[[Owner, int], bool]:
        def holds(owner: Owner, value: int) -> bool:
            service = self._reader.get("services", owner[1], owner[0])
            return service is not None and value in of(service.get("spec") or {})

        return holds

    # -- addresses ---------------------------------------------------------------------

    def _allocate_ips(self, service: Object) -> None:
        spec = service["spec"]
        if not fields.needs_cluster_ip(spec) or fields.is_headless(spec):
            return
        asked = spec.get("clusterIPs") or []
        if not asked:
            spec["clusterIP"] = self._next_ip(_owner(service))
            spec["clusterIPs"] = [spec["clusterIP"]]
            return
        for address in asked:
            if why := self._take_ip(address, _owner(service)):
                words = f"failed to allocate IP {address}: {why}"
                errors = [invalid("spec.clusterIPs", asked, words)]
                raise refused("Service", "", name_of(service), errors)

    def _next_ip(self, owner: Owner) -> str:
        try:
            return str(self._network[self._ips.take_next(owner)])
        except PoolError as error:
            raise internal(f"failed to allocate a serviceIP: {error}") from None

    def _take_ip(self, text: str, owner: Owner) -> str:
        address = parse_ip(text)
        if address is None or address not in self._network:
            return "the provided network does not match the current range"
        offset = int(address) - int(self._network.network_address)
        if not 0 < offset < self._network.num_addresses - 1:
            return (
                f"the provided IP ({text}) is not in the valid range. The range of valid IPs is "
                f"{self._network}"
            )
        return "" if self._ips.take(offset, owner) else "provided IP is already allocated"

    # -- ports -------------------------------------------------------------------------

    def _allocate_ports(self, service: Object) -> None:
        spec, owner = service["spec"], _owner(service)
        if fields.needs_node_port(spec):
            shared: dict[int, int] = {}
            gives = spec["type"] == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True)
            for i, port in enumerate(spec.get("ports") or ()):
                if port.get("nodePort") or gives:
                    self._allocate_port(service, port, shared, f"spec.ports[{i}].nodePort")
        if fields.needs_health_check(spec):
            if number := spec.get("healthCheckNodePort"):
                if why := self._take_port(number, owner):
                    words = "failed to allocate requested HealthCheck NodePort"
                    raise internal(f"{words} {number}: {why}")
            else:
                spec["healthCheckNodePort"] = self._next_port(owner, "a HealthCheck NodePort 0")

    def _allocate_port(
        self, service: Object, port: Object, shared: dict[int, int], path: str
    ) -> None:
        """One node port; ports of one number in several protocols share theirs."""
        owner, number = _owner(service), port.get("port", 0)
        asked = port.get("nodePort") or _asked_for(service, number)
        if not asked and number in shared:
            port["nodePort"] = shared[number]
            return
        if not asked:
            asked = self._next_port(owner, "a nodePort")
        elif why := self._take_port(asked, owner):
            raise refused("Service", "", name_of(service), [FieldError(
                path, "Invalid value", asked, why
            )])  # fmt: skip
        port["nodePort"] = shared[number] = asked

    def _next_port(self, owner: Owner, what: str) -> int:
        try:
            return FIRST_PORT + self._ports.take_next(owner)
        except PoolError as error:
            raise internal(f"failed to allocate {what}: {error}") from None

    def _take_port(self, number: int, owner: Owner) -> str:
        if not FIRST_PORT <= number <= LAST_PORT:
            return (
                "provided port is not in the valid range. The range of valid ports is "
                f"{FIRST_PORT}-{LAST_PORT}"
            )
        taken = self._ports.take(number - FIRST_PORT, owner)
        return "" if taken else "provided port is already allocated"


def _asked_for(service: Object, number: int) -> int:
    """The node port that another of its ports of this number asks for."""
    ports = service["spec"].get("ports") or ()
    return next((p["nodePort"] for p in ports if p.get("port") == number and p.get("nodePort")), 0)


def _ips_of(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> Callable[[Object], Iterator[int]]:
    def offsets(spec: Object) -> Iterator[int]:
        for text in spec.get("clusterIPs") or ():
            address = parse_ip(text)
            if address is not None and address in network:
                yield int(address) - int(network.network_address)

    return offsets


def _ports_of(spec: Object) -> Iterator[int]:
    health = spec.get("healthCheckNodePort")
    for number in fields.node_ports(spec) | ({health} if health else set()):
        yield number - FIRST_PORT
