"""pods/proxy, services/proxy and nodes/proxy."""

from __future__ import annotations

import asyncio

import pytest

from tests.embedded.streams.fakes import FakeStream, Server
from tests.embedded.streams.serving import PODS, SERVICES, Serving, serving


def answering(response: bytes, seen: list[bytes] | None = None) -> Server:
    """A server that says always the same."""

    async def serve(stream: FakeStream) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (data := await stream.read()):
            head += data
        if seen is not None:
            seen.append(head)
        await stream.write(response)
        stream.end_writing()

    return serve


def page(body: bytes, kind: str = "text/plain", more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def add_service(s: Serving, addresses: list[str]) -> None:
    ports = [{"name": "web", "port": 80, "targetPort": 8080}]
    meta = {"name": "svc", "namespace": "ns"}
    s.store.put("services", {"metadata": dict(meta), "spec": {"ports": ports}})
    subsets = [{
        "addresses": [{"ip": a, "targetRef": {"kind": "Pod", "name": "one", "namespace": "ns"}}
                      for a in addresses],
        "ports": [{"name": "web", "port": 8080}],
    }]  # fmt: skip
    s.store.put("endpoints", {"metadata": dict(meta), "subsets": subsets if addresses else []})


async def test_the_request_is_passed_on() -> None:
    async with serving() as s:
        seen: list[bytes] = []
        s.access.servers[8080] = answering(page(b"hi"), seen)
        headers = {"Authorization": "Bearer secret", "X-Mine": "1"}
        path = f"{PODS}/one:8080/proxy/a%20b/c?x=%20y"
        assert await s.get(path, headers=headers) == (200, "hi")
        lines = seen[0].decode().split("\r\n")
        assert lines[0] == "GET /a%20b/c?x=%20y HTTP/1.1"
        assert "X-Mine: 1" in lines
        assert f"X-Forwarded-Uri: {PODS}/one:8080/proxy/a%20b/c" in lines
        assert not any("secret" in line for line in lines)


async def test_links_and_redirects_lead_through_the_proxy() -> None:
    async with serving() as s:
        s.access.servers[80] = answering(page(b'<p><a href="/x">t</a><a href="y">', "text/html"))
        prefix = f"{PODS}/one:80/proxy"
        assert await s.get(f"{prefix}/") == (200, f'<p><a href="{prefix}/x">t</a><a href="y">')
        moved = b"HTTP/1.1 302 Found\r\nLocation: /new/\r\nContent-Length: 0\r\n\r\n"
        s.access.servers[80] = answering(moved)
        async with s.client.get(s.url(f"{prefix}/"), allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, f"{prefix}/new/")
        own = f"https://127.0.0.1:{s.port}"
        moved = b"HTTP/1.1 302 Found\r\nLocation: %s/new\r\nContent-Length: 0\r\n\r\n"
        s.access.servers[80] = answering(moved % own.encode())
        async with s.client.get(s.url(f"{prefix}/"), allow_redirects=False) as response:
            assert response.headers["Location"] == f"{own}{prefix}/new"
        async with s.client.get(s.url(f"{prefix}?q=1"), allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (301, f"{prefix}/?q=1")


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nabcde",
        b"HTTP/1.1 100 Continue\r\n\r\n" + page(b"abcde"),
    ],
)
async def test_bodies(response: bytes) -> None:
    async with serving() as s:
        s.access.servers[80] = answering(response)
        assert await s.get(f"{PODS}/one/proxy/") == (200, "abcde")


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        (f"{PODS}/one:81/proxy/", 503, "error trying to reach service: dial tcp 10.0.0.9:81: "
                                       "connect: connection refused"),
        (f"{PODS}/ftp:one:81/proxy/", 400, 'invalid pod request "ftp:one:81"'),
        (f"{PODS}/new/proxy/", 400, "address not allowed"),
        (f"{PODS}/one:80/proxy/", 503, "error trying to reach service: EOF"),
        (f"{PODS}/https:one:82/proxy/", 503, "error trying to reach service: http: server gave "
                                             "HTTP response to HTTPS client"),
        (f"{SERVICES}/none/proxy/", 404, 'services "none" not found'),
        (f"{SERVICES}/svc/proxy/", 503, 'no endpoints available for service "svc"'),
        (f"{SERVICES}/svc:81/proxy/", 503, 'no service port 81 found for service "svc"'),
        (f"{SERVICES}/svc:web/proxy/", 200, "hi"),
        (f"{SERVICES}/http:svc:80/proxy/", 200, "hi"),
        ("/api/v1/nodes/none/proxy/healthz", 404, 'nodes "none" not found'),
        ("/api/v1/nodes/worker/proxy/healthz", 200, "ok"),
        ("/api/v1/nodes/worker:10250/proxy/x", 404, "404 page not found\n"),
    ],
)  # fmt: skip
async def test_words(path: str, code: int, words: str) -> None:
    async with serving() as s:
        add_service(s, ["10.0.0.9"])
        s.store.put("nodes", {"metadata": {"name": "worker"}, "status": {}})
        s.access.servers |= {80: answering(b""), 8080: answering(page(b"hi")),
                             82: answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")}  # fmt: skip
        if words.startswith("no endpoints"):
            add_service(s, [])
        if "https:" in path:
            s.access.servers[82] = _plain
        assert await s.get(path) == (code, words)


async def _plain(stream: FakeStream) -> None:
    await stream.read()
    await stream.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def test_websockets_pass() -> None:
    async def serve(stream: FakeStream) -> None:
        await stream.read()
        await stream.write(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhi"
        )
        await stream.write(await stream.read())

    async with serving() as s:
        s.access.servers[80] = serve
        reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
        head = f"GET {PODS}/one:80/proxy/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        writer.write(f"{head}Upgrade: tcp\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        assert await reader.readexactly(2) == b"hi"
        writer.write(b"back")
        assert await reader.readexactly(4) == b"back"
        writer.close()
