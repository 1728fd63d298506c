"""Finalizers of custom resources need no domain, but should have one."""

from __future__ import annotations

from breakfix.embedded.objects import Object

_STANDARD = frozenset(("orphan", "foregroundDeletion", "kubernetes"))


def finalizer_warnings(item: Object, old: Object | None) -> list[str]:
    """What a client is told of the finalizers that an object begins to have."""
    found = item["metadata"].get("finalizers") or []
    before = (old["metadata"].get("finalizers") or []) if old else []
    return [
        _warning(name)
        for name in found
        if "/" not in name and name not in _STANDARD and name not in before
    ]


def _warning(name: str) -> str:
    including = " including a path (/)" if "." in name else ""
    return (
        f'metadata.finalizers: "{name}": prefer a domain-qualified finalizer name{including} '
        "to avoid accidental conflicts with other finalizer writers"
    )
