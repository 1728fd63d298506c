"""Waiting for a new cluster: its API, nodes, system pods and default ServiceAccount."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from breakfix.clock import Clock
from breakfix.clusters.base import Object, Progress
from breakfix.clusters.requests import Api, find, until
from breakfix.errors import ClusterError

NODES_PATH = "/api/v1/nodes"
_SYSTEM_APPS = "/apis/apps/v1/namespaces/kube-system"
_DEFAULT_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"

Check = Callable[[], Awaitable[bool]]


async def answers(api: Api, timeout: float = 3.0) -> bool:
    """True when the API server says that it is ready. Raises ClusterError where it does not."""
    return bool(await api.request("GET", "/readyz", timeout=timeout) == "ok")


async def wait_until_ready(
    api: Api, name: str, progress: Progress, clock: Clock, timeout: float = 180.0
) -> None:
    """Wait, each step shown. Raises ClusterError that names the step after `timeout` seconds."""
    steps: dict[str, Check] = {
        "the nodes to be ready": lambda: nodes_ready(api),
        "CoreDNS and the other system pods": lambda: system_ready(api),
        "the default ServiceAccount": lambda: _has_account(api),
    }
    for what, check in steps.items():
        with progress(f"Waiting for {what}"):
            if not await until(check, clock, timeout):
                raise _not_ready(name, what, timeout)


async def nodes_ready(api: Api) -> bool:
    """True when there are nodes and all of them are Ready."""
    nodes = (await api.request("GET", NODES_PATH))["items"]
    return bool(nodes) and all(_node_is_ready(node) for node in nodes)


async def system_ready(api: Api) -> bool:
    """True when the Deployments and DaemonSets of kube-system have all their pods."""
    deployments = (await api.request("GET", f"{_SYSTEM_APPS}/deployments"))["items"]
    daemons = (await api.request("GET", f"{_SYSTEM_APPS}/daemonsets"))["items"]
    return (
        bool(deployments)
        and all(_deployment_is_ready(deployment) for deployment in deployments)
        and all(_daemon_set_is_ready(daemon_set) for daemon_set in daemons)
    )


async def _has_account(api: Api) -> bool:
    return await find(api, _DEFAULT_ACCOUNT) is not None


def _node_is_ready(node: Object) -> bool:
    conditions = node.get("status", {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _deployment_is_ready(deployment: Object) -> bool:
    available = deployment.get("status", {}).get("availableReplicas", 0)
    return int(available) >= int(deployment["spec"].get("replicas", 1))


def _daemon_set_is_ready(daemon_set: Object) -> bool:
    status = daemon_set.get("status", {})
    wanted = int(status.get("desiredNumberScheduled", 0))
    return wanted > 0 and int(status.get("numberReady", 0)) >= wanted


def _not_ready(name: str, what: str, timeout: float) -> ClusterError:
    return ClusterError(
        f"{name}: waited {timeout:g} s for {what}, in vain",
        f"`kubectl get pods -A` says what hangs; `breakfix cluster down {name}` "
        "takes the cluster away, and the next start makes a new one.",
    )
