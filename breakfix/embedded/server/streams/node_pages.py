"""What nodes/proxy finds at a kubelet's own port."""

from __future__ import annotations

import orjson
from aiohttp import web

from breakfix.embedded.errors import not_found
from breakfix.embedded.nodes.access import PodAccess
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.registry import Registry

KUBELET_PORT = 10250
MISSING = "404 page not found\n"
LOGS = ("containers/", "pods/")


class NodePages:
    """A kubelet's pages: from the store, or told by the kubelet."""

    def __init__(self, registry: Registry, access: PodAccess | None = None) -> None:
        self._registry, self._access = registry, access

    def named(self, name: str) -> Object:
        """Raises StatusError 404."""
        node = self._registry.store.get("nodes", name)
        if node is None:
            raise not_found("nodes", name)
        return node

    @staticmethod
    def port(node: Object) -> str:
        """The kubelet's."""
        endpoints = (node.get("status") or {}).get("daemonEndpoints") or {}
        return str((endpoints.get("kubeletEndpoint") or {}).get("Port") or KUBELET_PORT)

    @staticmethod
    def address(node: Object) -> str:
        """Where other nodes reach it, or nothing."""
        addresses = (node.get("status") or {}).get("addresses") or []
        return next((a["address"] for a in addresses if a["type"] == "InternalIP"), "")

    def page(self, http: web.BaseRequest, name: str, path: str) -> web.Response:
        """The answer to a request."""
        if path in ("/healthz", "/healthz/ping", "/healthz/syncloop", "/healthz/log"):
            return web.Response(text="ok")
        if path.rstrip("/") in ("/pods", "/runningpods"):
            return self._pods(name)
        if path.rstrip("/") == "/logs":
            return _logs(http, path)
        own = self._access.page(name, path) if self._access else None
        if own is not None:
            return web.Response(body=own[0], headers={"Content-Type": own[1]})
        if path == "/configz":
            return _json({"kubeletconfig": _configuration()})
        return web.Response(status=404, text=MISSING)

    def _pods(self, name: str) -> web.Response:
        found = [p for p in self._registry.store.list("pods") if p["spec"].get("nodeName") == name]
        items = [{k: v for k, v in p.items() if k not in ("apiVersion", "kind")} for p in found]
        return _json({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items})


def _json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


def _logs(http: web.BaseRequest, path: str) -> web.Response:
    """The folder of a node's logs."""
    if not path.endswith("/"):
        return web.Response(status=301, headers={"Location": http.path + "/"})
    links = "".join(f'<a href="{name}">{name}</a>\n' for name in LOGS)
    head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n'
    return web.Response(text=f"{head}<pre>\n{links}</pre>\n", content_type="text/html")


def _configuration() -> Object:
    """The parts of KubeletConfiguration that decide about pods."""
    return {
        "enableServer": True, "address": "0.0.0.0", "port": KUBELET_PORT,  # noqa: S104 - told
        "rotateCertificates": True, "clusterDomain": "cluster.local",
        "clusterDNS": ["10.96.0.10"], "maxPods": 110, "podPidsLimit": -1,
        "cgroupDriver": "systemd", "evictionHard": {
            "imagefs.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%"},
        "containerLogMaxSize": "10Mi", "containerLogMaxFiles": 5,
        "kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1",
    }  # fmt: skip
