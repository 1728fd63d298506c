"""Objects as a meta.k8s.io/v1 Table: what `kubectl get` prints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Literal

from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.tables.columns import columns_of
from breakfix.embedded.tables.partial import META, list_meta, partial

Cells = Callable[[Object, datetime], list[Any]]
Include = Literal["Metadata", "Object", "None"]
Custom = tuple[list[Object], Callable[[Object], list[Any]]]  # columns, and one object's cells


@cache
def _cells() -> dict[str, Cells]:
    from breakfix.embedded.tables import control, hpa, network, others, pods, storage, workloads

    return {
        "pods": pods.cells,
        "horizontalpodautoscalers.autoscaling": hpa.cells,
        **workloads.CELLS, **network.CELLS, **storage.CELLS, **control.CELLS, **others.CELLS,
    }  # fmt: skip


def _default(item: Object, now: datetime) -> list[Any]:
    """A kind without a printer: its name, and the moment of its creation."""
    del now
    return [name_of(item), item["metadata"].get("creationTimestamp")]


def table(
    resource: Resource, items: list[Object], *, now: datetime, include: Include = "Metadata",
    version: str, continue_: str = "", remaining: int | None = None, custom: Custom | None = None,
    headers: bool = True, api_version: str = META, key: str = "",
) -> Object:  # fmt: skip
    """The Table of some objects.

    `version` is the list's (or the one object's) resourceVersion; `custom` has a custom
    resource's columns and cells; a watch asks for `headers` only in its first event; `key`
    names another printer than the resource's ("scale").
    """
    key = key or resource.key
    columns, cells = custom or (columns_of(key), _bound(key, now))
    return {
        "kind": "Table",
        "apiVersion": api_version,
        "metadata": list_meta(version, continue_, remaining),
        "columnDefinitions": columns if headers else None,
        "rows": [
            _row(key, item, cells(item), _shown(resource, item, include, api_version))
            for item in _sorted(key, items)
        ],
    }


def _bound(key: str, now: datetime) -> Callable[[Object], list[Any]]:
    cells = _cells().get(key, _default)
    return lambda item: cells(item, now)


def _sorted(key: str, items: list[Object]) -> list[Object]:
    """Flow schemas come in the order in which they are tried."""
    if not key.startswith("flowschemas."):
        return items
    return sorted(items, key=lambda i: (i["spec"].get("matchingPrecedence", 0), name_of(i)))


def _row(key: str, item: Object, cells: list[Any], shown: Object | None) -> Object:
    row: Object = {"cells": cells, "object": shown}
    if key == "pods":
        from breakfix.embedded.tables.pods import row_conditions

        if conditions := row_conditions(item):
            row["conditions"] = conditions
    return row


def _shown(resource: Resource, item: Object, include: Include, api_version: str) -> Object | None:
    if include == "None":
        return None
    if include == "Object":
        return {"kind": resource.kind, "apiVersion": resource.api_version} | item
    return partial(item, api_version)
