"""logs and event: what the cluster has written down."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from breakfix.checks.context import Answer, CheckContext
from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Object
from breakfix.clusters.workloads import parse
from breakfix.scenario.checks_spec import Event, Logs


async def ask_logs(question: Logs, ctx: CheckContext) -> Answer:
    """Is there a line with this text among the newest (or, with absent, none)?"""
    pods = await _pods(question, ctx)
    texts = await asyncio.gather(*(_lines(question, ctx, pod) for pod in pods))
    lines = [line for text in texts for line in text]
    hit = next((line for line in reversed(lines) if question.contains in line), None)
    wanted = f'"{question.contains}" in the last {question.since:g} s'
    newest = lines[-1][:100] if lines else f"nothing logged in {question.since:g} s"
    if question.absent:
        return Answer(hit is None and bool(lines), f"no {wanted}", hit or newest)
    return Answer(hit is not None, wanted, (hit or newest)[:100])


async def _pods(question: Logs, ctx: CheckContext) -> list[Object]:
    if question.workload:
        return await ctx.pods(parse(question.workload, ctx.namespace))
    everywhere = question.namespace == "*"
    namespace = None if everywhere else (question.namespace or ctx.namespace)
    labels = ",".join(f"{k}={v}" for k, v in question.labels.items())
    pods = await ctx.api.list("Pod", namespace, labels=labels)
    return [p for p in pods if not p["metadata"].get("deletionTimestamp")]


async def _lines(question: Logs, ctx: CheckContext, pod: Object) -> list[str]:
    """The newest lines of a pod, without the stamps they were cut by."""
    meta = pod["metadata"]
    container = question.container or pod["spec"]["containers"][0]["name"]
    try:
        text = await ctx.api.logs(
            meta["name"], meta["namespace"], container, question.since + 2, timestamps=True
        )
    except ApiError:  # not started yet, or gone
        return []
    since = ctx.clock.now() - timedelta(seconds=ctx.clock.real(question.since))
    stamped = (line.partition(" ") for line in text.split("\n"))
    return [words for stamp, _, words in stamped if _time(stamp) >= since]


def _time(stamp: str) -> datetime:
    """When a line was written; long ago for a line of the kubelet's own, without a stamp."""
    whole, _, rest = stamp.partition(".")
    fraction = rest.rstrip("Z")[:6]
    try:
        return datetime.fromisoformat(f"{whole.rstrip('Z')}.{fraction or 0}+00:00")
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


async def ask_event(question: Event, ctx: CheckContext) -> Answer:
    """Is there such an event?"""
    namespace = question.namespace or ctx.namespace
    events = await ctx.api.list("Event", namespace, "v1")
    found = [e for e in events if _matches(e, question)]
    wanted = " ".join(p for p in (question.kind, question.name, question.reason) if p)
    wanted += f' "{question.contains}"' if question.contains else ""
    seen = str(found[-1].get("message", ""))[:100] if found else "no such event"
    return Answer(bool(found), f"event {wanted}", seen)


def _matches(event: Object, question: Event) -> bool:
    about = event.get("involvedObject") or {}
    return (
        question.kind in ("", about.get("kind"))
        and str(about.get("name", "")).startswith(question.name)
        and question.reason in ("", event.get("reason"))
        and question.contains in str(event.get("message", ""))
    )
