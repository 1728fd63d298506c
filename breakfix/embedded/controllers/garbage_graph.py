"""What the garbage collector keeps of each object that owns or is owned."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from breakfix.embedded.objects import Object

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"


@dataclass(frozen=True, slots=True)
class Node:
    """Where an object is, and for each owner's uid, whether it blocks the owner's deletion."""

    resource: str
    namespace: str
    name: str
    owners: dict[str, bool]


def references_of(item: Object) -> list[Object]:
    """metadata.ownerReferences, never None."""
    return item["metadata"].get("ownerReferences") or []


def finalizers_of(item: Object) -> list[str]:
    """metadata.finalizers, never None."""
    return item["metadata"].get("finalizers") or []


def blocks(reference: Object) -> bool:
    """Must the owner, deleted in the foreground, wait for this one?"""
    return bool(reference.get("blockOwnerDeletion"))


def without_owners(item: Object, uids: Container[str]) -> list[Object] | None:
    """The references that are left, as a merge patch says it."""
    return [r for r in references_of(item) if r["uid"] not in uids] or None
