"""RFC 7386."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.objects import Object


def apply_merge_patch(live: Object, patch: Object) -> Object:
    """A copy of `live` with what the patch says; null takes a member away. Shares parts."""
    out = dict(live)
    for name, value in patch.items():
        if value is None:
            out.pop(name, None)
        elif isinstance(value, dict) and isinstance(out.get(name), dict):
            out[name] = apply_merge_patch(out[name], value)
        else:
            out[name] = _without_nulls(value)
    return out


def _without_nulls(value: Any) -> Any:
    """A value that is new carries no members that are null."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value]
    return value
