"""Which addresses and node ports Services get.

The registry calls `allocate` when a Service is about to be stored, and `follow` when one was
written. Whose an address is, IPAddress objects say. Node ports are remembered by owner and
checked against the present Services, so that a write that failed later blocks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from breakfix.embedded.client import Change, Reader
from breakfix.embedded.errors import internal
from breakfix.embedded.errors import invalid as refused
from breakfix.embedded.fields import FieldError, invalid
from breakfix.embedded.kinds.core import service_families as families
from breakfix.embedded.kinds.core import service_fields as fields
from breakfix.embedded.kinds.core.pool import Owner, Pool, PoolError
from breakfix.embedded.kinds.core.service_ranges import Ranges
from breakfix.embedded.objects import Object, name_of, namespace_of

FIRST_PORT, LAST_PORT = 30000, 32767
# requests for a certain port come from below this, so that they seldom meet the others
_RESERVED_PORTS = 86
# a step that shares no factor with the size of the range: every value comes once
_PORT_STEP = 1657


class Addresses(Protocol):
    """Where it is written whose an address is."""

    def give(self, address: str, service: Object) -> None:
        """From now on it is the Service's."""

    def take_back(self, address: str, service: Object) -> None:
        """It is the Service's no more, if it was."""


def _owner(service: Object) -> Owner:
    return namespace_of(service), name_of(service)


class ServiceAllocator:
    """Gives out and takes back; `reader` sees what is stored."""

    def __init__(self, reader: Reader, addresses: Addresses) -> None:
        self._reader = reader
        self._ranges = Ranges(reader)
        self._addresses = addresses
        count = LAST_PORT - FIRST_PORT + 1
        self._ports = Pool(count, _RESERVED_PORTS, _PORT_STEP, self._holds_port)
        self._loaded = False

    def allocate(self, service: Object, old: Object | None = None, dry_run: bool = False) -> None:
        """Fill in clusterIP(s), families and node ports. Raises StatusError 422 or 500."""
        self._load()
        if old is not None:
            families.keep_allocated(service, old)
        families.normalize(service, old)
        if errors := families.fill(service, old):
            raise refused("Service", "", name_of(service), errors)
        chosen = self._choose_ips(service, old, dry_run)
        self._allocate_ports(service, dry_run)
        if not dry_run:
            for address in chosen:
                self._addresses.give(address, service)

    def follow(self, change: Change) -> None:
        """Take back what a Service has no more, or had when it was deleted."""
        before = change.new if change.type == "DELETED" else change.old
        if before is None:
            return
        was = before.get("spec") or {}
        spec = {} if change.type == "DELETED" else change.new.get("spec") or {}
        if was == spec:
            return
        for address in _ips_of(was) - _ips_of(spec):
            self._addresses.take_back(address, before)
        for port in set(_ports_of(was)) - set(_ports_of(spec)):
            self._ports.release(port, _owner(before))

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for service in self._reader.list("services"):
            for taken in _ports_of(service.get("spec") or {}):
                self._ports.take(taken, _owner(service))

    def _holds_port(self, owner: Owner, port: int) -> bool:
        service = self._reader.get("services", owner[1], owner[0])
        return service is not None and port in _ports_of(service.get("spec") or {})

    # -- addresses ---------------------------------------------------------------------

    def _choose_ips(self, service: Object, old: Object | None, dry_run: bool) -> list[str]:
        """Fill in the addresses; those that are to be given."""
        spec = service["spec"]
        if not fields.needs_cluster_ip(spec) or fields.is_headless(spec):
            return []
        asked: list[str] = spec.get("clusterIPs") or []
        if not asked:
            spec["clusterIP"] = self._ranges.first() if dry_run else self._free_ip()
            spec["clusterIPs"] = [spec["clusterIP"]]
            return [spec["clusterIP"]]
        present = _ips_of((old or {}).get("spec") or {})
        chosen = [address for address in asked if address not in present]
        for address in chosen:
            if why := self._ranges.refusal(address):
                words = f"failed to allocate IP {address}: {why}"
                errors = [invalid("spec.clusterIPs", asked, words)]
                raise refused("Service", "", name_of(service), errors)
        return chosen

    def _free_ip(self) -> str:
        try:
            return self._ranges.free()
        except PoolError as error:
            raise internal(f"failed to allocate a serviceIP: {error}") from None

    # -- ports -------------------------------------------------------------------------

    def _allocate_ports(self, service: Object, dry_run: bool) -> None:
        spec, owner = service["spec"], _owner(service)
        if fields.needs_node_port(spec):
            shared: dict[int, int] = {}
            gives = spec["type"] == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True)
            for i, port in enumerate(spec.get("ports") or ()):
                if port.get("nodePort") or gives:
                    path = f"spec.ports[{i}].nodePort"
                    self._allocate_port(service, port, shared, path, dry_run)
        if fields.needs_health_check(spec):
            if number := spec.get("healthCheckNodePort"):
                if why := self._take_port(number, owner):
                    words = "failed to allocate requested HealthCheck NodePort"
                    raise internal(f"{words} {number}: {why}")
            elif dry_run:
                spec["healthCheckNodePort"] = _imagined(spec)
            else:
                spec["healthCheckNodePort"] = self._next_port(owner, "a HealthCheck NodePort 0")

    def _allocate_port(
        self, service: Object, port: Object, shared: dict[int, int], path: str, dry_run: bool
    ) -> None:
        """One node port; ports of one number in several protocols share theirs."""
        owner, number = _owner(service), port.get("port", 0)
        asked = port.get("nodePort") or _asked_for(service, number)
        if not asked and number in shared:
            port["nodePort"] = shared[number]
            return
        if not asked:
            spec = service["spec"]
            asked = _imagined(spec) if dry_run else self._next_port(owner, "a nodePort")
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


def _imagined(spec: Object) -> int:
    """The port that a dry run shows: beyond all that could be given."""
    return max(LAST_PORT + 1, *fields.node_ports(spec), 0) + 1


def _ips_of(spec: Object) -> set[str]:
    return set(spec.get("clusterIPs") or ()) - {fields.HEADLESS}


def _ports_of(spec: Object) -> Iterator[int]:
    health = spec.get("healthCheckNodePort")
    for number in fields.node_ports(spec) | ({health} if health else set()):
        yield number - FIRST_PORT
