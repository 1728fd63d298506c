"""Webhooks that are Services, over the simulated network."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from breakfix.embedded.admission.webhooks_calling import CallError, call
from breakfix.embedded.assembly.webhook_services import NetworkCaller
from breakfix.embedded.auth.certificates import Authority
from breakfix.embedded.clock import VirtualClock
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.network.types import RefusedError, Stream
from breakfix.embedded.objects import Object
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from tests.embedded.network.helpers import State
from tests.embedded.programs.pods import Lab

ADDRESS = "10.244.1.77"
HOST = "hook.ns.svc"


class Hooks:
    """A webhook in a pod; its Service leads straight to it."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.state = State()
        self.authority = Authority.create(self.lab.clock.now())
        self.asked: list[Request] = []
        self.answer = text(200, '{"ok":true}', "application/json")
        self.delay = 0.0
        self.dialled: list[tuple[str, int]] = []
        self._space = self.lab.space("hook", ADDRESS)
        self._node = self.lab.space("node", "10.244.1.99")

    @property
    def clock(self) -> VirtualClock:
        return self.lab.clock

    def service(self, name: str = "hook", **spec: Any) -> None:
        ports = [{"port": 443, "targetPort": 8443, "protocol": "TCP"}]
        self.state.put("services", {
            "metadata": {"name": name, "namespace": "ns"},
            "spec": {"clusterIP": "10.96.0.9", "ports": ports, **spec},
        })  # fmt: skip

    def serve(self, *hosts: str, tls: bool = True) -> None:
        pair = self.authority.server(self.clock.now(), hosts or [HOST])
        context = server_context(pair.certificate_pem, pair.key_pem) if tls else None

        async def handle(request: Request) -> Response:
            self.asked.append(request)
            await self.clock.sleep(self.delay)
            return self.answer

        server = HttpServer(handle, self.clock, tls=context)
        self.lab.fabric.listen(self._space, 8443, server.serve)

    async def dial(self, address: str, port: int) -> Stream:
        self.dialled.append((address, port))
        return await self.lab.fabric.connect(self._node, ADDRESS, 8443)

    async def post(self, name: str = "hook", port: int = 443, timeout: int = 3) -> bytes:
        trusted = base64.b64encode(self.authority.pem).decode()
        about = {"name": name, "namespace": "ns", "path": "/check", "port": port}
        return await self.call({"caBundle": trusted, "service": about}, timeout)

    async def call(self, config: Object, timeout: int = 3) -> bytes:
        outside = {"hooks.example.com": ["203.0.113.7"]}
        caller = NetworkCaller(
            self.state, self.dial, self.clock, lambda name: outside.get(name, [])
        )
        return await self.lab.until(call(caller, config, b"{}", timeout), 10)

    async def refused(self, name: str = "hook", port: int = 443) -> str:
        with pytest.raises(CallError) as caught:
            await self.post(name, port)
        lead = f'Post "https://{name}.ns.svc:{port}/check?timeout=3s": '
        return str(caught.value).removeprefix(lead)


@pytest.fixture
def hooks() -> Hooks:
    found = Hooks()
    found.service()
    return found


async def test_a_review_is_posted_to_the_services_address(hooks: Hooks) -> None:
    hooks.serve()
    assert await hooks.post() == b'{"ok":true}'
    [asked] = hooks.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/check?timeout=3s", b"{}")
    assert asked.header("host") == "hook.ns.svc:443"
    assert asked.header("user-agent") == "kube-apiserver-admission"
    assert hooks.dialled == [("10.96.0.9", 443)]


async def test_services_that_cannot_be_called(hooks: Hooks) -> None:
    hooks.service("none", clusterIP="None")
    hooks.service("far", type="ExternalName", externalName="x.io")
    assert await hooks.refused("gone") == 'service "gone" not found'
    assert await hooks.refused(port=444) == 'no service port 444 found for service "hook"'
    assert await hooks.refused("none") == 'cannot route to service with ClusterIP "None"'
    assert await hooks.refused("far") == "dial tcp: lookup x.io on 172.18.0.1:53: no such host"
    assert hooks.dialled == []


async def test_connections_that_fail(hooks: Hooks) -> None:
    assert await hooks.refused() == "dial tcp 10.96.0.9:443: connect: connection refused"
    hooks.serve(tls=False)
    assert await hooks.refused() == "http: server gave HTTP response to HTTPS client"


async def test_a_certificate_of_another_name_or_authority(hooks: Hooks) -> None:
    hooks.serve("hook.other.svc")
    why = "tls: failed to verify certificate: x509: certificate "
    assert await hooks.refused() == f"{why}is valid for hook.other.svc, not {HOST}"
    hooks.service("two")
    hooks.authority = Authority.create(hooks.clock.now(), "other")
    assert await hooks.refused("two") == f"{why}is valid for hook.other.svc, not two.ns.svc"


async def test_one_that_is_not_trusted(hooks: Hooks) -> None:
    hooks.serve()
    hooks.authority = Authority.create(hooks.clock.now(), "other")
    words = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    assert await hooks.refused() == words
    assert hooks.asked == []


async def test_answers_that_are_late_or_bad(hooks: Hooks) -> None:
    hooks.serve()
    hooks.answer = text(404, "404 page not found\n")
    assert await hooks.refused() == "the server could not find the requested resource"
    hooks.delay = 4.0
    assert await hooks.refused() == "context deadline exceeded"


async def test_nobody_on_the_other_side(hooks: Hooks) -> None:
    async def dial(address: str, port: int) -> Stream:
        raise RefusedError(f"{address}:{port}")

    hooks.dial = dial  # type: ignore[method-assign]
    assert await hooks.refused() == "dial tcp 10.96.0.9:443: connect: connection refused"


async def test_a_url_is_called_on_the_clusters_network() -> None:
    hooks = Hooks()
    hooks.serve("hooks.example.com")
    trusted = base64.b64encode(hooks.authority.pem).decode()
    config = {"caBundle": trusted, "url": "https://hooks.example.com:8443/check"}
    assert await hooks.call(config) == b'{"ok":true}'
    assert hooks.dialled == [("203.0.113.7", 8443)]
    assert hooks.asked[0].path == "/check"


@pytest.mark.parametrize("host", ["localhost", "example.org"])
async def test_a_url_of_this_machines_network_leads_nowhere(host: str) -> None:
    hooks = Hooks()
    with pytest.raises(CallError, match=f"dial tcp: lookup {host} on .*: no such host"):
        await hooks.call({"url": f"https://{host}/check"})
    assert hooks.dialled == []
