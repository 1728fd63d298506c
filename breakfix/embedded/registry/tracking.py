"""Who owns which fields of a written object."""

from __future__ import annotations

from datetime import datetime

from breakfix.embedded.objects import Object, clone
from breakfix.embedded.patching import managed
from breakfix.embedded.patching.resetting import reset_fields
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.keeping import has_status
from breakfix.embedded.registry.served import Served
from breakfix.embedded.schema.encoding import settle


def track(
    served: Served, asked: Asked, item: Object, old: Object | None, operation: str, now: datetime
) -> None:
    """Note who owns which fields now, before admission and the strategy add theirs: nobody
    owns those. An apply has worked that out already; a binding is not tracked."""
    if operation == "Apply" or asked.subresource == "binding":
        return
    shown = _as_written(served, item, old)
    entries = managed.after_write(
        shown, old, asked.manager, operation, item["apiVersion"], asked.subresource,
        now, served.fields,
        reset_fields(served.key, asked.subresource, has_status(served)),
    )  # fmt: skip
    if entries:
        item["metadata"]["managedFields"] = entries
    else:
        item["metadata"].pop("managedFields", None)


def settled(served: Served, item: Object, old: Object | None = None) -> None:
    """Write it as a real server would; what is the very same as before is so already."""
    if served.schema is not None and not served.resource.custom:
        settle(served.schema, item, old or {})


def _as_written(served: Served, item: Object, old: Object | None) -> Object:
    """A settled copy, to see who owns what. What is the very same as before is not copied, nor
    are entries of managedFields that are those of before: they are most of an object."""
    if old is None:
        found: Object = clone(item)
        settled(served, found)
        return found
    same = {k: v for k, v in item.items() if v is old.get(k) and k != "metadata"}
    meta = item["metadata"]
    entries = meta.get("managedFields")
    kept = bool(entries) and entries == old["metadata"].get("managedFields")
    if kept:
        meta = {k: v for k, v in meta.items() if k != "managedFields"}
    found = clone({**{k: v for k, v in item.items() if k not in same}, "metadata": meta}) | same
    settled(served, found, old)
    if kept:
        found["metadata"]["managedFields"] = entries
    return found
