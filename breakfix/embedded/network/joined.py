"""The whole network of one cluster, in one call."""

from __future__ import annotations

from breakfix.embedded.clock import Clock
from breakfix.embedded.network.fabric import Fabric
from breakfix.embedded.network.nodes import Nodes, Watched
from breakfix.embedded.network.outside_dns import serve_names
from breakfix.embedded.network.policy import Policies
from breakfix.embedded.network.services import ServiceProxy


def cluster_network(reader: Watched, clock: Clock, seed: int = 0) -> Fabric:
    """A fabric with Services, policies and the nodes' name server, fed by the cluster's client."""
    nodes = Nodes(reader)
    fabric = Fabric(clock, nodes)
    fabric.routes.translator = ServiceProxy(reader, nodes, clock, seed)
    fabric.routes.gate = Policies(reader)
    serve_names(fabric)
    return fabric
