"""The client, over real HTTP, against a server in the test that answers as Kubernetes does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from breakfix.clusters.api import USER_AGENT, ApiError, ExecResult, KubeApi
from breakfix.errors import ClusterError

KINDS = {
    "/api/v1": ["ConfigMap configmaps", "Pod pods", "Pod pods/log"],
    "/apis/apps/v1": ["Deployment deployments", "Scale deployments/scale"],
    "/apis/example.com/v1": ["Widget widgets"],
    "/apis/example.com/v2": ["Widget widgets"],
}
GROUPS = {
    "apps": ["v1"],
    "example.com": ["v1", "v2"],  # the second is the preferred one
    "metrics.k8s.io": ["v1beta1"],  # aggregated, and its server is away
}
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Says what it was asked; `answer` may answer anything but discovery."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.agents: set[str] = set()
        self.answer: Answer | None = None
        self.discovered = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.agents.add(request.headers["User-Agent"])
        if (found := self._discovery(request.path)) is not None:
            return found
        text = await request.text()
        body = json.loads(text) if text else None
        self.asked.append((request.method, request.path, dict(request.query), body))
        if self.answer is not None:
            return await self.answer(request)
        return web.json_response(body or {"kind": "ConfigMap", "metadata": {"name": "x"}})

    def _discovery(self, path: str) -> web.Response | None:
        if path == "/apis":
            self.discovered += 1
            return web.json_response({"groups": [_group(n, v) for n, v in GROUPS.items()]})
        if path.startswith("/apis/metrics.k8s.io/v1beta1"):
            return web.json_response({"message": "away"}, status=503)
        if path in KINDS:
            return web.json_response({"resources": [_resource(k) for k in KINDS[path]]})
        return None


def _group(name: str, versions: list[str]) -> dict[str, Any]:
    found = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
    return {"name": name, "versions": found, "preferredVersion": found[-1]}


def _resource(words: str) -> dict[str, Any]:
    kind, name = words.split()
    return {"kind": kind, "name": name, "namespaced": True, "verbs": ["get", "list"]}


def failure(code: int, message: str, reason: str = "") -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        status = {"kind": "Status", "message": message, "reason": reason, "code": code}
        return web.json_response(status, status=code)

    return answer


def text_of(text: str, status: int = 200) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status)

    return answer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[Server, Path]]:
    found = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield found, write_kubeconfig(tmp_path, f"http://127.0.0.1:{port}")
    await runner.cleanup()


def write_kubeconfig(folder: Path, url: str) -> Path:
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }  # fmt: skip
    path.write_text(json.dumps(config))
    return path


Served = tuple[Server, Path]


async def test_an_object_is_read_by_kind_and_name(server: Served) -> None:
    async with KubeApi(server[1]) as api:
        found = await api.get("ConfigMap", "x", "shop")
    assert found == {"kind": "ConfigMap", "metadata": {"name": "x"}}
    assert server[0].asked == [("GET", "/api/v1/namespaces/shop/configmaps/x", {}, None)]


async def test_what_is_not_there_is_none(server: Served) -> None:
    server[0].answer = failure(404, 'configmaps "x" not found', "NotFound")
    async with KubeApi(server[1]) as api:
        assert await api.get("ConfigMap", "x", "shop") is None
        assert await api.delete("ConfigMap", "x", "shop") is False


async def test_a_refusal_has_code_reason_and_the_servers_words(server: Served) -> None:
    server[0].answer = failure(403, "you may not", "Forbidden")
    async with KubeApi(server[1]) as api:
        with pytest.raises(ApiError, match="you may not") as caught:
            await api.get("ConfigMap", "x", "shop")
    assert (caught.value.code, caught.value.reason) == (403, "Forbidden")
    assert "GET /api/v1/namespaces/shop/configmaps/x" in caught.value.message


async def test_a_refusal_that_is_no_json_is_told_too(server: Served) -> None:
    server[0].answer = text_of("bad gateway\n", 502)
    async with KubeApi(server[1]) as api:
        with pytest.raises(ApiError, match="bad gateway") as caught:
            await api.get("ConfigMap", "x", "shop")
    assert caught.value.code == 502


async def test_items_of_a_list_get_kind_and_version(server: Served) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"items": [{"metadata": {"name": "a"}}]})

    server[0].answer = answer
    async with KubeApi(server[1]) as api:
        (found,) = await api.list("Deployment", labels="app=x", fields="metadata.name=a")
    assert (found["kind"], found["apiVersion"]) == ("Deployment", "apps/v1")
    assert server[0].asked[0][1:3] == (
        "/apis/apps/v1/deployments",
        {"labelSelector": "app=x", "fieldSelector": "metadata.name=a"},
    )


BODY = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "shop"}}
ONE, ALL = "/api/v1/namespaces/shop/configmaps/x", "/api/v1/namespaces/shop/configmaps"


@pytest.mark.parametrize(
    ("call", "method", "path", "query"),
    [
        (lambda api: api.create(BODY), "POST", ALL, {"fieldManager": "kubectl-edit"}),
        (lambda api: api.create(BODY, dry_run=True), "POST", ALL,
         {"fieldManager": "kubectl-edit", "dryRun": "All"}),
        (lambda api: api.replace(BODY), "PUT", ONE, {"fieldManager": "kubectl-edit"}),
        (lambda api: api.apply(BODY), "PATCH", ONE, {"fieldManager": "kubectl", "force": "true"}),
        (lambda api: api.apply(BODY, dry_run=True), "PATCH", ONE,
         {"fieldManager": "kubectl", "force": "true", "dryRun": "All"}),
        (lambda api: api.patch("ConfigMap", "x", "shop", BODY), "PATCH", ONE,
         {"fieldManager": "kubectl-edit"}),
    ],
    ids=["create", "create dry", "replace", "apply", "apply dry", "patch"],
)  # fmt: skip
async def test_writes_go_where_they_belong(
    server: Served, call: Callable[[KubeApi], Awaitable[object]], method: str, path: str,
    query: dict[str, str],
) -> None:  # fmt: skip
    async with KubeApi(server[1]) as api:
        await call(api)
    assert server[0].asked == [(method, path, query, BODY)]


@pytest.mark.parametrize(
    ("how", "content_type"),
    [("merge", "merge-patch"), ("json", "json-patch"), ("strategic", "strategic-merge-patch")],
)
async def test_a_patch_says_which_kind_it_is(server: Served, how: str, content_type: str) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request.content_type)
        return web.json_response({})

    server[0].answer = answer
    async with KubeApi(server[1]) as api:
        await api.patch("Deployment", "x", "shop", [], how, subresource="scale")
    assert seen == [f"application/{content_type}+json"]
    assert server[0].asked[0][1] == "/apis/apps/v1/namespaces/shop/deployments/x/scale"


async def test_a_delete_says_what_becomes_of_the_rest(server: Served) -> None:
    async with KubeApi(server[1]) as api:
        assert await api.delete("Pod", "x", "shop", propagation="Orphan", grace=1)
    assert server[0].asked[0][3] == {"propagationPolicy": "Orphan", "gracePeriodSeconds": 1}


async def test_an_object_without_a_namespace_belongs_to_default(server: Served) -> None:
    async with KubeApi(server[1]) as api:
        await api.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}})
    assert server[0].asked[0][1] == "/api/v1/namespaces/default/pods"


async def test_what_is_no_object_is_refused_here(server: Served) -> None:
    async with KubeApi(server[1]) as api:
        with pytest.raises(ClusterError, match=r"this is not a Kubernetes object: {'a': 1}"):
            await api.create({"a": 1})


# -- discovery --------------------------------------------------------------------------


async def test_kinds_are_discovered_once_until_they_are_forgotten(server: Served) -> None:
    async with KubeApi(server[1]) as api:
        await api.resources()
        await api.resource("Pod")
        api.forget_resources()
        await api.resource("Pod")
    assert server[0].discovered == 2


async def test_the_preferred_version_of_a_kind_comes_first(server: Served) -> None:
    async with KubeApi(server[1]) as api:
        assert (await api.resource("Widget")).api_version == "example.com/v2"
        assert (await api.resource("Widget", "example.com/v1")).version == "v1"
        preferred = [r.api_version for r in (await api.resources()).preferred()]
    assert preferred == ["v1", "v1", "apps/v1", "example.com/v2"]


async def test_an_unknown_kind_tells_how_to_find_the_known(server: Served) -> None:
    async with KubeApi(server[1]) as api:
        with pytest.raises(ClusterError, match="no kind 'Gadget' in x/v1") as caught:
            await api.get("Gadget", "x", api_version="x/v1")
    assert "kubectl api-resources" in caught.value.hint


# -- logs, exec, watch ------------------------------------------------------------------


async def test_a_log_is_text_with_its_options(server: Served) -> None:
    server[0].answer = text_of("one\ntwo\n")
    async with KubeApi(server[1]) as api:
        text = await api.logs("x", "shop", "c", since=2.7, tail=5, previous=True, timestamps=True)
    assert text == "one\ntwo\n"
    assert server[0].asked[0][1:3] == (
        "/api/v1/namespaces/shop/pods/x/log",
        {"container": "c", "tailLines": "5", "previous": "true", "timestamps": "true",
         "sinceSeconds": "2"},
    )  # fmt: skip


def runs(*frames: bytes) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=["v5.channel.k8s.io"])
        await socket.prepare(request)
        for frame in frames:
            await socket.send_bytes(frame)
        await socket.close()
        return socket

    return answer


SUCCESS = b'\x03{"status":"Success"}'
EXIT_7 = b'\x03{"status":"Failure","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}'
NEVER = b'\x03{"status":"Failure","message":"no such file"}'


@pytest.mark.parametrize(
    ("frames", "result"),
    [
        ([b"\x01hel", b"\x02oops", b"\x01lo", SUCCESS], ExecResult(0, "hello", "oops")),
        ([b"\x01\xff", EXIT_7], ExecResult(7, "\ufffd", "")),
        ([NEVER], ExecResult(-1, "", "no such file")),
        ([], ExecResult(-1, "", "")),
    ],
    ids=["success", "exit code", "never ran", "cut off"],
)
async def test_exec_gathers_output_and_exit_code(
    server: Served, frames: list[bytes], result: ExecResult
) -> None:
    server[0].answer = runs(*frames)
    async with KubeApi(server[1]) as api:
        assert await api.exec("x", "shop", ["sh", "-c", "echo a b"], "c") == result
    assert server[0].asked[0][1] == "/api/v1/namespaces/shop/pods/x/exec"


async def test_exec_that_does_not_end_is_cut_off(server: Served) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=["v5.channel.k8s.io"])
        await socket.prepare(request)
        async for message in socket:
            assert message.type is WSMsgType.CLOSE
        return socket

    server[0].answer = hang
    async with KubeApi(server[1]) as api:
        found = await api.exec("x", "shop", ["sleep"], timeout=0.05)
    assert found == ExecResult(124, "", "no end within 0.05 s")


async def test_exec_that_is_refused_has_its_code(server: Served) -> None:
    server[0].answer = failure(404, "pods x not found")
    async with KubeApi(server[1]) as api:
        with pytest.raises(ApiError) as caught:
            await api.exec("x", "shop", ["ls"])
    assert caught.value.code == 404


async def test_a_watch_gives_what_there_is_and_then_what_changes(server: Served) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            items = [{"metadata": {"name": "a"}}]
            return web.json_response({"metadata": {"resourceVersion": "7"}, "items": items})
        assert request.query["resourceVersion"] == "7"
        response = web.StreamResponse()
        await response.prepare(request)
        for kind in ("MODIFIED", "ERROR", "ADDED"):
            event = {"type": kind, "object": {"metadata": {"name": "b"}}}
            await response.write(json.dumps(event).encode() + b"\n")
        return response

    server[0].answer = answer
    async with KubeApi(server[1]) as api:
        found = [(what, item["metadata"]["name"]) async for what, item in api.watch("Pod", "shop")]
    assert found == [("ADDED", "a"), ("MODIFIED", "b")]


async def test_a_watch_that_is_refused_says_why(server: Served) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if "watch" in request.query:
            status = {"message": "pods is forbidden", "reason": "Forbidden"}
            return web.json_response(status, status=403)
        return web.json_response({"metadata": {"resourceVersion": "7"}, "items": []})

    server[0].answer = answer
    async with KubeApi(server[1]) as api:
        with pytest.raises(ApiError, match="pods is forbidden"):
            _ = [event async for event in api.watch("Pod", "shop")]


async def test_a_log_is_followed_line_by_line(server: Served) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert (request.query["follow"], request.query["tailLines"]) == ("true", "5")
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"2026-01-01T14:02:00Z one\n2026-01-01T14:02:01Z two\n")
        return response

    server[0].answer = answer
    async with KubeApi(server[1]) as api:
        found = [line.split()[1] async for line in api.follow_log("load", "shop", tail=5)]
    assert found == ["one", "two"]


async def test_a_log_that_is_not_there_says_so(server: Served) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        status = {"message": 'pods "load" not found', "reason": "NotFound"}
        return web.json_response(status, status=404)

    server[0].answer = answer
    async with KubeApi(server[1]) as api:
        with pytest.raises(ApiError, match='pods "load" not found'):
            _ = [line async for line in api.follow_log("load", "shop")]


# -- connections ------------------------------------------------------------------------


async def test_the_audit_log_can_tell_the_game_from_the_learner(server: Served) -> None:
    async with KubeApi(server[1]) as api:
        await api.get("Pod", "x", "shop")
    assert server[0].agents == {USER_AGENT}


async def test_where_nothing_answers_the_address_is_named(tmp_path: Path) -> None:
    path = write_kubeconfig(tmp_path, "http://127.0.0.1:1")
    async with KubeApi(path) as api:
        with pytest.raises(ClusterError, match=r"http://127.0.0.1:1 does not answer") as caught:
            await api.request("GET", "/readyz")
    assert "breakfix doctor" in caught.value.hint
    assert not isinstance(caught.value, ApiError)


async def test_an_answer_that_does_not_come_in_time_is_no_answer(server: Served) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    server[0].answer = hang
    async with KubeApi(server[1]) as api:
        with pytest.raises(ClusterError, match="does not answer"):
            await api.request("GET", "/slow", timeout=0.05)


async def test_broken_json_is_no_answer(server: Served) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="{", content_type="application/json")

    server[0].answer = answer
    async with KubeApi(server[1]) as api:
        with pytest.raises(ClusterError, match="the answer to GET /x is not JSON"):
            await api.request("GET", "/x")


def dies(text: bytes) -> Answer:
    """The server goes away in the middle of an answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query and request.path.endswith("/pods"):
            return web.json_response({"metadata": {"resourceVersion": "7"}, "items": []})
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(text)
        assert request.transport is not None
        request.transport.abort()
        return response

    return answer


async def test_an_answer_that_is_cut_off_is_no_answer(server: Served) -> None:
    server[0].answer = dies(b'{"kind": ')
    async with KubeApi(server[1]) as api:
        with pytest.raises(ClusterError, match="does not answer: its answer broke off"):
            await api.request("GET", "/x")


async def test_a_watch_that_is_cut_off_says_so(server: Served) -> None:
    server[0].answer = dies(b'{"type": "ADDED", "object": {}}\n')
    async with KubeApi(server[1]) as api:
        with pytest.raises(ClusterError, match="does not answer: its answer broke off"):
            _ = [event async for event in api.watch("Pod", "shop")]


async def test_exec_without_a_server_is_no_result(tmp_path: Path) -> None:
    async with KubeApi(write_kubeconfig(tmp_path, "http://127.0.0.1:1")) as api:
        with pytest.raises(ClusterError, match="does not answer"):
            await api.exec("x", "shop", ["ls"])


async def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    api = KubeApi(tmp_path / "none")
    with pytest.raises(ClusterError, match=r"the kubeconfig .*none cannot be used") as caught:
        await api.request("GET", "/x")
    assert "kubectl config view" in caught.value.hint


async def test_closing_twice_is_harmless(server: Served) -> None:
    api = KubeApi(server[1])
    await api.request("GET", "/x")
    await api.close()
    await api.close()
