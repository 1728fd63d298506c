"""The difference that an error about an immutable spec shows."""

from __future__ import annotations

from difflib import unified_diff

from breakfix.embedded.objects import Object
from breakfix.embedded.schema.internal import indented, internal


def spec_diff(struct: str, old: Object, new: Object) -> str:
    """A unified diff of both as indented JSON of a struct, as "core.PodSpec"."""
    before, after = (indented(internal(struct, each)) for each in (old, new))
    lines = unified_diff(before, after, lineterm="", n=3)
    return "".join(f"{line}\n" for line in list(lines)[2:])
