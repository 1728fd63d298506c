"""The services of a node: its kubelet, that can be stopped, and the runtime below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakfix.embedded.machine.services import Services, Unit

if TYPE_CHECKING:
    from breakfix.embedded.kubelet.kubelet import Kubelet

KUBELET, CONTAINERD = "kubelet.service", "containerd.service"
_FLAGS = (
    "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf"
    " --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml"
)


def services_of(kubelet: Kubelet) -> Services:
    """Of a node whose kubelet runs."""
    found = Services(kubelet.name, kubelet.client.clock)
    runtime = "/usr/local/bin/containerd"
    found.add(Unit(CONTAINERD, "containerd container runtime", runtime, 128))
    command = f"/usr/bin/kubelet {_FLAGS}"
    found.add(Unit(KUBELET, "kubelet", command, 556, kubelet.start, kubelet.stop))
    return found
