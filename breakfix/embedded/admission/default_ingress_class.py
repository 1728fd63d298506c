"""An Ingress that names no class gets the default one."""

from __future__ import annotations

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import annotations_of, name_of

_DEFAULT = "ingressclass.kubernetes.io/is-default-class"
_ANNOTATION = "kubernetes.io/ingress.class"


class DefaultIngressClass(Plugin):
    """Fills in spec.ingressClassName."""

    name = "DefaultIngressClass"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def mutate(self, request: AdmissionRequest) -> None:
        """At creation; of several defaults the newest, then the first by name."""
        item = request.item
        creates = request.operation == "CREATE" and not request.subresource
        if request.key != "ingresses.networking.k8s.io" or not creates or item is None:
            return
        spec = item.setdefault("spec", {})
        if spec.get("ingressClassName") is not None or _ANNOTATION in annotations_of(item):
            return
        classes = self._reader.list("ingressclasses.networking.k8s.io")
        marked = [c for c in classes if annotations_of(c).get(_DEFAULT) == "true"]
        marked.sort(key=name_of)
        if marked:
            newest = max(marked, key=lambda c: c["metadata"].get("creationTimestamp", ""))
            spec["ingressClassName"] = name_of(newest)
