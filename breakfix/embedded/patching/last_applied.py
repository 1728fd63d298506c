"""The annotation of client-side apply, as the server treats it for the manager "kubectl"."""

from __future__ import annotations

import orjson

from breakfix.embedded.objects import Object, annotations_of
from breakfix.embedded.patching.comparing import changes
from breakfix.embedded.patching.conflicts import Conflicts
from breakfix.embedded.patching.merging import stated
from breakfix.embedded.patching.nodes import Node, difference
from breakfix.embedded.patching.shapes import FieldSetError, Shape

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
_LARGEST = 256 * 1024  # bytes of all annotations


def still_in_conflict(conflicts: Conflicts, live: Object, shape: Shape) -> Conflicts:
    """Without those about fields that were applied client-side and are still so."""
    applied = _still_as_applied(live, shape)
    left = {m: difference(node, applied) for m, node in conflicts.items()}
    return {m: node for m, node in left.items() if node}


def _still_as_applied(live: Object, shape: Shape) -> Node:
    text = annotations_of(live).get(ANNOTATION, "")
    try:
        applied = orjson.loads(text)
        if applied["apiVersion"] != live.get("apiVersion"):
            return {}
        changed, removed = changes(applied, live, shape)
        fields = difference(stated(applied, shape), changed or {})
        return difference(fields, removed or {})
    except (orjson.JSONDecodeError, KeyError, TypeError, FieldSetError):
        return {}


def follow(item: Object, patch: Object) -> None:
    """Keep the annotation of an object that has one in step with what is applied."""
    annotations = (item.get("metadata") or {}).get("annotations") or {}
    if not annotations.get(ANNOTATION):
        return
    metadata = dict(patch.get("metadata") or {})
    told = {k: v for k, v in (metadata.get("annotations") or {}).items() if k != ANNOTATION}
    if metadata.pop("annotations", None) is not None and told:
        metadata["annotations"] = told
    found = orjson.dumps(patch | {"metadata": metadata}, option=orjson.OPT_SORT_KEYS)
    annotations[ANNOTATION] = found.decode() + "\n"
    if sum(len(k.encode()) + len(v.encode()) for k, v in annotations.items()) > _LARGEST:
        del annotations[ANNOTATION]
