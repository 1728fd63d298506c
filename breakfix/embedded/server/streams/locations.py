"""Where a proxied request goes: "name", "name:port" or "scheme:name:port" of the path."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator
from dataclasses import dataclass

from breakfix.embedded.errors import StatusError, bad_request, not_found
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.streams.pods import pod_named

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Location:
    """An address to connect to; `port` is a text since a client may write anything."""

    scheme: str
    address: str
    port: str

    @property
    def host(self) -> str:
        """As in a URL: with the port, where one was named."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{address}:{self.port}" if self.port else address

    def number(self) -> int:
        """The port to connect to. Raises StatusError 503."""
        if not self.port:
            return PORTS[self.scheme]
        if self.port.isascii() and self.port.isdigit() and int(self.port) <= 65535:  # noqa: PLR2004
            return int(self.port)
        raise unavailable(f"error trying to reach service: dial tcp: lookup tcp/{self.port}: "
                          "unknown port")  # fmt: skip


def unavailable(message: str) -> StatusError:
    """503."""
    return StatusError(503, "ServiceUnavailable", message)


def split(name: str, kind: str) -> tuple[str, str, str]:
    """Scheme ("" for none), name and port ("" for none). Raises StatusError 400."""
    parts = name.split(":")
    found = {1: ["", *parts, ""], 2: ["", *parts], 3: parts}.get(len(parts))
    if not found or not found[1] or found[0] not in ("", "http", "https"):
        raise bad_request(f'invalid {kind} request "{name}"')
    return found[0], found[1], found[2]


def of_pod(registry: Registry, namespace: str, asked: str) -> Location:
    """Its own address and, where none is named, its first port. Raises StatusError."""
    scheme, name, port = split(asked, "pod")
    pod = pod_named(registry, namespace, name)
    address = (pod.get("status") or {}).get("podIP", "")
    if not _is_global(address):
        raise bad_request("address not allowed")
    return Location(scheme or "http", address, port or _first_port(pod))


def _first_port(pod: Object) -> str:
    for container in pod["spec"].get("containers") or []:
        for port in container.get("ports") or []:
            return str(port["containerPort"])
    return ""


def _is_global(address: str) -> bool:
    """Go's IsGlobalUnicast."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    special = found.is_unspecified or found.is_loopback or found.is_multicast
    return not special and not found.is_link_local


def of_service(registry: Registry, namespace: str, asked: str) -> Location:
    """One of its ready endpoints that is a pod. Raises StatusError."""
    scheme, name, port = split(asked, "service")
    if port.isascii() and port.isdigit():
        port = _port_name(registry, namespace, name, int(port))
    endpoints = registry.store.get("endpoints", name, namespace)
    if endpoints is None:
        raise not_found("services", name)
    if not endpoints.get("subsets"):
        raise unavailable(f'no endpoints available for service "{name}"')
    found = list(_addresses(registry, namespace, endpoints, port))
    if not found:
        raise unavailable(f'no endpoints available for service "{asked}"')
    address, number = random.choice(found)  # noqa: S311 - no secret
    return Location(scheme or "http", address, str(number))


def _port_name(registry: Registry, namespace: str, name: str, number: int) -> str:
    service = registry.store.get("services", name, namespace)
    if service is None:
        raise not_found("services", name)
    for port in service["spec"].get("ports") or []:
        if port["port"] == number:
            return str(port.get("name", ""))
    raise unavailable(f'no service port {number} found for service "{name}"')


def _addresses(
    registry: Registry, namespace: str, endpoints: Object, port: str
) -> Iterator[tuple[str, int]]:
    for subset in endpoints["subsets"]:
        numbers = [p["port"] for p in subset.get("ports") or [] if p.get("name", "") == port]
        for address in subset.get("addresses") or [] if numbers else []:
            if _is_of_pod(registry, namespace, address):
                yield address["ip"], numbers[0]


def _is_of_pod(registry: Registry, namespace: str, address: Object) -> bool:
    """Others are not proxied to: they may be anywhere."""
    target = address.get("targetRef") or {}
    pod = registry.store.get("pods", target.get("name", ""), target.get("namespace", namespace))
    if target.get("kind") != "Pod" or pod is None:
        return False
    addresses = [a.get("ip") for a in (pod.get("status") or {}).get("podIPs") or []]
    return address["ip"] in addresses
