"""A pod's sandbox: its network namespace, names and shared processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from breakfix.embedded.clock import Clock
from breakfix.embedded.kubelet.host_ports import open_ports
from breakfix.embedded.machine.process import PidNamespace
from breakfix.embedded.machine.types import Host
from breakfix.embedded.network.resolv_conf import hostname, hosts_file, resolv_conf
from breakfix.embedded.network.types import Network, NetworkNamespace
from breakfix.embedded.nodes.sysctls import sysctls_of
from breakfix.embedded.objects import Object, name_of, namespace_of


@dataclass(frozen=True)
class NodeNetwork:
    """What a node's pods need of it. `resolv_conf` and `hosts`: the node's own files."""

    network: Network
    space: NetworkNamespace
    clock: Clock
    cluster_dns: Sequence[str] = ("10.96.0.10",)
    domain: str = "cluster.local"
    resolv_conf: str = "nameserver 172.18.0.1\noptions ndots:0\n"
    hosts: str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    pids: PidNamespace = field(default_factory=lambda: PidNamespace(shared=True))
    api: object | None = None  # a client.Reader, for programs that watch the API (CoreDNS)
    services: object | None = None  # machine.services.Services


class Sandbox:
    """Of one pod; `close` takes it off the network."""

    def __init__(self, pod: Object, address: str, node: NodeNetwork) -> None:
        spec = pod["spec"]
        self.address, self._node = address, node
        is_host = bool(spec.get("hostNetwork"))
        name = node.space.node if is_host else hostname(pod, node.domain)[0]
        self.space = NetworkNamespace(
            node.space.node, (address,), name, (namespace_of(pod), name_of(pod)), is_host
        )
        node.network.attach(self.space)
        self.host = Host(
            node.network, self.space, node.clock, name, node.space.node, node.api, sysctls_of(pod),
            node.services,
        )  # fmt: skip
        self.hosts = hosts_file(pod, [address], node.hosts, node.domain)
        self.resolv_conf = resolv_conf(pod, node.resolv_conf, node.cluster_dns, node.domain)
        self.pids = self._shared_pids(spec)
        self._ports = open_ports(pod, node.network, node.space, address)

    def _shared_pids(self, spec: Object) -> PidNamespace | None:
        if spec.get("hostPID"):
            return self._node.pids
        return PidNamespace(shared=True) if spec.get("shareProcessNamespace") else None

    def close(self) -> None:
        """Its connections are cut, its ports closed."""
        for port in self._ports:
            port.close()
        self._node.network.detach(self.space)
