"""The kubelet's own port, 10250: HTTPS with a self-signed certificate, for those who may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import orjson

from breakfix.embedded.auth.attributes import Attributes
from breakfix.embedded.auth.certificates import Authority
from breakfix.embedded.kubelet.metrics_pages import resource_metrics, summary
from breakfix.embedded.kubelet.usage import UsageMeter
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.network.types import Listener, Stream
from breakfix.embedded.objects import Object
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.users import User

if TYPE_CHECKING:
    from breakfix.embedded.kubelet.kubelet import Kubelet

PORT = 10250
METRICS = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
# Subresources of nodes that a path needs; besides them nodes/proxy gives the right to all else.
_METRICS = ("/metrics", "/metrics/cadvisor", "/metrics/probes", "/metrics/resource")
_FINE = {"/healthz": "healthz", "/pods": "pods", "/runningpods": "pods", "/configz": "configz"}


class Gate(Protocol):
    """Whom a kubelet asks about those who ask it."""

    def authenticate(self, token: str) -> User | None:
        """Who has this token."""

    def allows(self, attributes: Attributes) -> bool:
        """May they?"""


@dataclass(frozen=True)
class Page:
    """What is answered to a GET."""

    body: bytes
    kind: str


class KubeletPages:
    """What a kubelet tells of itself."""

    def __init__(self, kubelet: Kubelet) -> None:
        self._kubelet = kubelet
        self._meter = UsageMeter(kubelet)

    def page(self, path: str) -> Page | None:
        """None where there is none."""
        if path == "/metrics/resource":
            return Page(resource_metrics(self._meter.read()).encode(), METRICS)
        if path.rstrip("/") in ("/stats/summary", "/stats"):
            found = summary(self._kubelet.name, self._meter.read())
            return Page(orjson.dumps(found, option=orjson.OPT_INDENT_2), "application/json")
        if path == "/healthz":
            return Page(b"ok", "text/plain; charset=utf-8")
        if path.rstrip("/") in ("/pods", "/runningpods"):
            return Page(orjson.dumps(self._pods()), "application/json")
        return None

    def _pods(self) -> Object:
        pods = [w.pod for w in self._kubelet.workers.values() if not w.finished]
        items = [{k: v for k, v in p.items() if k not in ("apiVersion", "kind")} for p in pods]
        return {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items}


class KubeletServer:
    """Listens while its kubelet runs."""

    def __init__(self, kubelet: Kubelet, pages: KubeletPages, gate: Gate) -> None:
        self._kubelet, self._pages, self._gate = kubelet, pages, gate
        self._listener: Listener | None = None

    def start(self) -> None:
        """Listen, where the port is free."""
        if self._listener is None:
            shared = self._kubelet.node.network
            self._listener = shared.network.listen(shared.space, PORT, self._serve)

    def stop(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    @cached_property
    def _server(self) -> HttpServer:
        clock, name = self._kubelet.client.clock, self._kubelet.name
        now = clock.now()
        at = int(now.timestamp())
        authority = Authority.create(now, f"{name}-ca@{at}")
        pair = authority.server(now, [name], f"{name}@{at}")
        context = server_context(pair.certificate_pem, pair.key_pem)
        return HttpServer(self._answer, clock, tls=context)

    async def _serve(self, stream: Stream) -> None:
        await self._server.serve(stream)

    async def _answer(self, request: Request) -> Response:
        scheme, _, token = request.header("authorization").partition(" ")
        user = self._gate.authenticate(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            return text(401, "Unauthorized")
        verb = {"POST": "create", "PUT": "update", "PATCH": "patch",
                "DELETE": "delete"}.get(request.method, "get")  # fmt: skip
        subs = _subresources(request.path)
        if not any(self._gate.allows(self._asked(user, verb, sub)) for sub in subs):
            words = (
                f"user={user.name}, verb={verb}, resource=nodes, subresource(s)=[{','.join(subs)}]"
            )
            return text(403, f"Forbidden ({words})")
        page = self._pages.page(request.path) if verb == "get" else None
        if page is None:
            return text(404, "404 page not found\n")
        return Response([("Content-Type", page.kind)], page.body)

    def _asked(self, user: User, verb: str, sub: str) -> Attributes:
        return Attributes(user, verb, "", "v1", "nodes", sub, "", self._kubelet.name)


def _subresources(path: str) -> list[str]:
    if path in _METRICS or path.startswith("/metrics/"):
        return ["metrics"]
    for start, sub in (("/stats", "stats"), ("/logs", "log"), ("/checkpoint", "checkpoint")):
        if path.startswith(start):
            return [sub]
    fine = _FINE.get("/" + path.strip("/").partition("/")[0])
    return [fine, "proxy"] if fine else ["proxy"]
