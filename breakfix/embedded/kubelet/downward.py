"""What a pod may learn of itself: fields of the pod, and resources of its containers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING

from breakfix.embedded.objects import Object, annotations_of, labels_of, name_of, namespace_of
from breakfix.embedded.quantities import parse


class FieldRefError(Exception):
    """It cannot be had."""


@dataclass(frozen=True)
class Facts:
    """What is known of a pod beyond its object."""

    host: str  # address of the node
    addresses: tuple[str, ...]  # of the pod
    allocatable: Mapping[str, str]  # of the node: the limit of what has none


def field_value(pod: Object, path: str, facts: Facts) -> str:
    """A fieldRef's text. Raises FieldRefError."""
    if path.endswith("']") and "['" in path:
        head, _, key = path[:-2].partition("['")
        source = {"metadata.annotations": annotations_of, "metadata.labels": labels_of}.get(head)
        if source is None:
            raise FieldRefError(f'fieldPath "{path}" does not support subscript')
        return source(pod).get(key, "")
    simple = _fields(pod, facts)
    if path not in simple:
        raise FieldRefError(f"unsupported fieldPath: {path}")
    return simple[path]


def _fields(pod: Object, facts: Facts) -> dict[str, str]:
    spec, meta = pod["spec"], pod["metadata"]
    return {
        "metadata.name": name_of(pod), "metadata.namespace": namespace_of(pod),
        "metadata.uid": meta["uid"], "metadata.labels": map_text(labels_of(pod)),
        "metadata.annotations": map_text(annotations_of(pod)),
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.hostIP": facts.host, "status.hostIPs": facts.host,
        "status.podIP": next(iter(facts.addresses), ""),
        "status.podIPs": ",".join(facts.addresses),
    }  # fmt: skip


def map_text(found: Mapping[str, str]) -> str:
    """Lines of key="value", by key."""
    return "\n".join(f"{k}={json.dumps(found[k], ensure_ascii=False)}" for k in sorted(found))


def resource_value(pod: Object, container: Object, ref: Object, facts: Facts) -> str:
    """A resourceFieldRef's text. Raises FieldRefError."""
    if name := ref.get("containerName"):
        spec = pod["spec"]
        every = [*(spec.get("initContainers") or []), *spec["containers"]]
        named = next((c for c in every if c["name"] == name), None)
        if named is None:
            raise FieldRefError(f"container {name} not found")
        container = named
    kind, _, resource = str(ref.get("resource", "")).partition(".")
    if kind not in ("limits", "requests"):
        raise FieldRefError(f"unsupported container resource : {ref.get('resource')}")
    known = (container.get("resources") or {}).get(kind) or {}
    text = known.get(resource)
    if text is None:
        text = facts.allocatable.get(resource, "0") if kind == "limits" else "0"
    divisor = parse(ref.get("divisor") or "1") or parse("1")
    return str((parse(text) / divisor).to_integral_value(rounding=ROUND_CEILING))
