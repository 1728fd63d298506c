"""hostPorts of a pod's containers, published on its node."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded.network.types import Listener, Network, NetworkNamespace
from breakfix.embedded.objects import Object


def open_ports(
    pod: Object, network: Network, node: NetworkNamespace, address: str
) -> list[Listener]:
    """Publish every hostPort of a pod that has an address of its own."""
    if pod["spec"].get("hostNetwork"):
        return []
    return [
        network.publish(
            node.node, port.get("protocol") or "TCP", port["hostPort"],
            (address, port["containerPort"]), port.get("hostIP") or "",
        )
        for container in _lasting(pod["spec"])
        for port in container.get("ports") or []
        if port.get("hostPort")
    ]  # fmt: skip


def _lasting(spec: Object) -> Iterator[Object]:
    """Containers, and init containers that go on beside them."""
    for container in spec.get("initContainers") or []:
        if container.get("restartPolicy") == "Always":
            yield container
    yield from spec["containers"]
