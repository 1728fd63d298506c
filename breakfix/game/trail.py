"""The learner's own trail on the cluster: what they looked at and what they changed.

From the API audit log where there is one, and from the commands typed in breakfix's shell,
which the shell writes down line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from breakfix.clusters.audit import is_learners
from breakfix.clusters.base import AuditEvent, Cluster
from breakfix.game.looks import Look, kubectls, looks_of, same, saw
from breakfix.scenario.spec import Hint

NOT_A_CHANGE = ("exec", "ephemeralcontainers", "attach", "portforward", "log", "token")
REVIEWS = ("selfsubjectaccessreviews", "subjectaccessreviews", "selfsubjectrulesreviews",
           "tokenreviews", "selfsubjectreviews", "localsubjectaccessreviews")  # fmt: skip

NEVER_SEEN = ("explanation", "solution")
"""Rungs that tell what no look at the cluster can."""
BY_COMMAND = timedelta(seconds=-1), timedelta(seconds=4)
"""How long before and after the whole second of a typed command its requests come."""


@dataclass(frozen=True)
class Trail:
    """What is known of the learner's doings: `audit` is None where there is no log;
    `namespace` is the one of the shell, meant where a command names none."""

    audit: tuple[AuditEvent, ...] | None
    commands: tuple[tuple[datetime, str], ...]
    namespace: str = "default"

    def looked(self, hints: Sequence[Hint]) -> dict[int, datetime]:
        """For each hint (by index) that the learner has followed unasked: since when. Where a
        hint looks at several things, those of its kind of evidence must have been seen, or
        all where none is of that kind."""
        found: dict[int, datetime] = {}
        for index, hint in enumerate(hints):
            if hint.evidence in NEVER_SEEN:
                continue
            looks = looks_of(hint.run, self.namespace)
            told = [look for look in looks if look.how == hint.evidence]
            moments = [self._first(look) for look in told or looks]
            seen = [moment for moment in moments if moment is not None]
            if seen and len(seen) == len(moments):
                found[index] = max(seen)
        return found

    def _first(self, look: Look) -> datetime | None:
        asked = (e.at for e in self.audit or () if saw(look, e) and self._on_purpose(look, e))
        typed = (at for at, command in self.commands if self._looks(look, command))
        return min((*islice(asked, 1), *islice(typed, 1)), default=None)

    def _on_purpose(self, look: Look, event: AuditEvent) -> bool:
        """Not merely a request that another command needed: `kubectl logs deploy/x` reads the
        deployment. Where no command was typed just before, the log is trusted."""
        before, after = BY_COMMAND
        near = [c for at, c in self.commands if before <= event.at - at <= after and kubectls(c)]
        return not near or any(self._looks(look, command) for command in near)

    def _looks(self, look: Look, command: str) -> bool:
        return any(same(look, other) for other in looks_of(command, self.namespace))

    def changes(self) -> list[AuditEvent]:
        """The learner's successful writes, oldest first; none where there is no log."""
        return [e for e in self.audit or () if is_change(e)]


def is_change(event: AuditEvent) -> bool:
    """A write that went through and was more than looking from inside."""
    went_through = event.code < 400  # noqa: PLR2004 - HTTP's border
    asks = event.resource in REVIEWS or event.subresource in NOT_A_CHANGE
    return event.writes and went_through and not asks and "dryRun" not in event.uri


async def read_trail(cluster: Cluster, since: datetime, commands: Path, namespace: str) -> Trail:
    """The trail since the clock started. Raises ClusterError where nothing answers."""
    events = await cluster.audit_since(since)
    audit = None if events is None else tuple(e for e in events if is_learners(e))
    return Trail(audit, _typed(commands, since), namespace)


def _typed(path: Path, since: datetime) -> tuple[tuple[datetime, str], ...]:
    """Lines of `SECONDS<space>COMMAND` since then; damaged lines are passed over."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        stamp, _, command = line.partition(" ")
        if stamp.isdecimal():
            found.append((datetime.fromtimestamp(int(stamp), UTC), command))
    return tuple((at, command) for at, command in found if at >= since.replace(microsecond=0))
