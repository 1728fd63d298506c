"""NetworkPolicy: who may talk to whom, compiled for each pod and remembered."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.network.nodes import Watched
from breakfix.embedded.network.packets import Packet
from breakfix.embedded.network.policy_rules import (
    PodPorts,
    Policy,
    Rule,
    compile_policy,
    pod_ports,
)
from breakfix.embedded.network.types import NetworkNamespace
from breakfix.embedded.objects import labels_of, name_of, namespace_of

POLICIES = "networkpolicies.networking.k8s.io"
Key = tuple[str, str]
Sides = tuple[tuple[Rule, ...] | None, tuple[Rule, ...] | None]
REMEMBERED = 100_000  # answers


class Policies:
    """packets.Gate, fed by NetworkPolicies, pods and namespaces."""

    def __init__(self, reader: Watched) -> None:
        self._reader = reader
        self._policies: dict[str, dict[str, Policy]] = {}
        self._sides: dict[Key, Sides] = {}
        self._pods: dict[Key, PodPorts | None] = {}
        self._answers: dict[tuple[object, ...], bool] = {}
        for item in reader.list(POLICIES):
            self._policy_seen(Change("ADDED", POLICIES, item, None, 0))
        reader.subscribe(POLICIES, self._policy_seen)
        reader.subscribe("pods", self._pod_seen)
        reader.subscribe("namespaces", self._namespace_seen)

    # -- what changes --------------------------------------------------------------------

    def _policy_seen(self, change: Change) -> None:
        namespace, name = namespace_of(change.new), name_of(change.new)
        known = self._policies.setdefault(namespace, {})
        if change.type == "DELETED":
            known.pop(name, None)
        else:
            known[name] = compile_policy(change.new)
        if not known:
            del self._policies[namespace]
        self._sides.clear()
        self._answers.clear()

    def _pod_seen(self, change: Change) -> None:
        key = (namespace_of(change.new), name_of(change.new))
        old = change.old
        if old is not None and change.type == "MODIFIED":
            same = labels_of(old) == labels_of(change.new)
            if same and old["spec"] == change.new["spec"]:
                return
        if key in self._pods or key in self._sides:
            self._pods.pop(key, None)
            self._sides.pop(key, None)
            self._answers.clear()

    def _namespace_seen(self, change: Change) -> None:
        if change.old is None or labels_of(change.old) != labels_of(change.new):
            self._pods.clear()
            self._answers.clear()

    # -- what is known of a pod ------------------------------------------------------------

    def _pod(self, key: Key) -> PodPorts | None:
        if key not in self._pods:
            pod = self._reader.get("pods", key[1], key[0])
            namespace = self._reader.get("namespaces", key[0])
            labels = labels_of(namespace) if namespace else {}
            self._pods[key] = pod_ports(pod, labels) if pod else None
        return self._pods[key]

    def _of(self, key: Key) -> Sides:
        found = self._sides.get(key)
        if found is None:
            pod = self._pod(key)
            labels = pod.labels if pod else {}
            policies = [p for p in self._policies.get(key[0], {}).values() if p.selects(labels)]
            found = (
                _joined([p.ingress for p in policies]),
                _joined([p.egress for p in policies]),
            )
            self._sides[key] = found
        return found

    # -- one packet ----------------------------------------------------------------------

    def leaves(
        self, source: NetworkNamespace, target: NetworkNamespace | None, packet: Packet
    ) -> bool:
        """Does the egress side of the pod let it out? Its name and labels are those of now."""
        return self._allowed(1, source, target, packet.address, packet)

    def enters(
        self, target: NetworkNamespace, source: NetworkNamespace | None, packet: Packet
    ) -> bool:
        """Does the ingress side of the pod let it in?"""
        return self._allowed(0, target, source, packet.source, packet)

    def _allowed(
        self, side: int, own: NetworkNamespace, peer: NetworkNamespace | None,
        address: str, packet: Packet,
    ) -> bool:  # fmt: skip
        if not self._policies or own.pod is None or own is peer:
            return True
        rules = self._of(own.pod)[side]
        if rules is None:
            return True
        other = peer.pod if peer is not None and not peer.host_network else None
        key = (side, own.pod, other, address, packet.protocol, packet.port)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) > REMEMBERED:
                self._answers.clear()
            answer = self._decide(rules, side, own.pod, other, address, packet)
            self._answers[key] = answer
        return answer

    def _decide(
        self, rules: tuple[Rule, ...], side: int, own: Key, other: Key | None,
        address: str, packet: Packet,
    ) -> bool:  # fmt: skip
        """Named ports are the receiver's: the pod's own on its ingress side."""
        peer = self._pod(other) if other else None
        target = self._pod(own) if side == 0 else peer
        return any(
            rule.matches_peer(peer, address)
            and rule.matches_port(packet.protocol, packet.port, target)
            for rule in rules
        )


def _joined(sides: list[tuple[Rule, ...] | None]) -> tuple[Rule, ...] | None:
    """All rules together; None where no policy isolates this side."""
    isolating = [rules for rules in sides if rules is not None]
    return tuple(rule for rules in isolating for rule in rules) if isolating else None
