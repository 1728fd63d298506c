"""The scale subresource: autoscaling/v1 Scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from breakfix.embedded import selectors
from breakfix.embedded.errors import bad_request, conflict, invalid
from breakfix.embedded.fields import invalid as invalid_field
from breakfix.embedded.kinds.checks import NEGATIVE
from breakfix.embedded.objects import Object, name_of

_KEPT = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(item: Object) -> Object:
    """The Scale of a Deployment, ReplicaSet, StatefulSet or ReplicationController."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    found, selector = status.get("replicas", 0), _selector(spec.get("selector"))
    return scale_with(item, spec.get("replicas", 1), found, selector)


def scale_with(item: Object, wanted: int, found: int, selector: str) -> Object:
    """The Scale of an object with so many replicas."""
    status: Object = {"replicas": found} | ({"selector": selector} if selector else {})
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {k: item["metadata"][k] for k in _KEPT if k in item["metadata"]},
        "spec": {"replicas": wanted} if wanted else {},
        "status": status,
    }


def _selector(selector: Any) -> str:
    """A map's (of a ReplicationController) or a LabelSelector's text."""
    selector = selector or {}
    if "matchLabels" in selector or "matchExpressions" in selector:
        return selectors.as_text(selector)
    return ",".join(f"{k}={v}" for k, v in sorted(selector.items()))


def set_replicas(item: Object, replicas: int) -> None:
    """What a write to the scale of a workload changes."""
    item["spec"]["replicas"] = replicas


def write_scale(
    item: Object, scale: Object, resource: str,
    put: Callable[[Object, int], None] = set_replicas,
) -> Object:  # fmt: skip
    """`item`, which is changed, with what a client wrote to its scale. Raises StatusError."""
    if scale.get("kind", "Scale") != "Scale":
        raise bad_request(f"expected input object type to be Scale, but {scale['kind']}")
    metadata, replicas = scale.get("metadata") or {}, (scale.get("spec") or {}).get("replicas") or 0
    if replicas < 0:
        wrong = [invalid_field("spec.replicas", replicas, NEGATIVE)]
        raise invalid("Scale", "autoscaling", name_of(item), wrong)
    _check_uid(item, metadata.get("uid", ""), resource)
    item["metadata"].pop("resourceVersion", None)
    if version := metadata.get("resourceVersion", ""):
        item["metadata"]["resourceVersion"] = version
    put(item, replicas)
    return item


def _check_uid(item: Object, asked: str, resource: str) -> None:
    uid = item["metadata"].get("uid", "")
    if asked and asked != uid:
        why = f"Precondition failed: UID in precondition: {asked}, UID in object meta: {uid}"
        raise conflict(f"{resource}/scale", name_of(item), why)
