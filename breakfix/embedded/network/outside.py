"""The world outside of the cluster: a few hosts with names, and silence everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from breakfix.embedded.network.types import NetworkNamespace

RESOLVER = "172.18.0.1"  # the nodes' nameserver: the gateway of their network
KNOWN: Mapping[str, str] = {
    "example.com": "93.184.215.14", "www.example.com": "93.184.215.14",
    "example.org": "93.184.215.14", "kubernetes.io": "3.33.186.135",
    "google.com": "142.250.74.110", "www.google.com": "142.250.74.36",
    "github.com": "140.82.121.3", "cloudflare.com": "104.16.132.229",
    "dns.google": "8.8.8.8", "one.one.one.one": "1.1.1.1",
}  # fmt: skip


@dataclass
class Outside:
    """Names and hosts; each host is a namespace that programs can listen in.

    `unknown` is the response code for names that are not there; with `down` nothing answers
    but what is `near`, on the nodes' own network.
    """

    names: dict[str, list[str]] = field(default_factory=lambda: {n: [a] for n, a in KNOWN.items()})
    aliases: dict[str, str] = field(default_factory=dict)
    near: set[str] = field(default_factory=set)
    hosts: dict[str, NetworkNamespace] = field(default_factory=dict)
    unknown: str = "NXDOMAIN"
    down: bool = False

    def add(self, address: str, *names: str) -> NetworkNamespace:
        """A host out there; listen in it to have it answer."""
        for name in names:
            known = self.names.setdefault(name.lower().rstrip("."), [])
            if address not in known:
                known.append(address)
        return self.hosts.setdefault(
            address, NetworkNamespace("", (address,), names[0] if names else address)
        )

    def at(self, address: str) -> NetworkNamespace | None:
        """The host that has this address and answers now."""
        return None if self.down and address not in self.near else self.hosts.get(address)
