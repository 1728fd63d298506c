"""The resource metrics API, as autoscalers ask it."""

from __future__ import annotations

import orjson

from breakfix.embedded.aggregation.calling import Backends
from breakfix.embedded.aggregation.services import RemoteServices, is_available
from breakfix.embedded.controllers.horizontal_metrics import ABSENT, MetricsUnknownError, Usage
from breakfix.embedded.objects import Object
from breakfix.embedded.quantities import milli
from breakfix.embedded.server.streams.service_calls import UnreachedError, UnresolvedError
from breakfix.embedded.users import controller

PATH = "/apis/metrics.k8s.io/v1beta1"
AUTOSCALER = controller("horizontal-pod-autoscaler")
UNAVAILABLE = "the server is currently unable to handle the request (get pods.metrics.k8s.io)"
_TIMEOUT = 30.0  # s


class ResourceMetrics:
    """What the pods of a namespace use."""

    def __init__(self, services: RemoteServices, backends: Backends) -> None:
        self._services, self._backends = services, backends

    async def __call__(self, namespace: str) -> Usage:
        """By pod and container. Raises MetricsUnknownError."""
        item = self._services.at(PATH)
        if item is None:
            raise MetricsUnknownError(ABSENT)
        if not is_available(item):
            raise MetricsUnknownError(UNAVAILABLE)
        path = f"{PATH}/namespaces/{namespace}/pods"
        try:
            head, body = await self._backends.get(item, path, AUTOSCALER, timeout=_TIMEOUT)
            found = orjson.loads(body)
        except (UnresolvedError, UnreachedError, ValueError):
            raise MetricsUnknownError(UNAVAILABLE) from None
        if head.status != 200 or not isinstance(found, dict):  # noqa: PLR2004
            words = found.get("message", "") if isinstance(found, dict) else ""
            raise MetricsUnknownError(words or UNAVAILABLE)
        return {p["metadata"]["name"]: _used(p) for p in found.get("items") or []}


def _used(pod: Object) -> dict[str, dict[str, int]]:
    return {
        c["name"]: {r: milli(v) for r, v in c["usage"].items()} for c in pod.get("containers") or []
    }
