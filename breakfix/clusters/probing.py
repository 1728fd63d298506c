"""What a cluster can do, by trying it out in a namespace of its own, which goes away.

Is a default-deny policy enforced? Does a claim of the default StorageClass bind? Is Pod
Security enforced? All three are tried side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from breakfix.clock import Clock
from breakfix.clusters.api import ApiError, ExecResult
from breakfix.clusters.base import Object
from breakfix.clusters.probe_objects import (
    NAMESPACE,
    SERVER_PORT,
    claim,
    default_deny,
    privileged_pod,
    probe_namespace,
    sleeping_pod,
    storage_pod,
    web_pod,
)
from breakfix.clusters.questions import Reasons
from breakfix.clusters.requests import Api, create_if_missing, find, remove, until
from breakfix.errors import ClusterError

_NAMESPACE_PATH = f"/api/v1/namespaces/{NAMESPACE}"
_PODS = f"{_NAMESPACE_PATH}/pods"
_CLAIMS = f"{_NAMESPACE_PATH}/persistentvolumeclaims"
_POLICIES = f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies"
_VOLUMES = "/api/v1/persistentvolumes"
TRIALS = ("network-policy", "default-storage", "pod-security")
START_SECONDS = 90.0  # a pod's image may have to be pulled
REACH_SECONDS = 20.0
ENFORCE_SECONDS = 15.0
GONE_SECONDS = 60.0
FORBIDDEN = 403
IN_A_ROW = 2  # lost connections that count as cut


class ProbeApi(Api, Protocol):
    """An API that can also run a command in a container, as KubeApi does."""

    async def exec(
        self,
        pod: str,
        namespace: str,
        command: Sequence[str],
        container: str = "",
        timeout: float = 10.0,
    ) -> ExecResult:
        """Run a command in a container and wait for its end."""


async def try_out(api: ProbeApi, image: str, storage_class: str, clock: Clock) -> Reasons:
    """The reason against each of TRIALS, empty where it holds. Nothing is left behind."""
    try:
        await _clean(api, clock)
        await _prepare(api, clock)
    except ApiError as error:
        return dict.fromkeys(TRIALS, f"it cannot be tried out: {error.message}")
    try:
        reasons = await asyncio.gather(
            _reason(lambda: _network_policy(api, image, clock)),
            _reason(lambda: _default_storage(api, image, storage_class, clock)),
            _reason(lambda: _pod_security(api, image)),
        )
    finally:
        await _clean(api, clock)
    return dict(zip(TRIALS, reasons, strict=True))


async def _reason(trial: Callable[[], Awaitable[str]]) -> str:
    try:
        return await trial()
    except ApiError as error:
        return f"it cannot be tried out: {error.message}"


# -- the trials -----------------------------------------------------------------------


async def _network_policy(api: ProbeApi, image: str, clock: Clock) -> str:
    await create_if_missing(api, _PODS, web_pod(image))
    await create_if_missing(api, _PODS, sleeping_pod(image))
    for name in ("server", "client"):
        if reason := await _not_running(api, name, clock):
            return reason
    server = await api.request("GET", f"{_PODS}/server")
    url = f"http://{_host(server['status']['podIP'])}:{SERVER_PORT}/"
    if not await until(lambda: _reaches(api, url), clock, REACH_SECONDS):
        return "pods do not reach each other even without a policy"
    await create_if_missing(api, _POLICIES, default_deny())
    if await until(lambda: _is_cut(api, url), clock, ENFORCE_SECONDS):
        return ""
    return f"a default-deny policy did not stop traffic within {ENFORCE_SECONDS:g} s"


async def _reaches(api: ProbeApi, url: str) -> bool:
    command = ["wget", "-q", "-T", "2", "-O", "-", url]
    return (await api.exec("client", NAMESPACE, command, timeout=5.0)).exit_code == 0


async def _is_cut(api: ProbeApi, url: str) -> bool:
    for _ in range(IN_A_ROW):
        if await _reaches(api, url):
            return False
    return True


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


async def _default_storage(api: Api, image: str, storage_class: str, clock: Clock) -> str:
    if not storage_class:
        return "there is no default StorageClass"
    await create_if_missing(api, _CLAIMS, claim())
    await create_if_missing(api, _PODS, storage_pod(image))
    return await _not_running(api, "storage", clock, f"a claim of {storage_class} is of no use: ")


async def _pod_security(api: Api, image: str) -> str:
    try:
        await api.request("POST", _PODS, {"dryRun": "All"}, privileged_pod(image))
    except ApiError as error:
        if error.code == FORBIDDEN and "PodSecurity" in error.message:
            return ""
        raise
    return "a privileged pod is let into a namespace that enforces the level restricted"


async def _not_running(api: Api, name: str, clock: Clock, prefix: str = "") -> str:
    """Why the pod is not running after START_SECONDS; empty where it is."""

    async def runs() -> bool:
        pod = await find(api, f"{_PODS}/{name}")
        return pod is not None and pod.get("status", {}).get("phase") == "Running"

    if await until(runs, clock, START_SECONDS):
        return ""
    pod = await find(api, f"{_PODS}/{name}") or {}
    return f"{prefix}a pod did not start within {START_SECONDS:g} s ({_what_hangs(pod)})"


def _what_hangs(pod: Object) -> str:
    status = pod.get("status", {})
    waiting = [c["state"].get("waiting", {}) for c in status.get("containerStatuses") or []]
    said = [w.get("message") or w.get("reason", "") for w in waiting]
    said += [c.get("message", "") for c in status.get("conditions") or []]
    return next((text for text in said if text), str(status.get("phase", "no status")))


# -- before and after -----------------------------------------------------------------


async def _prepare(api: Api, clock: Clock) -> None:
    await create_if_missing(api, "/api/v1/namespaces", probe_namespace())

    async def has_account() -> bool:
        return await find(api, f"{_NAMESPACE_PATH}/serviceaccounts/default") is not None

    if not await until(has_account, clock, REACH_SECONDS):
        raise ClusterError(
            f"namespace {NAMESPACE} did not get its default ServiceAccount",
            "The controller manager seems to be down: `kubectl -n kube-system get pods`.",
        )


async def _clean(api: Api, clock: Clock) -> None:
    """Take the namespace and the volumes of its claims away, and wait until they are gone."""
    if not await remove(api, _NAMESPACE_PATH):
        return

    async def gone() -> bool:
        return await find(api, _NAMESPACE_PATH) is None and not await _volumes(api)

    for volume in await _volumes(api):
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Retain":
            await remove(api, f"{_VOLUMES}/{volume['metadata']['name']}")
    if not await until(gone, clock, GONE_SECONDS):
        raise ClusterError(
            f"namespace {NAMESPACE} is still there {GONE_SECONDS:g} s after it was deleted",
            f"`kubectl describe namespace {NAMESPACE}` says what holds it.",
        )


async def _volumes(api: Api) -> list[Object]:
    """The PersistentVolumes of claims in the probe's namespace."""
    try:
        volumes = (await api.request("GET", _VOLUMES))["items"]
    except ApiError:
        return []
    return [v for v in volumes if v["spec"].get("claimRef", {}).get("namespace") == NAMESPACE]
