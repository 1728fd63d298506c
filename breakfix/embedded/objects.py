"""Kubernetes objects as plain JSON dictionaries, and the few things everyone asks of them.

An object that came out of the store belongs to everybody and is never changed in place:
`clone` it first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

Object = dict[str, Any]


def clone(item: Any) -> Any:
    """A deep copy of a JSON value."""
    return orjson.loads(orjson.dumps(item))


def name_of(item: Object) -> str:
    """metadata.name, or nothing."""
    name: str = item["metadata"].get("name", "")
    return name


def namespace_of(item: Object) -> str:
    """metadata.namespace, or nothing."""
    namespace: str = item["metadata"].get("namespace", "")
    return namespace


def labels_of(item: Object) -> dict[str, str]:
    """metadata.labels, never None."""
    return item["metadata"].get("labels") or {}


def annotations_of(item: Object) -> dict[str, str]:
    """metadata.annotations, never None."""
    return item["metadata"].get("annotations") or {}


def controller_of(item: Object) -> Object | None:
    """The ownerReference that is the managing controller."""
    for reference in item["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            found: Object = reference
            return found
    return None


def is_going(item: Object) -> bool:
    """Has its deletion been asked for?"""
    return "deletionTimestamp" in item["metadata"]


def timestamp(at: datetime) -> str:
    """metav1.Time: RFC 3339 in UTC, to the second."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def micro_timestamp(at: datetime) -> str:
    """metav1.MicroTime: RFC 3339 in UTC, to the microsecond."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def parse_time(text: str) -> datetime:
    """The moment that a metav1.Time or MicroTime tells. Raises ValueError."""
    return datetime.fromisoformat(text)


def condition(item: Object, kind: str) -> Object | None:
    """The entry of status.conditions of this type."""
    conditions = (item.get("status") or {}).get("conditions") or []
    return next((c for c in conditions if c.get("type") == kind), None)
