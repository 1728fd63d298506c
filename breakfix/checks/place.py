"""Where a check runs: a pod of the workload that it names, in the pod's own container,
or in an ephemeral container where the image has none of the tools.

Source: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from breakfix.checks.context import CannotAsk, CheckContext, Place, WaysKey
from breakfix.clusters.api import ExecResult
from breakfix.clusters.base import Object
from breakfix.clusters.workloads import parse

TOOLS_CONTAINER = "breakfix-check"
NO_SUCH_PROGRAM = (126, 127, -1)
START_TIMEOUT = 20.0
GRACE = 5.0  # s beyond its own time-out for a command to end
SHORTEST_LIMIT = 1.0  # s that a busy machine is given to answer, however short waits are


@dataclass(frozen=True)
class Ran:
    """A command that was run, and what it did."""

    command: Sequence[str]
    result: ExecResult


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


def whole_seconds(timeout: float) -> int:
    """A time-out as the tools take it: at least one second."""
    return max(1, round(timeout))


async def run(
    ctx: CheckContext, place: Place, ways: Sequence[Sequence[str]], timeout: float
) -> Ran:
    """Run the first of these commands whose program is there, without a shell; where none is,
    in an ephemeral container. Which one it was is remembered for the next time."""
    key = (place, tuple(way[0] for way in ways))
    limit = max(ctx.clock.real(timeout), SHORTEST_LIMIT)
    if key in ctx.ways:
        where, number = ctx.ways[key]
        ran = Ran(ways[number], await _exec(ctx, where, ways[number], limit))
        if ran.result.exit_code not in NO_SUCH_PROGRAM:
            return ran
        del ctx.ways[key]
    ran = await _first(ctx, place, ways, limit, key)
    if ran.result.exit_code in NO_SUCH_PROGRAM:
        ran = await _first(ctx, await _with_tools(ctx, place), ways, limit, key)
    return ran


async def _first(
    ctx: CheckContext, place: Place, ways: Sequence[Sequence[str]], limit: float, key: WaysKey
) -> Ran:
    """The first of the commands that could be run here; else the last that could not."""
    for number, way in enumerate(ways):
        ran = Ran(way, await _exec(ctx, place, way, limit))
        if ran.result.exit_code not in NO_SUCH_PROGRAM:
            ctx.ways[key] = place, number
            break
    return ran


async def _exec(
    ctx: CheckContext, place: Place, command: Sequence[str], limit: float
) -> ExecResult:
    return await ctx.api.exec(place.pod, place.namespace, command, place.container, limit)


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
