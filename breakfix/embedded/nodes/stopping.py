"""How long a container takes to stop when it is asked to."""

from __future__ import annotations

from breakfix.embedded.nodes.containers import ContainerRun
from breakfix.embedded.nodes.programs import outcome
from breakfix.embedded.objects import Object

NEVER = float("inf")


def _hook_seconds(hook: Object | None) -> float:
    """A preStop hook that sleeps, as an action or as a plain command."""
    hook = hook or {}
    if "sleep" in hook:
        return float(hook["sleep"].get("seconds", 0))
    command = (hook.get("exec") or {}).get("command") or []
    return outcome(command, []).seconds or 0.0 if command else 0.0


def stop_after(container: ContainerRun, listens: float) -> float:
    """Seconds from the order to stop to the end; infinite where only SIGKILL helps."""
    plan = container.plan()
    hook = _hook_seconds((container.spec.get("lifecycle") or {}).get("preStop"))
    return NEVER if plan.deaf else hook + listens
