"""Jobs that said how long they want to be seen after their end."""

from __future__ import annotations

from datetime import datetime

from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.job_facts import finished_as
from breakfix.embedded.objects import Object, condition, is_going, parse_time

JOBS = "jobs.batch"


class TTLAfterFinishedController(Controller):
    """The ttl-after-finished controller."""

    name = "ttl-after-finished-controller"

    def watch(self) -> None:
        """Jobs."""
        self.on(JOBS, itself)

    async def sync(self, key: Key) -> None:
        """Delete a Job whose time is over, or come back when it is."""
        job = self.client.get(JOBS, key[1], key[0])
        ttl = job["spec"].get("ttlSecondsAfterFinished") if job else None
        if job is None or ttl is None or is_going(job) or not finished_as(job):
            return
        left = ttl - (self.clock.now() - _end(job)).total_seconds()
        if left > 0:
            self.add_after(key, left)
            return
        uid = job["metadata"]["uid"]
        await self.client.delete(JOBS, key[1], key[0], uid=uid, propagation="Foreground")


def _end(job: Object) -> datetime:
    found = condition(job, finished_as(job)) or {}
    return parse_time(found["lastTransitionTime"])
