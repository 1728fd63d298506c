"""metadata.managedFields: who owns which field, and what a write changes in that."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from breakfix.embedded.objects import Object, timestamp
from breakfix.embedded.patching.capping import capped
from breakfix.embedded.patching.comparing import MISSING, field_change
from breakfix.embedded.patching.entries import (
    Entry,
    Managed,
    Manager,
    decode,
    encode,
    manager_of,
)
from breakfix.embedded.patching.nodes import Node, difference, union, without_trees
from breakfix.embedded.patching.shapes import FieldSetError, Shape, shape_of
from breakfix.embedded.schema.types import Schema

__all__ = ["Writer", "after_write", "compare", "decode", "encode", "manager_of"]

# Nobody owns what the server fills in.
_NOT_OWNED = frozenset({
    "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
    "managedFields", "resourceVersion",
})  # fmt: skip
_HEAD = frozenset({"apiVersion", "kind", "metadata"})


class Writer(NamedTuple):
    """Who writes, how and when."""

    manager: str
    api_version: str
    subresource: str
    time: str

    def identity(self, operation: str) -> Manager:
        """How managedFields tells this manager from others; "unknown" without a name."""
        version = "" if operation == "Apply" else self.api_version
        return Manager(self.manager or "unknown", operation, version, self.subresource)


def writer_of(
    manager: str, api_version: str, subresource: str, time: datetime | str
) -> Writer:  # fmt: skip
    """Who writes. Entries of /scale carry no time, as in Kubernetes."""
    text = time if isinstance(time, str) else timestamp(time)
    return Writer(manager, api_version, subresource, "" if subresource == "scale" else text)


def after_write(
    new: Object, old: Object | None, manager: str, operation: str, api_version: str,
    subresource: str, time: datetime | str, schema: Schema | None,
    reset_fields: Node | None = None,
) -> list[Object]:  # fmt: skip
    """metadata.managedFields of `new` after a create, an update or a patch.

    `new` is what the client wants before admission and what the strategy keeps;
    `reset_fields` are the fields that the strategy takes back anyway, as FieldsV1. An empty
    result means that the object has no managedFields.
    """
    writer = writer_of(manager, api_version, subresource, time)
    kept = _kept(new, old, subresource)
    try:
        managed = decode(kept)
        if not managed and old is not None:
            return []
        changed, removed = compare(old or {}, new, shape_of(schema), reset_fields)
        if not changed and not removed:
            return encode(managed)
        return encode(capped(moved(managed, changed, removed, writer.identity(_kind(operation)),
                                   writer)))  # fmt: skip
    except FieldSetError:
        return []


def _kind(operation: str) -> str:
    return "Apply" if operation == "Apply" else "Update"


def _kept(new: Object, old: Object | None, subresource: str) -> list[Object]:
    """The entries to go on from: the client's where they make sense, else the stored ones."""
    stored: list[Object] = _entries(old) or []
    told = _entries(new)
    if subresource or told is None or told == stored:
        return stored
    if not told or told == [{}]:
        return []
    try:
        return told if decode(told, strict=True) else stored
    except FieldSetError:
        return stored


def _entries(item: Object | None) -> list[Object] | None:
    metadata = (item or {}).get("metadata") or {}
    found: list[Object] | None = metadata.get("managedFields")
    return found


def compare(
    old: Object, new: Object, shape: Shape, reset_fields: Node | None = None
) -> tuple[Node, Node]:
    """What an object's writer added or modified, and what it removed. Raises FieldSetError."""
    changed: Node = {}
    removed: Node = {}
    for name in old.keys() | new.keys():
        if name not in _HEAD:
            _note(changed, removed, name, old, new, shape)
    before, after = {"metadata": _own(old)}, {"metadata": _own(new)}
    _note(changed, removed, "metadata", before, after, shape)
    if reset_fields:
        return without_trees(changed, reset_fields), without_trees(removed, reset_fields)
    return changed, removed


def _own(item: Object) -> Object:
    metadata = item.get("metadata") or {}
    return {k: v for k, v in metadata.items() if k not in _NOT_OWNED}


def _note(
    changed: Node, removed: Node, name: str, old: Object, new: Object, shape: Shape
) -> None:  # fmt: skip
    zero = shape.zeros.get(name, MISSING)
    element, child = shape.child(name)
    found = field_change(old.get(name, zero), new.get(name, zero), child, shape.struct)
    if found[0] is not None:
        changed[element] = found[0]
    if found[1] is not None:
        removed[element] = found[1]


def moved(
    managed: Managed, changed: Node, removed: Node, self: Manager, writer: Writer
) -> Managed:  # fmt: skip
    """The entries after an update: what changed is the writer's, what is gone is nobody's."""
    out: Managed = {}
    for manager, entry in managed.items():
        fields = difference(difference(entry.fields, changed), removed)
        if fields is entry.fields:
            out[manager] = entry
        elif fields:
            out[manager] = Entry(fields, entry.api_version, entry.time)
    if changed:
        previous = out.get(self)
        fields = union(previous.fields, changed) if previous else changed
        out[self] = Entry(fields, writer.api_version, writer.time)
    return out
