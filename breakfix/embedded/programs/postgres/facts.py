"""What the server knows that a database does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass
class Facts:
    """For one statement of a session."""

    user: str = "postgres"
    database: str = "postgres"
    databases: Sequence[str] = ()
    roles: Mapping[str, AbstractSet[str]] = field(default_factory=dict)  # with their attributes
    settings: Mapping[str, str] = field(default_factory=dict)
    activity: Sequence[tuple[str, int, str]] = ()  # database, pid, user
    pid: int = 0
    query: str = ""
    now: datetime = _EPOCH  # when the transaction began
    statement: datetime = _EPOCH  # when the statement began
