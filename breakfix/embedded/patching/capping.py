"""At most ten entries of updates: the oldest ones of a version become one."""

from __future__ import annotations

from breakfix.embedded.patching.entries import Entry, Managed, Manager
from breakfix.embedded.patching.nodes import union

MOST_UPDATERS = 10
_BUCKET = "ancient-changes"


def capped(managed: Managed) -> Managed:
    """The entries, with the oldest updaters joined where they are too many."""
    updaters = [m for m in managed if m.operation != "Apply"]
    surplus = len(updaters) - MOST_UPDATERS
    if surplus <= 0:
        return managed
    updaters.sort(key=lambda m: (managed[m].time, m.text()))
    first: dict[str, Manager] = {}
    for manager in updaters:
        if surplus <= 0:
            break
        version = managed[manager].api_version
        if version in first:
            _pour(managed, first[version], manager, version)
            surplus -= 1
        else:
            first[version] = manager
    return managed


def _pour(managed: Managed, first: Manager, manager: Manager, version: str) -> None:
    """Move an entry into its version's bucket, which starts as the oldest of them."""
    bucket = Manager(_BUCKET, "Update", version, "")
    if bucket not in managed:
        managed[bucket] = managed.pop(first)
    entry = managed.pop(manager) if manager != bucket else managed[bucket]
    fields = union(entry.fields, managed[bucket].fields)
    managed[bucket] = Entry(fields, version, entry.time)
