"""The records with which CoreDNS's kubernetes plugin answers."""

from __future__ import annotations

from dataclasses import dataclass

from breakfix.embedded.network.dns_messages import address_of_reverse
from breakfix.embedded.network.dns_records import Record, fqdn
from breakfix.embedded.programs.coredns.chain import Query, Server, matches
from breakfix.embedded.programs.coredns.data import cluster_addresses
from breakfix.embedded.programs.coredns.names import Names, NoSuchNameError

VERSION = "1.1.0"  # of the Kubernetes DNS specification
MAX_ALIASES = 10


@dataclass
class Records:
    """Of the names of one cluster."""

    server: Server
    names: Names
    ttl: int = 5

    def soa(self, zone: str) -> Record:
        """The start of authority."""
        at = "" if zone == "." else zone
        serial = int(self.server.clock.now().timestamp())
        data = f"ns.dns.{at} hostmaster.{at} {serial} 7200 1800 86400 {self.ttl}"
        return Record(zone, "SOA", data, min(self.ttl, 300))

    async def of(self, query: Query, zone: str) -> tuple[list[Record], list[Record]]:
        """Answers and additional ones. Raises NoSuchNameError."""
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
                found = self.names.find(query.name, zone)[:1]
                names = [f for f in found if f.type == "CNAME"]
                return [self._record(query, "CNAME", fqdn(f.host)) for f in names], []
            case "SOA" if query.name == zone:
                return [self.soa(zone)], []
            case "NS" if query.name == zone:
                return self._name_servers(query, zone)
        self.names.find(query.name, zone)
        return [], []

    def _record(self, query: Query, type: str, data: str) -> Record:
        return Record(query.message.name, type, data, self.ttl)

    async def _addresses(self, query: Query, zone: str, before: list[Record]) -> list[Record]:
        records: dict[Record, None] = {}
        for found in self.names.find(query.name, zone):
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
        found = [f for f in self.names.find(query.name, zone) if f.type != "CNAME"]
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
        if not self.names.find(query.name, zone):
            raise NoSuchNameError
        return []

    def _pointers(self, query: Query, zone: str) -> list[Record]:
        address = address_of_reverse(query.name)
        if not address:
            self.names.find(query.name, zone)
            return []
        names = dict.fromkeys(self.names.at(address))
        if not names:
            raise NoSuchNameError
        return [self._record(query, "PTR", name) for name in names]

    def _name_servers(self, query: Query, zone: str) -> tuple[list[Record], list[Record]]:
        """The Services that lead here; this very pod where there are none."""
        space = self.server.process.host.space
        data, hosts = self.names.data, dict[str, str]()
        keys = [key for a in space.addresses for key, _ in data.at(a)] if data else []
        for key in keys:
            service = data.service(*key) if data else None
            for address in cluster_addresses(service) if service else ():
                hosts[f"{key[1]}.{key[0]}.svc.{zone}"] = address
        hosts = hosts or {f"ns.dns.{zone}": a for a in space.addresses[:1]}
        kinds = {a: "AAAA" if ":" in a else "A" for a in hosts.values()}
        answers = [self._record(query, "NS", name) for name in hosts]
        return answers, [Record(n, kinds[a], a, self.ttl) for n, a in hosts.items()]
