"""restart and wait: steps that take their time."""

from __future__ import annotations

from breakfix.actions.context import StepContext, StepError, existing, placed
from breakfix.checks.runner import ask
from breakfix.clusters.workloads import rollout
from breakfix.scenario.checks_spec import ObjectRef
from breakfix.scenario.steps_spec import Wait

RESTARTED = "kubectl.kubernetes.io/restartedAt"
RESTART_TIMEOUT = 20.0


async def restart(target: ObjectRef, ctx: StepContext) -> None:
    """As `kubectl rollout restart`; waits for the rollout, but not for ever: a fault may
    well be that it never completes."""
    await existing(target, ctx)
    stamp = {RESTARTED: ctx.clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")}
    body = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
    namespace = await placed(target, ctx)
    await ctx.api.patch(target.kind, target.name, namespace, body, "merge", target.api_version)
    deadline = ctx.clock.monotonic() + RESTART_TIMEOUT
    while ctx.clock.monotonic() < deadline:
        if rollout(await existing(target, ctx))[0]:
            return
        await ctx.clock.sleep(0.2)


async def wait(question: Wait, ctx: StepContext) -> None:
    """Wait until the question is answered with yes. Raises StepError after its timeout."""
    deadline = ctx.clock.monotonic() + question.timeout
    while True:
        result = await ask("wait", question, ctx)
        if result.ok:
            return
        if ctx.clock.monotonic() > deadline:
            raise StepError(
                f"waited {question.timeout:g} s in vain for {result.expected}; saw {result.seen}"
            )
        await ctx.clock.sleep(0.25)
