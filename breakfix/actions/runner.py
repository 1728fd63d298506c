"""Carry out the steps of a fault or of a repair, in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from breakfix.actions import changes, edit, waiting
from breakfix.actions.context import StepContext, StepError
from breakfix.errors import ClusterError
from breakfix.scenario.steps_spec import Step

CARRY_OUT: dict[str, Callable[[Any, StepContext], Awaitable[None]]] = {
    "apply": changes.apply,
    "patch": changes.patch,
    "edit": edit.edit,
    "delete": changes.delete,
    "scale": changes.scale,
    "restart": waiting.restart,
    "wait": waiting.wait,
}


async def carry_out(steps: Sequence[Step], ctx: StepContext) -> None:
    """All steps, one after the other. Raises StepError with the number of the one that
    failed; the steps before it have been done."""
    for number, step in enumerate(steps, 1):
        kind = step.step_kind
        try:
            await CARRY_OUT[kind](getattr(step, kind), ctx)
        except ClusterError as error:
            raise StepError(f"step {number} ({kind}): {error.message}", error.hint) from error
