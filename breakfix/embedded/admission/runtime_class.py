"""What a pod takes from its RuntimeClass: overhead and where it may run."""

from __future__ import annotations

from breakfix.embedded import quantities
from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object

_MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
_UNASKED = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


class RuntimeClass(Plugin):
    """Resolves spec.runtimeClassName."""

    name = "RuntimeClass"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def mutate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403."""
        found = self._class_of(request)
        if found is None or request.item is None:
            return
        spec = request.item["spec"]
        overhead = (found.get("overhead") or {}).get("podFixed")
        if overhead is not None:
            if spec.get("overhead") and not _same(spec["overhead"], overhead):
                raise request.forbidden(_MISMATCH)
            spec["overhead"] = dict(overhead)
        _schedule(request, spec, found.get("scheduling") or {})

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403."""
        if not _concerns(request) or request.item is None:
            return
        asked = request.item["spec"].get("overhead")
        if asked is None and not request.item["spec"].get("runtimeClassName"):
            return
        found = self._class_of(request) or {}
        overhead = (found.get("overhead") or {}).get("podFixed")
        if overhead is None and asked is not None:
            raise request.forbidden(_UNASKED)
        if overhead is not None and not _same(asked or {}, overhead):
            raise request.forbidden(_MISMATCH)

    def _class_of(self, request: AdmissionRequest) -> Object | None:
        if not _concerns(request) or request.item is None:
            return None
        name = request.item["spec"].get("runtimeClassName")
        if name is None:
            return None
        found = self._reader.get("runtimeclasses.node.k8s.io", name)
        if found is None:
            raise request.forbidden(f'pod rejected: RuntimeClass "{name}" not found')
        return found


def _concerns(request: AdmissionRequest) -> bool:
    return request.key == "pods" and request.operation == "CREATE" and not request.subresource


def _same(left: Object, right: Object) -> bool:
    return {k: quantities.parse(v) for k, v in left.items()} == {
        k: quantities.parse(v) for k, v in right.items()
    }


def _schedule(request: AdmissionRequest, spec: Object, scheduling: Object) -> None:
    nodes = dict(spec.get("nodeSelector") or {})
    for key, value in (scheduling.get("nodeSelector") or {}).items():
        if nodes.setdefault(key, value) != value:
            raise request.forbidden(
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {nodes[key]}"
            )
    if nodes:
        spec["nodeSelector"] = nodes
    tolerations = spec.get("tolerations") or []
    added = [t for t in scheduling.get("tolerations") or [] if t not in tolerations]
    if added:
        spec["tolerations"] = [*tolerations, *added]
