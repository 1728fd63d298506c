"""What server-side apply refuses before it looks at the stored object."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.errors import StatusError, bad_request
from breakfix.embedded.objects import Object
from breakfix.embedded.patching.shapes import Shape
from breakfix.embedded.patching.typed import type_errors


def check_kind(patch: Object, api_version: str, kind: str) -> None:
    """Is the patch of the kind that its path serves? Raises StatusError 400."""
    found, version = patch.get("kind", ""), str(patch.get("apiVersion", ""))
    if not found or not version:
        what = "kind" if not found else "apiVersion"
        raise bad_request(f"Object '{'Kind' if what == 'kind' else what}' is missing")
    if (found, version) != (kind, api_version):
        raise bad_request(f"invalid object type: {_kind_text(patch)}")
    if "managedFields" in (patch.get("metadata") or {}):
        raise bad_request("metadata.managedFields must be nil")


def _kind_text(item: Object) -> str:
    group, _, version = str(item.get("apiVersion", "")).rpartition("/")
    return f"{group}/{version}, Kind={item.get('kind', '')}"


def check_type(patch: Object, shape: Shape) -> None:
    """Does the patch fit its schema? Raises StatusError."""
    errors = type_errors(patch, shape)
    if len(errors) == 1:
        raise untypable(patch, errors[0])
    if errors:
        raise untypable(patch, "errors:\n" + "\n".join(f"  {e}" for e in errors))


def untypable(patch: Object, why: str) -> StatusError:
    """500, as Kubernetes answers a patch that its schema cannot read."""
    metadata: Any = patch.get("metadata") or {}
    name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    return StatusError(
        500, "", f"failed to create typed patch object ({name}; {_kind_text(patch)}): {why}"
    )
