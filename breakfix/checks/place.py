"""Where a check runs: a pod of the workload that it names, in the pod's own container,
or in an ephemeral container where the image has no shell or no tools.

Source: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
"""

from __future__ import annotations

from dataclasses import dataclass

from breakfix.checks.context import CannotAsk, CheckContext
from breakfix.clusters.api import ExecResult
from breakfix.clusters.base import Object
from breakfix.clusters.workloads import parse

TOOLS_CONTAINER = "breakfix-check"
NO_SUCH_PROGRAM = (126, 127, -1)
START_TIMEOUT = 20.0
SHORTEST_LIMIT = 1.0  # s that a busy machine is given to answer, however short waits are


@dataclass(frozen=True)
class Place:
    """A container in which to run a command."""

    namespace: str
    pod: str
    container: str


async def find(ctx: CheckContext, workload: str, container: str = "") -> Place:
    """A running container of the workload. Raises CannotAsk where there is none."""
    ref = parse(workload, ctx.namespace)
    for pod in await ctx.pods(ref):
        running = _running(pod)
        if running and (not container or container in running):
            name = container or running[0]
            return Place(ref.namespace, pod["metadata"]["name"], name)
    raise CannotAsk(f"no running pod of {ref}")


def _running(pod: Object) -> list[str]:
    """Names of the running containers, in the order of the spec."""
    statuses = pod.get("status", {}).get("containerStatuses") or []
    up = {s["name"] for s in statuses if "running" in s.get("state", {})}
    return [c["name"] for c in pod["spec"]["containers"] if c["name"] in up]


async def run(ctx: CheckContext, place: Place, script: str, timeout: float) -> ExecResult:
    """Run a shell script there; with an ephemeral container where it cannot run as it is."""
    command, limit = ["sh", "-c", script], max(ctx.clock.real(timeout), SHORTEST_LIMIT)
    result = await ctx.api.exec(place.pod, place.namespace, command, place.container, limit)
    if result.exit_code not in NO_SUCH_PROGRAM:
        return result
    tools = await _with_tools(ctx, place)
    return await ctx.api.exec(tools.pod, tools.namespace, command, tools.container, limit)


async def _with_tools(ctx: CheckContext, place: Place) -> Place:
    pod = await ctx.api.get("Pod", place.pod, place.namespace)
    if pod is None:
        raise CannotAsk(f"pod {place.pod} is gone")
    present = [c["name"] for c in pod["spec"].get("ephemeralContainers") or []]
    if TOOLS_CONTAINER not in present:
        body = {"spec": {"ephemeralContainers": [_container(ctx, place)]}}
        await ctx.api.patch(
            "Pod", place.pod, place.namespace, body, "strategic", subresource="ephemeralcontainers"
        )
    await _until_running(ctx, place)
    return Place(place.namespace, place.pod, TOOLS_CONTAINER)


def _container(ctx: CheckContext, place: Place) -> Object:
    """A helper that even a restricted namespace admits."""
    return {
        "name": TOOLS_CONTAINER,
        "image": ctx.tools_image,
        "command": ["sleep", "86400"],
        "targetContainerName": place.container,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


async def _until_running(ctx: CheckContext, place: Place) -> None:
    deadline = ctx.clock.monotonic() + START_TIMEOUT
    while ctx.clock.monotonic() < deadline:
        pod = await ctx.api.get("Pod", place.pod, place.namespace) or {}
        for status in pod.get("status", {}).get("ephemeralContainerStatuses") or []:
            if status["name"] == TOOLS_CONTAINER and "running" in status.get("state", {}):
                return
        await ctx.clock.sleep(0.25)
    raise CannotAsk(f"the helper container of pod {place.pod} does not start")
