"""Server-side apply: an object merged into the stored one, by who owns which field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from breakfix.embedded.objects import Object, clone
from breakfix.embedded.patching import last_applied
from breakfix.embedded.patching.conflicts import Conflicts, apply_conflict
from breakfix.embedded.patching.entries import Entry, Managed, decode, encode
from breakfix.embedded.patching.managed import Writer, compare, writer_of
from breakfix.embedded.patching.merging import merged, stated
from breakfix.embedded.patching.nodes import (
    Node,
    difference,
    intersection,
    union,
    without_trees,
)
from breakfix.embedded.patching.pruning import pruned, without_nulls
from breakfix.embedded.patching.refusing import check_kind, check_type, untypable
from breakfix.embedded.patching.shapes import FieldSetError, Shape, shape_of
from breakfix.embedded.schema.types import Schema

_SERVED: Node = {
    "f:apiVersion": {}, "f:kind": {},
    "f:metadata": {".": {}} | {f"f:{name}": {} for name in (
        "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName",
        "generation", "managedFields", "resourceVersion",
    )},
}  # fmt: skip


@dataclass(frozen=True)
class Applied:
    """The merged object, before defaults and without managedFields; and those."""

    object: Object
    managed_fields: list[Object]


@dataclass(frozen=True)
class _Request:
    live: Object
    patch: Object
    shape: Shape
    writer: Writer
    reset_fields: Node | None


def server_side_apply(
    live: Object | None, patch: Object, manager: str, force: bool, schema: Schema | None,
    api_version: str, subresource: str, time: datetime | str,
    reset_fields: Node | None = None, kind: str = "",
) -> Applied:  # fmt: skip
    """`patch` as `manager` applies it; `live` is None where it creates the object.

    Raises StatusError: 409 for fields that others own, 400 for another kind or version,
    500 (as Kubernetes does) for a patch that does not fit the schema.
    """
    check_kind(patch, api_version, kind or str((live or patch).get("kind", "")))
    writer = writer_of(manager, api_version, subresource, time)
    shape = shape_of(schema)
    check_type(patch, shape)
    base = live or {"apiVersion": api_version, "kind": patch["kind"]}
    entries = (base.get("metadata") or {}).get("managedFields") or []
    request = _Request(_bare(base), patch, shape, writer, reset_fields)
    try:
        managed = decode(entries) or _before_first_apply(request, live)
        return _answer(request, managed, live, force)
    except FieldSetError as error:
        raise untypable(patch, str(error)) from error


def _answer(request: _Request, managed: Managed, live: Object | None, force: bool) -> Applied:
    found, owners, conflicts = _apply(request, managed)
    kubectl = request.writer.manager == "kubectl"
    if conflicts and kubectl and not force:
        conflicts = last_applied.still_in_conflict(conflicts, request.live, request.shape)
    if conflicts and not force:
        raise apply_conflict(conflicts)
    out = without_nulls(found) if request.shape.struct else clone(found)
    if kubectl:
        last_applied.follow(out, request.patch)
    if found == request.live and live is not None:
        owners = _with_old_time(owners, managed, request.writer)
    return Applied(out, encode(owners))


def _apply(request: _Request, managed: Managed) -> tuple[Object, Managed, Conflicts]:
    """The object and its owners if the apply is forced, and with whom it is in conflict."""
    me = request.writer.identity("Apply")
    last = managed.get(me)
    mine = stated(request.patch, request.shape)
    if request.reset_fields:
        mine = without_trees(mine, request.reset_fields)
    others = {m: e for m, e in managed.items() if m != me}
    found = merged(request.live, request.patch, request.shape)
    if last is not None and last.fields:
        everyone = mine
        for entry in others.values():
            everyone = union(everyone, entry.fields)
        found = pruned(found, last.fields, mine, everyone, request.shape)
    owners, conflicts = _contested(request, others, found)
    mine = difference(mine, _SERVED)
    if mine:
        owners[me] = Entry(mine, request.writer.api_version, request.writer.time)
    return found, owners, conflicts


def _contested(
    request: _Request, others: Managed, found: Object
) -> tuple[Managed, Conflicts]:  # fmt: skip
    changed, removed = compare(request.live, found, request.shape, request.reset_fields)
    owners: Managed = {}
    conflicts: Conflicts = {}
    for manager, entry in others.items():
        lost = intersection(entry.fields, changed)
        if lost:
            conflicts[manager] = lost
        fields = difference(difference(entry.fields, lost), removed)
        if fields is entry.fields:
            owners[manager] = entry
        elif fields:
            owners[manager] = Entry(fields, entry.api_version, entry.time)
    return owners, conflicts


def _with_old_time(owners: Managed, managed: Managed, writer: Writer) -> Managed:
    """An apply that leaves the object as it is does not move the time of its entry."""
    me = writer.identity("Apply")
    if me in owners:
        last = managed.get(me)
        owners[me] = owners[me]._replace(time=last.time if last else "")
    return owners


def _before_first_apply(request: _Request, live: Object | None) -> Managed:
    """An object without managers: what is there belongs to a manager of that name."""
    if live is None:
        return {}
    changed, _ = compare({}, request.live, request.shape, request.reset_fields)
    if not changed:
        return {}
    writer = request.writer._replace(manager="before-first-apply")
    return {writer.identity("Update"): Entry(changed, writer.api_version, writer.time)}


def _bare(item: Object) -> Object:
    metadata = item.get("metadata")
    if not metadata or "managedFields" not in metadata:
        return item
    return item | {"metadata": {k: v for k, v in metadata.items() if k != "managedFields"}}
