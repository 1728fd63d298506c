"""Nothing is created in a namespace that is not there or is about to go."""

from __future__ import annotations

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.client import Reader
from breakfix.embedded.errors import StatusError, forbidden, not_found

IMMORTAL = frozenset({"default", "kube-system", "kube-public"})
# asking about a namespace must not tell whether it is there
_REVIEWS = frozenset({"localsubjectaccessreviews.authorization.k8s.io"})


class NamespaceLifecycle(Plugin):
    """Refuses writes into missing and terminating namespaces."""

    name = "NamespaceLifecycle"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def mutate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403 and 404."""
        if request.key == "namespaces":
            if request.operation == "DELETE" and request.name in IMMORTAL:
                raise forbidden("namespaces", request.name, "this namespace may not be deleted")
            return
        outside = not request.namespace or request.key in _REVIEWS
        if outside or request.operation == "DELETE":
            return
        namespace = self._reader.get("namespaces", request.namespace)
        if namespace is None:
            raise not_found("namespaces", request.namespace)
        phase = (namespace.get("status") or {}).get("phase")
        if request.operation == "CREATE" and phase == "Terminating":
            raise _terminating(request)


def _terminating(request: AdmissionRequest) -> StatusError:
    where = request.namespace
    why = f"unable to create new content in namespace {where} because it is being terminated"
    error = request.forbidden(why)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {where} is being terminated",
        "field": "metadata.namespace",
    }
    error.details = {**error.details, "causes": [cause]}
    return error
