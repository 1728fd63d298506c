"""The scale subresource of the built-in workloads: autoscaling/v1 Scale."""

from __future__ import annotations

from typing import Any

from breakfix.embedded import selectors
from breakfix.embedded.errors import bad_request, conflict, invalid
from breakfix.embedded.fields import FieldError
from breakfix.embedded.fields import invalid as invalid_field
from breakfix.embedded.kinds.checks import NEGATIVE
from breakfix.embedded.objects import Object, name_of

_PLURALS = {
    "Deployment": "deployments.apps",
    "ReplicaSet": "replicasets.apps",
    "StatefulSet": "statefulsets.apps",
    "ReplicationController": "replicationcontrollers",
}
SCALABLE = frozenset(_PLURALS.values())
_KEPT = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(item: Object) -> Object:
    """The Scale of a Deployment, ReplicaSet, StatefulSet or ReplicationController."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    seen: Object = {"replicas": status.get("replicas", 0)}
    if selector := _selector(spec.get("selector")):
        seen["selector"] = selector
    wanted = spec.get("replicas", 1)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {k: item["metadata"][k] for k in _KEPT if k in item["metadata"]},
        "spec": {"replicas": wanted} if wanted else {},
        "status": seen,
    }


def _selector(selector: Any) -> str:
    """A map's (of a ReplicationController) or a LabelSelector's text."""
    selector = selector or {}
    if "matchLabels" in selector or "matchExpressions" in selector:
        return selectors.as_text(selector)
    return ",".join(f"{k}={v}" for k, v in sorted(selector.items()))


def with_scale(item: Object, scale: Object) -> Object:
    """The workload with what a client wrote to its scale. Raises StatusError."""
    resource = _PLURALS.get(item.get("kind", ""), "")
    plural, dot, group = resource.partition(".")
    named = f"{plural}/scale" if not dot else f"{plural}.{group}/scale"
    if scale.get("kind", "Scale") != "Scale":
        raise bad_request(f"expected input object type to be Scale, but {scale['kind']}")
    errors = validate_scale(scale)
    if errors:
        raise invalid("Scale", "autoscaling", name_of(item), errors)
    metadata, uid = scale.get("metadata") or {}, item["metadata"].get("uid", "")
    asked = metadata.get("uid", "")
    if asked and asked != uid:
        why = f"Precondition failed: UID in precondition: {asked}, UID in object meta: {uid}"
        raise conflict(named, name_of(item), why)
    kept = dict(item["metadata"])
    version = metadata.get("resourceVersion", "")
    if version:
        kept["resourceVersion"] = version
    else:
        kept.pop("resourceVersion", None)
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    return {**item, "metadata": kept, "spec": {**item["spec"], "replicas": replicas}}


def validate_scale(scale: Object) -> list[FieldError]:
    """What is wrong with a Scale."""
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    return [invalid_field("spec.replicas", replicas, NEGATIVE)] if replicas < 0 else []
