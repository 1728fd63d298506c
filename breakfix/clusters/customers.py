"""The synthetic customers of a base: how their requests went, read from their pods' logs.

A pod template says that its pods are customers by the annotation `breakfix.dev/customers`:
the text that stands in a log line of a request that went well. Every line is a request.
One request to the API follows the log of each such pod; nothing is asked again and again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from breakfix.clock import Clock
from breakfix.clusters.base import Object
from breakfix.clusters.live_reading import owner
from breakfix.errors import ClusterError

ANNOTATION = "breakfix.dev/customers"
MOST_FOLLOWED = 4  # pods; a base with more customers is judged by the first of them
MOST_SECONDS = 6 * 3600  # what is remembered of each workload
FIRST_LINES = 3600  # of the log there is when following begins
LOOK, AGAIN = 1.0, 2.0  # s between looks for pods, and before a log is followed anew


@dataclass(frozen=True)
class Counts:
    """Requests of one second."""

    ok: int = 0
    failed: int = 0

    def plus(self, ok: bool) -> Counts:
        """With one more request."""
        return Counts(self.ok + ok, self.failed + (not ok))


Seconds = Mapping[int, Counts]
"""Requests by the second (since 1970, UTC) in which their line was written."""


class Customers:
    """What the customers have met so far, by workload and second; `follow` adds to it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._met: dict[str, dict[int, Counts]] = {}

    @property
    def now(self) -> datetime:
        """The time of day up to which they were watched."""
        return self._clock.now()

    @property
    def met(self) -> Mapping[str, Seconds]:
        """Every workload that is a customer, with its seconds."""
        return self._met

    def add(self, who: str, at: float, ok: bool) -> None:
        """One request of a workload; the oldest seconds go where there are too many."""
        seconds = self._met.setdefault(who, {})
        second = int(at)
        seconds[second] = seconds.get(second, Counts()).plus(ok)
        if len(seconds) > MOST_SECONDS:
            del seconds[next(iter(seconds))]


class LogApi(Protocol):
    """What is needed of KubeApi."""

    def follow_log(
        self, pod: str, namespace: str, container: str = "", since: datetime | None = None,
        tail: int | None = None,
    ) -> AsyncIterator[str]:  # fmt: skip
        """Lines of a log with their times, also those to come."""


Pods = Callable[[], Iterable[Object]]
"""The pods there are now."""


async def follow(api: LogApi, pods: Pods, customers: Customers, clock: Clock) -> None:
    """Follow the logs of all customers until cancelled; pods may come and go."""
    followed: dict[str, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            wanted = {pod["metadata"]["uid"]: pod for pod in marked(pods())}
            for uid in followed.keys() - wanted.keys():
                followed.pop(uid).cancel()
            for uid in list(wanted.keys() - followed.keys())[: MOST_FOLLOWED - len(followed)]:
                log = PodLog(api, wanted[uid], customers, clock)
                followed[uid] = group.create_task(log.follow(), name=f"live-customers-{uid}")
            await clock.sleep(LOOK)


def marked(pods: Iterable[Object]) -> list[Object]:
    """The customers among the pods that run."""
    return [p for p in pods if _success(p) and p.get("status", {}).get("phase") == "Running"]


def _success(pod: Object) -> str:
    return str((pod["metadata"].get("annotations") or {}).get(ANNOTATION) or "")


class PodLog:
    """The log of one customer, followed; what was read once is not counted again."""

    def __init__(self, api: LogApi, pod: Object, customers: Customers, clock: Clock) -> None:
        meta = pod["metadata"]
        self._api, self._customers, self._clock = api, customers, clock
        self._place = meta["name"], meta["namespace"], pod["spec"]["containers"][0]["name"]
        self._who, self._success = owner(pod)[1], _success(pod)
        self._last: datetime | None = None

    async def follow(self) -> None:
        """Read until cancelled; a log that ends or is refused is asked for again."""
        while True:
            tail = None if self._last else FIRST_LINES
            with suppress(ClusterError):  # whether the cluster answers is told by its heartbeat
                async for line in self._api.follow_log(*self._place, self._last, tail):
                    self._take(line)
            await self._clock.sleep(AGAIN)

    def _take(self, line: str) -> None:
        read = read_line(line, self._success)
        if read is None or (self._last and read[0] <= self._last):
            return
        self._last, ok = read
        self._customers.add(self._who, self._last.timestamp(), ok)


def read_line(line: str, success: str) -> tuple[datetime, bool] | None:
    """When a line was written, and whether it tells of a success; None for no request.

    The line begins with its time in RFC 3339, as the API gives it with `timestamps=true`.
    """
    stamp, _, text = line.strip().partition(" ")
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    if not text.strip():
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), success in text
