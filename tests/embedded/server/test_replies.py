"""What stands around the JSON of an answer."""

from __future__ import annotations

import asyncio

from breakfix.embedded.cluster import EmbeddedCluster
from tests.embedded.cluster_fixture import Http, context, running


async def test_a_head_has_the_length_and_no_body() -> None:
    async with running() as (_, http):
        async with http.session.get(f"{http.url}/version") as whole:
            length = len(await whole.read())
            assert whole.headers["Cache-Control"] == "no-cache, private"
            assert {"Date", "Server", "Content-Type"} <= set(whole.headers)
        async with http.session.head(f"{http.url}/healthz") as head:
            assert (head.status, await head.read()) == (200, b"")
            assert head.headers["Content-Length"] == "2"
        assert length


async def _said(http: Http, cluster: EmbeddedCluster, text: str) -> str:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", http.port, ssl=context(cluster), server_hostname="127.0.0.1"
    )
    writer.write(text.replace("\n", "\r\n").encode())
    found = await asyncio.wait_for(reader.read(), 5)  # until the server closes
    writer.close()
    return found.decode()


async def test_a_connection_is_closed_where_that_is_asked() -> None:
    async with running() as (cluster, http):
        close = await _said(http, cluster, "GET /healthz HTTP/1.1\nHost: x\nConnection: close\n\n")
        assert close.startswith("HTTP/1.1 200 OK\r\n")
        assert "\r\nConnection: close\r\n" in close
        assert close.endswith("\r\n\r\nok")
        old = await _said(http, cluster, "GET /healthz HTTP/1.0\n\n")
        assert old.startswith("HTTP/1.0 200 OK\r\n")
        assert old.endswith("\r\n\r\nok")


async def test_a_warning_is_one_line() -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "a\r\nX-Evil: 1": 1}
    async with running() as (_, http), http.session.post(
        f"{http.url}/api/v1/namespaces/default/configmaps", json=item
    ) as answer:  # fmt: skip
        assert answer.status == 201
        assert "X-Evil" not in answer.headers
        assert "X-Evil: 1" in answer.headers["Warning"]
