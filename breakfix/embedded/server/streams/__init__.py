"""What is asked of running pods and nodes: logs, commands, connections."""

from __future__ import annotations

from breakfix.embedded.nodes.access import PodAccess
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.streams.connecting import Connecting, StreamHandler
from breakfix.embedded.server.streams.execution import Execution
from breakfix.embedded.server.streams.forward import Forwarding
from breakfix.embedded.server.streams.logs import Logs
from breakfix.embedded.server.streams.node_pages import NodePages
from breakfix.embedded.server.streams.proxies import Proxies
from breakfix.embedded.server.streams.proxying import Dial


def pod_streams(
    registry: Registry, access: PodAccess, dial: Dial
) -> dict[tuple[str, str], StreamHandler]:
    """For App.streams, by resource and subresource.

    `dial` connects from the control plane's node to an address and port of the cluster's
    network; it raises NetworkError.
    """
    execution = Execution(registry, access)
    proxies = Proxies(registry, dial, NodePages(registry))
    admitted = Connecting(registry).admitted
    return {
        ("pods", "log"): Logs(registry, access).log,
        ("pods", "exec"): admitted(execution.exec),
        ("pods", "attach"): admitted(execution.attach),
        ("pods", "portforward"): admitted(Forwarding(registry, access).portforward),
        ("pods", "proxy"): admitted(proxies.pod),
        ("services", "proxy"): admitted(proxies.service),
        ("nodes", "proxy"): admitted(proxies.node),
    }


__all__ = ["Dial", "StreamHandler", "pod_streams"]
