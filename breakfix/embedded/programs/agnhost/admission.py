"""Admission: what a webhook reads of a request, and its answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

Object = dict[str, Any]
Admit = Callable[[Object], Awaitable[Object]]
LABEL = "webhook-e2e-test"


def allowed() -> Object:
    """It may be."""
    return {"allowed": True}


def denied(**status: Any) -> Object:
    """It may not, for this reason."""
    return {"allowed": False, "status": {"metadata": {}, **status}}


def patched(operation: str, path: str, value: Any) -> Object:
    """It may be, with this change."""
    patch = [{"op": operation, "path": path, "value": value}]
    data = base64.b64encode(json.dumps(patch).encode()).decode()
    return {"allowed": True, "patch": data, "patchType": "JSONPatch"}


def subject(request: Object) -> Object:
    """The object; the one that goes, where it is deleted."""
    key = "oldObject" if request.get("operation") == "DELETE" else "object"
    return part(request, key)


def labels(item: Object) -> Object:
    """Of an object."""
    return part(item, "metadata", "labels")


def part(item: Object, *names: str) -> Object:
    """What is under these names; {} where it is not there."""
    found = item
    for name in names:
        found = found.get(name) or {}
    return found
