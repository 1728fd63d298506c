"""NetworkPolicies compiled: peers and ports as tests that are quick to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from breakfix.embedded import selectors
from breakfix.embedded.objects import Object, labels_of, namespace_of

Labels = Mapping[str, str]
Block = tuple[IPv4Network | IPv6Network, tuple[IPv4Network | IPv6Network, ...]]
SIDES = (("Ingress", "ingress", "from"), ("Egress", "egress", "to"))


@dataclass(frozen=True)
class PodPorts:
    """The named ports of a pod's containers: (name, protocol): number."""

    labels: Labels
    namespace: str
    namespace_labels: Labels
    named: Mapping[tuple[str, str], frozenset[int]]


@dataclass(frozen=True)
class PortTest:
    """One entry of `ports`. A port of None is every port of the protocol."""

    protocol: str
    first: int | None
    last: int
    name: str = ""

    def allows(self, protocol: str, port: int, target: PodPorts | None) -> bool:
        """Is it this port (of this pod, where it is a name)?"""
        if protocol != self.protocol:
            return False
        if self.name:
            named = target.named.get((self.name, protocol)) if target else None
            return named is not None and port in named
        return self.first is None or self.first <= port <= self.last


@dataclass(frozen=True)
class Rule:
    """One ingress or egress rule; None means any peer or any port."""

    pods: tuple[Callable[[PodPorts], bool], ...] | None
    blocks: tuple[Block, ...]
    ports: tuple[PortTest, ...] | None

    def matches_peer(self, pod: PodPorts | None, address: str) -> bool:
        """Is it one of the peers?"""
        if self.pods is None:
            return True
        if pod is not None and any(test(pod) for test in self.pods):
            return True
        return bool(self.blocks) and in_blocks(self.blocks, address)

    def matches_port(self, protocol: str, port: int, target: PodPorts | None) -> bool:
        """Is it one of the ports?"""
        if self.ports is None:
            return True
        return any(test.allows(protocol, port, target) for test in self.ports)


@dataclass(frozen=True)
class Policy:
    """One NetworkPolicy; the sides that it does not isolate are None."""

    namespace: str
    selects: Callable[[Labels], bool]
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None


@lru_cache(maxsize=8192)
def _address(text: str) -> IPv4Address | IPv6Address:
    return ip_address(text)


def in_blocks(blocks: Iterable[Block], address: str) -> bool:
    """Is the address in a block, and not in one of its exceptions?"""
    wanted = _address(address)
    return any(
        wanted in block and not any(wanted in out for out in excepted) for block, excepted in blocks
    )


def compile_policy(item: Object) -> Policy:
    """A NetworkPolicy object; what API validation let through is taken as it is."""
    spec, namespace = item.get("spec") or {}, namespace_of(item)
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    sides = {
        name: tuple(_rule(r, peers, namespace) for r in spec.get(key) or ())
        if name in types
        else None
        for name, key, peers in SIDES
    }
    return Policy(
        namespace, selector_test(spec.get("podSelector") or {}), sides["Ingress"], sides["Egress"]
    )


def selector_test(selector: Object) -> Callable[[Labels], bool]:
    """A LabelSelector as a test; {} selects everything."""
    tests = [
        selectors.requirement(e["key"], e["operator"], e.get("values") or [])
        for e in selector.get("matchExpressions") or []
    ]
    wanted = tuple((selector.get("matchLabels") or {}).items())

    def test(labels: Labels) -> bool:
        return all(labels.get(k) == v for k, v in wanted) and all(t(labels) for t in tests)

    return test


def _rule(rule: Object, peers_key: str, namespace: str) -> Rule:
    peers, ports = rule.get(peers_key) or [], rule.get("ports") or []
    return Rule(
        tuple(_pod_test(p, namespace) for p in peers if "ipBlock" not in p) if peers else None,
        tuple(_block(p["ipBlock"]) for p in peers if "ipBlock" in p),
        tuple(_port(p) for p in ports) if ports else None,
    )


def _block(block: Object) -> Block:
    return (
        ip_network(block["cidr"], strict=False),
        tuple(ip_network(e, strict=False) for e in block.get("except") or ()),
    )


def _pod_test(peer: Object, namespace: str) -> Callable[[PodPorts], bool]:
    """Both selectors of one peer hold at once; without a namespace's, the policy's own."""
    pods = selector_test(peer.get("podSelector") or {})
    wanted = peer.get("namespaceSelector")
    if wanted is None:
        return lambda pod: pod.namespace == namespace and pods(pod.labels)
    spaces = selector_test(wanted)
    return lambda pod: spaces(pod.namespace_labels) and pods(pod.labels)


def _port(entry: Object) -> PortTest:
    protocol, port = entry.get("protocol") or "TCP", entry.get("port")
    if port is None:
        return PortTest(protocol, None, 0)
    if isinstance(port, str):
        return PortTest(protocol, 0, 0, port)
    return PortTest(protocol, port, entry.get("endPort") or port)


def pod_ports(pod: Object, namespace_labels: Labels) -> PodPorts:
    """What policies ask of a pod."""
    named: dict[tuple[str, str], set[int]] = {}
    spec = pod["spec"]
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    for container in [*(spec.get("containers") or ()), *sidecars]:
        for port in container.get("ports") or ():
            if port.get("name"):
                key = (port["name"], port.get("protocol") or "TCP")
                named.setdefault(key, set()).add(port["containerPort"])
    return PodPorts(
        labels_of(pod), namespace_of(pod), namespace_labels,
        {key: frozenset(found) for key, found in named.items()},
    )  # fmt: skip
