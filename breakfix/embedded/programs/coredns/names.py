"""The names of the cluster, as CoreDNS's kubernetes plugin finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from breakfix.embedded.network.dns_messages import address_of_reverse
from breakfix.embedded.network.resolving import is_address
from breakfix.embedded.objects import labels_of
from breakfix.embedded.programs.coredns.data import Data, Key, cluster_addresses
from breakfix.embedded.selectors import requirement

Labels = list[tuple[str, str, list[str]]]  # requirements of a selector


class NoSuchNameError(Exception):
    """NXDOMAIN."""


@dataclass(frozen=True)
class Found:
    """One record's matter: a host (address or name), a port, and the name it is known by."""

    host: str
    port: int
    name: str

    @property
    def type(self) -> str:
        """A, AAAA, or CNAME for a name."""
        try:
            return "A" if ip_address(self.host).version == 4 else "AAAA"  # noqa: PLR2004
        except ValueError:
            return "CNAME"


@dataclass(frozen=True)
class Asked:
    """The parts of a name under a zone."""

    kind: str = ""
    namespace: str = ""
    service: str = ""
    endpoint: str = ""
    port: str = ""
    protocol: str = ""


def read_name(name: str, zone: str) -> Asked:
    """A name's parts. Raises NoSuchNameError."""
    base = name[: len(name) - len(zone)].rstrip(".") if zone != "." else name.rstrip(".")
    parts = base.split(".") if base else []
    if parts and parts[-1] not in ("svc", "pod"):
        raise NoSuchNameError
    match list(reversed(parts)):
        case [] | [_]:
            return Asked()
        case [kind, namespace]:
            return Asked(kind, namespace)
        case [kind, namespace, service]:
            return Asked(kind, namespace, service)
        case [kind, namespace, service, endpoint]:
            return Asked(kind, namespace, service, endpoint)
        case [kind, namespace, service, protocol, port]:
            return Asked(
                kind, namespace, service, "", port.removeprefix("_"), protocol.removeprefix("_")
            )
    raise NoSuchNameError


@dataclass
class Names:
    """What is shown, as the plugin's options say; `data` None: nothing is known yet."""

    pods: str = "disabled"
    by_pod: bool = False
    only: set[str] = field(default_factory=set)  # namespaces
    namespace_labels: Labels = field(default_factory=list)
    labels: Labels = field(default_factory=list)
    endpoints: bool = True
    ignore_empty: bool = False
    primary: str = ""  # the zone of names that are found by their address
    data: Data | None = None

    def at(self, address: str) -> Iterator[str]:
        """The names of an address."""
        if self.data is None:
            return
        if service := self.data.service_at(address):
            if self.exposed(service[0]):
                yield f"{service[1]}.{service[0]}.svc.{self.primary}"
            return
        for (namespace, name), backend in self.data.at(address):
            if self.exposed(namespace):
                yield f"{backend.name(self.by_pod)}.{name}.{namespace}.svc.{self.primary}"

    def exposed(self, namespace: str) -> bool:
        """Are the names of this namespace shown?"""
        if self.data is None or (self.only and namespace not in self.only):
            return False
        if not self.namespace_labels:
            return self.data.has_namespace(namespace)
        item = self.data.api.get("namespaces", namespace)
        return item is not None and all(
            requirement(*r)(labels_of(item)) for r in self.namespace_labels
        )

    def find(self, name: str, zone: str) -> list[Found]:
        """Everything under a name; nothing for names that only have others below them.

        Raises NoSuchNameError.
        """
        if name == zone:
            return []
        if address_of_reverse(name):
            raise NoSuchNameError
        asked = read_name(name, zone)
        if not asked.kind:
            return []
        if not self.exposed(asked.namespace):
            raise NoSuchNameError
        if not asked.service:
            return []
        found = self._pod(asked, zone) if asked.kind == "pod" else self._service(asked, zone)
        if not found:
            raise NoSuchNameError
        return found

    def _pod(self, asked: Asked, zone: str) -> list[Found]:
        label = asked.service
        dashes = label.count("-") == 3 and "--" not in label  # noqa: PLR2004 - of IPv4
        address = label.replace("-", "." if dashes else ":")
        if not is_address(address):
            return []
        known = self.pods == "insecure" or (
            self.pods == "verified"
            and self.data is not None
            and self.data.has_pod(asked.namespace, address)
        )
        return [Found(address, 0, f"{label}.{asked.namespace}.pod.{zone}")] if known else []

    def _service(self, asked: Asked, zone: str) -> list[Found]:
        key = (asked.namespace, asked.service)
        service = self.data.service(*key) if self.data else None
        if service is None or not all(requirement(*r)(labels_of(service)) for r in self.labels):
            return []
        spec, name = service["spec"], f"{asked.service}.{asked.namespace}.svc.{zone}"
        if spec.get("type") == "ExternalName":
            plain = not (asked.endpoint or asked.port or asked.protocol)
            target = Found(spec.get("externalName", ""), 0, name)
            return [target] if plain and target.type == "CNAME" else []
        addresses = cluster_addresses(service)
        if not addresses or asked.endpoint:
            return self._backends(asked, key, name)
        if self.ignore_empty and self.data and not any(self.data.backends(key)):
            return []
        return [
            Found(address, port["port"], name)
            for port in spec.get("ports") or [{"port": -1}]
            if _is_port(asked, port.get("name", ""), port.get("protocol", "TCP"))
            for address in addresses
        ]

    def _backends(self, asked: Asked, key: Key, name: str) -> list[Found]:
        if self.data is None or not self.endpoints:
            return []
        return [
            Found(b.address, b.port, f"{b.name(self.by_pod)}.{name}")
            for b in self.data.backends(key)
            if asked.endpoint in ("", b.name(self.by_pod).lower())
            and _is_port(asked, b.port_name, b.protocol)
        ]


def _is_port(asked: Asked, name: str, protocol: str) -> bool:
    return asked.port in ("", name.lower()) and asked.protocol in ("", protocol.lower())
