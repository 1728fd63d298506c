"""metrics.k8s.io/v1beta1 as metrics-server serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl

import orjson

from breakfix.embedded import quantities, selectors
from breakfix.embedded.csi.api import Api
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, labels_of, name_of, namespace_of, timestamp
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.metrics_server.store import Store, Usage
from breakfix.embedded.server.paths import RequestInfo

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
API_VERSION = f"{GROUP}/{VERSION}"
KINDS = {"nodes": "NodeMetrics", "pods": "PodMetrics"}
Now = Callable[[], datetime]


def json(item: Object, status: int = 200) -> Response:
    """A response."""
    return Response([("Content-Type", "application/json")], orjson.dumps(item), status)


def refused(error: StatusError) -> Response:
    """Its Status."""
    return json({**error.status(), "apiVersion": "v1"}, error.code)


def duration(seconds: float) -> str:
    """As Go's Duration: "15.02s", "1m0s"."""
    minutes, rest = divmod(round(seconds, 3), 60)
    text = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{int(minutes)}m{text}" if minutes else text


def amounts(cpu: float, memory: float) -> Object:
    """Cores and bytes as quantities."""
    nano = Decimal(int(cpu * 1e9)).scaleb(-9)
    return {
        "cpu": quantities.show(nano),
        "memory": quantities.show(Decimal(int(memory)), "BinarySI"),
    }


def discovered(path: str) -> Object | None:
    """The documents of discovery; None where there is none."""
    preferred = {"groupVersion": API_VERSION, "version": VERSION}
    group = {"name": GROUP, "versions": [preferred], "preferredVersion": preferred}
    match [p for p in path.split("/") if p]:
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]}
        case ["apis", "metrics.k8s.io"]:
            return {"kind": "APIGroup", "apiVersion": "v1", **group}
        case ["apis", "metrics.k8s.io", "v1beta1"]:
            found = [
                {"name": plural, "singularName": "", "namespaced": plural == "pods", "kind": kind,
                 "verbs": ["get", "list"]}
                for plural, kind in KINDS.items()
            ]  # fmt: skip
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": API_VERSION,
                    "resources": found}  # fmt: skip
        case []:
            own = ("/apis", f"/apis/{GROUP}", f"/apis/{API_VERSION}", "/healthz", "/livez")
            return {"paths": [*own, "/metrics", "/readyz"]}
    return None


class MetricsApi:
    """Answers from the store, for the nodes and pods that there are."""

    def __init__(self, api: Api, store: Store, now: Now) -> None:
        self._api, self._store, self._now = api, store, now

    def answer(self, request: Request, info: RequestInfo) -> Response:
        """The answer to a request for a resource. Raises StatusError."""
        if info.resource not in KINDS or info.subresource or info.version != VERSION:
            raise StatusError(404, "NotFound", "the server could not find the requested resource")
        if info.verb not in ("get", "list"):
            words = "the server does not allow this method on the requested resource"
            raise StatusError(405, "MethodNotAllowed", words)
        shown = self._one(info) if info.verb == "get" else self._list(request, info)
        if "as=Table" in request.header("accept"):
            return json(_table(shown))
        return json(shown)

    def _one(self, info: RequestInfo) -> Object:
        found = self._api.get(info.resource, info.name, info.namespace)
        shown = self._metrics(info.resource, found) if found else None
        if shown is None:
            kind = KINDS[info.resource].lower()
            name = f"{info.namespace}/{info.name}" if info.namespace else info.name
            details = {"name": name, "group": GROUP, "kind": kind}
            raise StatusError(404, "NotFound", f'{kind}.{GROUP} "{name}" not found', details)
        return {"kind": KINDS[info.resource], "apiVersion": API_VERSION, **shown}

    def _list(self, request: Request, info: RequestInfo) -> Object:
        query = dict(parse_qsl(request.query))
        wanted = selectors.labels(query.get("labelSelector", ""))
        named = selectors.fields(query.get("fieldSelector", ""))
        items = sorted(self._api.list(info.resource, info.namespace), key=_key)
        found = [
            shown
            for item in items
            if wanted(labels_of(item)) and all(_has(item, *term) for term in named)
            and (shown := self._metrics(info.resource, item))
        ]  # fmt: skip
        return {"kind": f"{KINDS[info.resource]}List", "apiVersion": API_VERSION, "metadata": {},
                "items": found}  # fmt: skip

    def _metrics(self, resource: str, item: Object) -> Object | None:
        meta: Object = {"name": name_of(item)}
        if resource == "pods":
            meta["namespace"] = namespace_of(item)
        meta["creationTimestamp"] = timestamp(self._now())
        if labels := labels_of(item):
            meta["labels"] = dict(labels)
        if resource == "nodes":
            usage = self._store.node(name_of(item))
            return {"metadata": meta, **_times(usage), "usage": _usage(usage)} if usage else None
        if (item.get("status") or {}).get("phase") != "Running":
            return None
        found = self._store.pod((namespace_of(item), name_of(item)))
        return {"metadata": meta, **_pod(found)} if found else None


def _key(item: Object) -> tuple[str, str]:
    return namespace_of(item), name_of(item)


def _has(item: Object, field: str, value: str, equal: bool) -> bool:
    return (str((item["metadata"]).get(field.rpartition(".")[2], "")) == value) == equal


def _times(usage: Usage) -> Object:
    at = timestamp(datetime.fromtimestamp(usage.at, UTC))
    return {"timestamp": at, "window": duration(usage.window)}


def _usage(usage: Usage) -> Object:
    return amounts(usage.cpu, usage.memory)


def _pod(found: Mapping[str, Usage]) -> Object:
    earliest = min(found.values(), key=lambda u: u.at)
    containers = [{"name": n, "usage": _usage(u)} for n, u in sorted(found.items())]
    return {**_times(earliest), "containers": containers}


def _table(shown: Object) -> Object:
    """For `kubectl get`."""
    items = shown.get("items", [shown])
    columns = [
        {"name": "Name", "type": "string", "format": "name", "description":
         "Name of the resource", "priority": 0},
        *({"name": n, "type": "string", "format": "quantity", "description": "", "priority": 0}
          for n in ("cpu", "memory")),
        {"name": "Window", "type": "string", "format": "duration", "description": "",
         "priority": 0},
    ]  # fmt: skip
    rows = [{"cells": _cells(i), "object": _partial(i)} for i in items]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {},
            "columnDefinitions": columns if items else [], "rows": rows}  # fmt: skip


def _cells(item: Object) -> list[str]:
    usages = [c["usage"] for c in item["containers"]] if "containers" in item else [item["usage"]]
    cpu = sum((quantities.parse(u["cpu"]) for u in usages), Decimal(0))
    memory = sum((quantities.parse(u["memory"]) for u in usages), Decimal(0))
    return [item["metadata"]["name"], quantities.show(cpu), quantities.show(memory, "BinarySI"),
            item["window"]]  # fmt: skip


def _partial(item: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": item["metadata"]}  # fmt: skip
