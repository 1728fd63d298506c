"""The priority of pods, from their PriorityClass."""

from __future__ import annotations

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, name_of

_CLASSES = "priorityclasses.scheduling.k8s.io"
_COMPUTED = "priority admission controller computed {} from the given PriorityClass name"


class Priority(Plugin):
    """Resolves spec.priorityClassName; only one class is the default."""

    name = "Priority"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def mutate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403."""
        if request.key != "pods" or request.subresource or request.item is None:
            return
        spec = request.item["spec"]
        if request.operation == "CREATE":
            self._resolve(request, spec)
        elif request.operation == "UPDATE" and request.old is not None:
            for name in ("priority", "preemptionPolicy"):
                if spec.get(name) is None and name in request.old["spec"]:
                    spec[name] = request.old["spec"][name]

    def _resolve(self, request: AdmissionRequest, spec: Object) -> None:
        found = self._class_of(request, spec)
        value = found.get("value", 0) if found else 0
        policy = (found or {}).get("preemptionPolicy", "PreemptLowerPriority")
        if found and not spec.get("priorityClassName"):
            spec["priorityClassName"] = name_of(found)
        asked = spec.get("priority")
        if asked is not None and asked != value:
            raise request.forbidden(
                f"the integer value of priority ({asked}) must not be provided in pod spec; "
                + _COMPUTED.format(value)
            )
        spec["priority"] = value
        asked = spec.get("preemptionPolicy")
        if asked is not None and asked != policy:
            raise request.forbidden(
                f"the string value of PreemptionPolicy ({asked}) must not be provided in pod "
                "spec; " + _COMPUTED.format(policy)
            )
        spec["preemptionPolicy"] = policy

    def _class_of(self, request: AdmissionRequest, spec: Object) -> Object | None:
        name = spec.get("priorityClassName")
        if not name:
            return self._default()
        found = self._reader.get(_CLASSES, name)
        if found is None:
            raise request.forbidden(f"no PriorityClass with name {name} was found")
        return found

    def _default(self) -> Object | None:
        marked = [c for c in self._reader.list(_CLASSES) if c.get("globalDefault")]
        return min(marked, key=lambda c: c.get("value", 0), default=None)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403 for a second default."""
        item = request.item
        if request.key != _CLASSES or request.subresource or item is None:
            return
        default = self._default() if item.get("globalDefault") else None
        if default is None:
            return
        if request.operation == "CREATE" or name_of(default) != name_of(item):
            raise request.forbidden(
                f"PriorityClass {name_of(default)} is already marked as default. "
                "Only one default can exist"
            )
