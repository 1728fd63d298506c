"""Ask a check, or many at once. One that cannot be asked counts as not ok, and says why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from breakfix.checks import access, dns, http, objects, records, tcp, unchanged
from breakfix.checks.context import Answer, CannotAsk, CheckContext
from breakfix.checks.result import CheckResult
from breakfix.clusters.api import ApiError
from breakfix.scenario.checks_spec import Check, Question

ASK: dict[str, Callable[[Any, CheckContext], Awaitable[Answer]]] = {
    "http": http.ask,
    "tcp": tcp.ask,
    "dns": dns.ask,
    "ready": objects.ask_ready,
    "bound": objects.ask_bound,
    "admission": access.ask_admission,
    "can": access.ask_can,
    "logs": records.ask_logs,
    "event": records.ask_event,
    "unchanged": unchanged.ask,
}
ASK_WITH_CEL: dict[str, Callable[[Any, str, CheckContext], Awaitable[Answer]]] = {
    "object": objects.ask_object,
    "objects": objects.ask_objects,
}


async def answer(question: Question, ctx: CheckContext) -> Answer:
    """Ask one question. Raises CannotAsk, ClusterError."""
    kind = question.check_kind
    body = getattr(question, kind)
    if kind in ASK_WITH_CEL:
        return await ASK_WITH_CEL[kind](body, question.cel, ctx)
    return await ASK[kind](body, ctx)


async def ask(name: str, question: Question, ctx: CheckContext) -> CheckResult:
    """Ask one question under a name. Raises ClusterError where the API does not answer."""
    began = ctx.clock.monotonic()
    broken = False
    try:
        found = await answer(question, ctx)
    except CannotAsk as error:
        found, broken = Answer(False, "a place to ask from", str(error)), True
    except ApiError as error:
        found, broken = Answer(False, "an answer", error.message), True
    seconds = ctx.clock.monotonic() - began
    return CheckResult(name, found.ok, found.expected, found.seen, seconds, broken)


async def ask_all(checks: Sequence[Check], ctx: CheckContext) -> tuple[CheckResult, ...]:
    """Ask all at once, in the look that `ctx` is of or in one of their own; results in the
    order of the checks."""
    look = ctx if ctx.looked is not None else ctx.one_look()
    results = await asyncio.gather(*(ask(check.name, check, look) for check in checks))
    return tuple(results)
