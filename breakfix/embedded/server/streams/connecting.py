"""Admission of connections: exec, attach, port-forward and proxy are CONNECT to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from multidict import MultiMapping

from breakfix.embedded.admission.base import AdmissionRequest
from breakfix.embedded.errors import bad_request
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.streams.query import flag
from breakfix.embedded.server.verbs import Request

StreamHandler = Callable[[web.BaseRequest, Request], Awaitable[web.StreamResponse]]
_STREAMS = ("stdin", "stdout", "stderr", "tty")


def admitted(
    streams: Mapping[tuple[str, str], StreamHandler], registry: Registry
) -> dict[tuple[str, str], StreamHandler]:
    """The same, but the admission chain is asked first; a log is read without it."""
    asking = _Connecting(registry)
    return {
        (resource, sub): handler if sub == "log" else asking.admitted(handler)
        for (resource, sub), handler in streams.items()
    }


class _Connecting:
    """Asks the admission chain before a handler is asked."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def admitted(self, handler: StreamHandler) -> StreamHandler:
        """The handler, for those connections that admission lets through."""

        async def run(http: web.BaseRequest, request: Request) -> web.StreamResponse:
            if http.query.get("dryRun"):
                raise bad_request("dryRun is not supported")
            await self._admit(http.query, request)
            return await handler(http, request)

        return run

    async def _admit(self, query: MultiMapping[str], request: Request) -> None:
        """Raises StatusError."""
        info = request.info
        served = self._registry.catalogue.find(info.group, info.version, info.resource)
        if served is None or (sub := served.resource.subresource(info.subresource)) is None:
            return
        asked = AdmissionRequest(
            "CONNECT", served.resource, info.subresource, info.namespace, info.name,
            connect_options(sub.kind, query, info.rest), None, request.user,
        )  # fmt: skip
        chain = self._registry.chain
        await chain.mutate(asked)
        await chain.validate(asked)
        await chain.settle(asked, stored=False)


def connect_options(kind: str, query: MultiMapping[str], path: str) -> Object:
    """What a client asks, as an object: PodExecOptions and the like."""
    found: Object = {"kind": kind, "apiVersion": "v1"}
    if kind.endswith("ProxyOptions"):
        return found | ({"path": f"/{path}"} if path else {})
    if kind == "PodPortForwardOptions":
        ports = [
            int(p) for text in query.getall("ports", []) for p in text.split(",") if p.isdigit()
        ]
        return found | ({"ports": ports} if ports else {})
    found |= {name: True for name in _STREAMS if flag(query, name)}
    if query.get("container"):
        found["container"] = query["container"]
    if kind == "PodExecOptions":
        found["command"] = query.getall("command", [])
    return found
