"""Whether a kubelet takes a pod that was bound to its node."""

from __future__ import annotations

from breakfix.embedded.nodes.sysctls import forbidden
from breakfix.embedded.objects import Object
from breakfix.embedded.scheduling.affinity import node_matches
from breakfix.embedded.scheduling.filters import ANY_ADDRESS
from breakfix.embedded.scheduling.state import NodeInfo, PodInfo
from breakfix.embedded.scheduling.taints import untolerated

_STANDARD = ("cpu", "memory", "ephemeral-storage")


def refusal(info: PodInfo, node: NodeInfo) -> tuple[str, str] | None:
    """Reason and message; None where the pod is welcome."""
    spec: Object = info.pod["spec"]
    if not_allowed := forbidden(info.pod):
        return not_allowed
    if missing := lack(info, node):
        return missing
    if not node_matches(spec, node.node):
        return _predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
    if any(_taken(port, node) for port in info.ports):
        words = "node(s) didn't have free ports for the requested pod ports"
        return _predicate("NodePorts", words)
    if untolerated(spec, node.node, ("NoExecute",)):
        return _predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate")
    return None


def _predicate(name: str, words: str) -> tuple[str, str]:
    return name, f"Predicate {name} failed: {words}"


def lack(info: PodInfo, node: NodeInfo) -> tuple[str, str] | None:
    """Reason and message where the node has too little left."""
    wanted = {"pods": 1} | {k: v for k, v in info.requests.items() if k in _STANDARD}
    for resource, asked in wanted.items():
        used = len(node.pods) if resource == "pods" else node.requested.get(resource, 0)
        there = node.allocatable.get(resource, 0)
        if asked > there - used:
            return f"OutOf{resource}", (
                f"Node didn't have enough resource: {resource}, requested: {asked}, "
                f"used: {used}, capacity: {there}"
            )
    return None


def _taken(port: tuple[str, str, int], node: NodeInfo) -> bool:
    return any(
        count > 0 and other[1:] == port[1:]
        and (other[0] == port[0] or ANY_ADDRESS in (other[0], port[0]))
        for other, count in node.ports.items()
    )  # fmt: skip
