"""What server-side apply answers when somebody else owns a field with another value."""

from __future__ import annotations

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from breakfix.embedded.patching.entries import Manager
from breakfix.embedded.patching.nodes import Node, paths

Conflicts = dict[Manager, Node]


def apply_conflict(conflicts: Conflicts) -> StatusError:
    """409 with a cause for each field."""
    found = sorted(conflicts.items(), key=lambda c: c[0].text())
    pairs = [(manager, path) for manager, node in found for path in paths(node)]
    return StatusError(409, "Conflict", _message(pairs), {"causes": [_cause(*p) for p in pairs]})


def _cause(manager: Manager, path: str) -> Object:
    return {
        "reason": "FieldManagerConflict",
        "message": f"conflict with {manager.shown()}",
        "field": path,
    }


def _message(pairs: list[tuple[Manager, str]]) -> str:
    if len(pairs) == 1:
        manager, path = pairs[0]
        return f"Apply failed with 1 conflict: conflict with {manager.shown()}: {path}"
    lines: list[str] = []
    last = None
    for manager, path in pairs:
        if manager != last:
            lines.append(f"conflicts with {manager.shown()}:")
            last = manager
        lines.append(f"- {path}")
    return f"Apply failed with {len(pairs)} conflicts: " + "\n".join(lines)
