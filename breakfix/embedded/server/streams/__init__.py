"""What is asked of running pods and nodes: logs, commands, connections."""

from __future__ import annotations

from breakfix.embedded.nodes.access import PodAccess
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.streams.connecting import StreamHandler, admitted
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
    proxies = Proxies(registry, dial, NodePages(registry, access))
    return {
        ("pods", "log"): Logs(registry, access).log,
        ("pods", "exec"): execution.exec,
        ("pods", "attach"): execution.attach,
        ("pods", "portforward"): Forwarding(registry, access).portforward,
        ("pods", "proxy"): proxies.pod,
        ("services", "proxy"): proxies.service,
        ("nodes", "proxy"): proxies.node,
    }


__all__ = ["Dial", "StreamHandler", "admitted", "pod_streams"]
