"""pods/exec and pods/attach."""

from __future__ import annotations

from aiohttp import web

from breakfix.embedded.errors import bad_request
from breakfix.embedded.nodes.access import PodAccess
from breakfix.embedded.objects import Object
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.server.streams import channels, spdy_sessions, upgrades
from breakfix.embedded.server.streams.pods import check_host, chosen_container, pod_named
from breakfix.embedded.server.streams.sessions import ClientSession, OwnStreams, Run, Wanted
from breakfix.embedded.server.verbs import Request


class Execution:
    """Commands in containers, and their own streams."""

    def __init__(self, registry: Registry, access: PodAccess) -> None:
        self._registry = registry
        self._access = access

    async def exec(self, http: web.BaseRequest, request: Request) -> web.StreamResponse:
        """Run a command. Raises StatusError 400 and 404."""
        pod, container = self._target(request)
        argv = http.query.getall("command", [])

        async def run(session: ClientSession) -> int:
            return await self._access.exec(pod, container, argv, session)

        if not argv and _upgrades(http):
            raise bad_request("you must specify at least 1 command for exec")
        return await _serve(http, run)

    async def attach(self, http: web.BaseRequest, request: Request) -> web.StreamResponse:
        """Join the container's own. Raises StatusError 400 and 404."""
        pod, container = self._target(request)

        async def run(session: ClientSession) -> int:
            await self._access.attach(pod, container, session)
            return 0  # how the container ended is in the pod's status

        return await _serve(http, run)

    def _target(self, request: Request) -> tuple[Object, str]:
        pod = pod_named(self._registry, request.info.namespace, request.info.name)
        container = chosen_container(pod, request.query.get("container", ""))
        check_host(pod)
        return pod, container


def _upgrades(http: web.BaseRequest) -> bool:
    return upgrades.wants(http, "websocket") or upgrades.wants(http, "SPDY/3.1")


async def _serve(http: web.BaseRequest, run: Run) -> web.StreamResponse:
    if isinstance(http, OwnStreams):
        return await http.run(run)
    wanted = Wanted.of(http)
    if _upgrades(http) and not (wanted.stdin or wanted.stdout or wanted.stderr):
        raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
    try:
        if upgrades.wants(http, "websocket"):
            return await channels.serve(http, wanted, run)
        return await spdy_sessions.serve(http, wanted, run)
    except upgrades.NotUpgraded as refused:
        return refused.response
