"""CoreDNS's kubernetes plugin: records for Services, endpoints and pods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from breakfix.embedded.errors import StatusError
from breakfix.embedded.label_queries import parse as parse_labels
from breakfix.embedded.network.dns_messages import address_of_reverse
from breakfix.embedded.network.dns_records import Record, fqdn
from breakfix.embedded.objects import labels_of
from breakfix.embedded.programs.coredns_chain import (
    ONCE,
    Fallthrough,
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    closest,
    integer,
    matches,
    origins,
)
from breakfix.embedded.programs.coredns_corefile import Controller
from breakfix.embedded.programs.coredns_data import Data, Key, cluster_addresses, data_of
from breakfix.embedded.selectors import requirement

VERSION = "1.1.0"  # of the Kubernetes DNS specification
MAX_ALIASES = 10
MAX_TTL = 3600
RETRY = 5.0  # s, until an API that refused is asked again


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


class Kubernetes(Plugin):
    """`kubernetes ZONES { pods, ttl, fallthrough, ... }`."""

    name = "kubernetes"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.pods, self.ttl, self.by_pod = "disabled", 5, False
        self.only: set[str] = set()
        self.namespace_labels: list[tuple[str, str, list[str]]] = []
        self.labels: list[tuple[str, str, list[str]]] = []
        self.fall = Fallthrough()
        self.endpoints, self.ignore_empty = True, False
        self.data: Data | None = None
        self.primary = ""

    # -- setup ---------------------------------------------------------------------------

    def setup(self, c: Controller) -> None:
        for i, _ in enumerate(iter(c.next, False)):
            if i:
                raise SetupError(ONCE)
            self.zones = origins(c.rest(), self.zones)
            forward = [z for z in self.zones if not z.endswith(("in-addr.arpa.", "ip6.arpa."))]
            if not forward:
                raise SetupError("non-reverse zone name must be used")
            self.primary = forward[0]
            while c.next_block():
                self._option(c)
        if self.only and self.namespace_labels:
            raise c.token.parsing("namespaces and namespace_labels cannot both be set")
        self.server.ready.append((self.name, lambda: self.data is not None))
        self.server.startup.append(self._connect)

    def _option(self, c: Controller) -> None:
        word = c.val
        match word:
            case "pods":
                self._set_pods(c)
            case "ttl":
                self._set_ttl(c)
            case "fallthrough":
                self.fall.set(c.rest())
            case "namespaces":
                self.only.update(c.some())
            case "labels" | "namespace_labels":
                self._set_labels(word, " ".join(c.some()))
            case "endpoint_pod_names" | "noendpoints":
                if c.rest():
                    raise c.wrong_args()
                self.by_pod |= word == "endpoint_pod_names"
                self.endpoints &= word != "noendpoints"
            case _:
                self._other(c, word)

    def _set_ttl(self, c: Controller) -> None:
        self.ttl = integer(c.some()[0])
        if not 0 <= self.ttl <= MAX_TTL:
            raise c.token.parsing(f"ttl must be in range [0, 3600]: {self.ttl}")

    def _set_pods(self, c: Controller) -> None:
        mode = c.one()
        if mode not in ("disabled", "insecure", "verified"):
            words = "must be one of: disabled, verified, insecure"
            raise SetupError(f"wrong value for pods: {mode},  {words}")
        self.pods = mode

    def _set_labels(self, word: str, text: str) -> None:
        try:
            found = parse_labels(text)
        except StatusError as error:
            what = "label selector" if word == "labels" else "namespace_label selector"
            raise SetupError(f"unable to parse {what} value: '{text}': {error}") from error
        if word == "labels":
            self.labels = found
        else:
            self.namespace_labels = found

    def _other(self, c: Controller, word: str) -> None:
        args = c.rest()
        if word == "ignore":
            if args and args[0] != "empty_service":
                raise SetupError(f"unable to parse ignore value: '{args[0]}'")
            self.ignore_empty = bool(args)
        elif word in ("endpoint", "tls", "kubeconfig"):
            if not args:
                raise c.wrong_args()
        else:
            raise c.token.parsing(f"unknown property '{word}'")

    async def _connect(self) -> None:
        """Watch the API; without one the server starts all the same, and is not ready."""
        if self._try():
            return
        for _ in range(9):
            await self.server.clock.sleep(0.5)
            if self._try():
                return
            self.server.log(
                "INFO", "plugin/kubernetes: waiting for Kubernetes API before starting server"
            )
        self.server.log(
            "WARNING", "plugin/kubernetes: starting server with unsynced Kubernetes API"
        )
        self.server.background.append(self._keep_trying())

    async def _keep_trying(self) -> None:
        while not self._try():
            await self.server.clock.sleep(RETRY)

    def _try(self) -> bool:
        api = self.server.process.host.api
        if api is None:
            return False
        try:
            self.data = data_of(api)  # type: ignore[arg-type]
        except StatusError as error:
            words = f"Failed to watch: failed to list *v1.Service: {error}"
            self.server.log("ERROR", f"plugin/kubernetes: Unhandled Error: {words}")
            return False
        return True

    # -- answers -------------------------------------------------------------------------

    async def serve(self, query: Query, after: Next) -> Result:
        zone = closest(self.zones, query.name)
        if not zone:
            return await after(query)
        try:
            answers, extra = await self._records(query, zone)
        except NoSuchNameError:
            if self.fall.through(query.name):
                return await after(query)
            return self._empty(query, zone, "NXDOMAIN" if self.data else "SERVFAIL")
        if query.type in ("AXFR", "IXFR"):
            return Result(rcode="REFUSED")
        if not answers:
            return self._empty(query, zone, "NOERROR")
        return Result(query.message.reply(aa=True, answers=answers, extra=extra))

    def _empty(self, query: Query, zone: str, rcode: str) -> Result:
        return Result(query.message.reply(rcode, aa=True, authority=[self._soa(zone)]))

    def _soa(self, zone: str) -> Record:
        at = "" if zone == "." else zone
        serial = int(self.server.clock.now().timestamp())
        data = f"ns.dns.{at} hostmaster.{at} {serial} 7200 1800 86400 {self.ttl}"
        return Record(zone, "SOA", data, min(self.ttl, 300))

    async def _records(self, query: Query, zone: str) -> tuple[list[Record], list[Record]]:
        match query.type:
            case "A" | "AAAA":
                return await self._addresses(query, zone, []), []
            case "PTR":
                return self._pointers(query, zone), []
            case "SRV":
                return self._services(query, zone)
            case "TXT":
                return self._texts(query, zone), []
            case "CNAME":
                found = self._find(query.name, zone)[:1]
                names = [f for f in found if f.type == "CNAME"]
                return [self._record(query, "CNAME", fqdn(f.host)) for f in names], []
            case "SOA" if query.name == zone:
                return [self._soa(zone)], []
            case "NS" if query.name == zone:
                return self._name_servers(query, zone)
        self._find(query.name, zone)
        return [], []

    def _record(self, query: Query, type: str, data: str) -> Record:
        return Record(query.message.name, type, data, self.ttl)

    async def _addresses(self, query: Query, zone: str, before: list[Record]) -> list[Record]:
        records: dict[Record, None] = {}
        for found in self._find(query.name, zone):
            if found.type == query.type:
                records[self._record(query, query.type, found.host)] = None
            elif found.type == "CNAME":
                for record in await self._alias(query, zone, fqdn(found.host), before):
                    records[record] = None
        return list(records)

    async def _alias(
        self, query: Query, zone: str, target: str, before: list[Record]
    ) -> list[Record]:
        """An ExternalName and what its target is, here or by another server."""
        alias = self._record(query, "CNAME", target)
        known = any(r.name == alias.name and r.data == alias.data for r in before)
        if matches(target.lower(), query.name) or len(before) > MAX_ALIASES or known:
            return []
        if matches(zone, target.lower()):
            try:
                rest = await self._addresses(query.about(target), zone, [*before, alias])
            except NoSuchNameError:
                return []
            return [alias, *rest] if rest else []
        if self.server.ask_self is None:
            return [alias]
        result = await self.server.ask_self(query.about(target))
        return [alias, *(result.message.answers if result.message else [])]

    def _services(self, query: Query, zone: str) -> tuple[list[Record], list[Record]]:
        found = [f for f in self._find(query.name, zone) if f.type != "CNAME"]
        weight = max(100 // len(found), 1) if found else 0
        answers = {
            self._record(query, "SRV", f"0 {weight} {f.port & 0xFFFF} {f.name}"): None
            for f in found
        }
        extra = {Record(f.name, f.type, f.host, self.ttl): None for f in found}
        return list(answers), list(extra)

    def _texts(self, query: Query, zone: str) -> list[Record]:
        if query.name == f"dns-version.{zone}":
            return [Record(query.message.name, "TXT", f'"{VERSION}"', 28800)]
        if not self._find(query.name, zone):
            raise NoSuchNameError
        return []

    def _pointers(self, query: Query, zone: str) -> list[Record]:
        address = address_of_reverse(query.name)
        if not address:
            self._find(query.name, zone)
            return []
        names = dict.fromkeys(self._names_of(address))
        if not names:
            raise NoSuchNameError
        return [self._record(query, "PTR", name) for name in names]

    def _names_of(self, address: str) -> Iterator[str]:
        if self.data is None:
            return
        if service := self.data.service_at(address):
            if self._exposed(service[0]):
                yield f"{service[1]}.{service[0]}.svc.{self.primary}"
            return
        for (namespace, name), backend in self.data.at(address):
            if self._exposed(namespace):
                yield f"{backend.name(self.by_pod)}.{name}.{namespace}.svc.{self.primary}"

    def _name_servers(self, query: Query, zone: str) -> tuple[list[Record], list[Record]]:
        """The Services that lead here; this very pod where there are none."""
        space = self.server.process.host.space
        keys = [key for a in space.addresses for key, _ in self.data.at(a)] if self.data else []
        hosts: dict[str, str] = {}
        for key in keys:
            service = self.data.service(*key) if self.data else None
            for address in cluster_addresses(service) if service else ():
                hosts[f"{key[1]}.{key[0]}.svc.{zone}"] = address
        hosts = hosts or {f"ns.dns.{zone}": a for a in space.addresses[:1]}
        kinds = {a: "AAAA" if ":" in a else "A" for a in hosts.values()}
        answers = [self._record(query, "NS", name) for name in hosts]
        return answers, [Record(n, kinds[a], a, self.ttl) for n, a in hosts.items()]

    # -- what there is -------------------------------------------------------------------

    def _exposed(self, namespace: str) -> bool:
        if self.data is None or (self.only and namespace not in self.only):
            return False
        if not self.namespace_labels:
            return self.data.has_namespace(namespace)
        item = self.data.api.get("namespaces", namespace)
        return item is not None and all(
            requirement(*r)(labels_of(item)) for r in self.namespace_labels
        )

    def _find(self, name: str, zone: str) -> list[Found]:
        """Everything under a name; nothing for names that only have others below them."""
        if name == zone:
            return []
        if address_of_reverse(name):
            raise NoSuchNameError
        asked = read_name(name, zone)
        if not asked.kind:
            return []
        if not self._exposed(asked.namespace):
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
        try:
            ip_address(address)
        except ValueError:
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
