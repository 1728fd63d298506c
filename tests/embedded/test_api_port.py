"""The API server as pods see it: through the Service `kubernetes`, over TLS of its own."""

from __future__ import annotations

import pytest

from breakfix.embedded.cluster import EmbeddedCluster
from breakfix.embedded.network.tls import TlsStream, client_context
from breakfix.embedded.network.types import NetworkNamespace, ResetError
from tests.embedded.cluster_fixture import running

SERVICE = ("10.96.0.1", 443)


def pod_network(cluster: EmbeddedCluster) -> NetworkNamespace:
    """Of a pod that is nobody's."""
    space = NetworkNamespace("node", ("10.244.0.250",), "pod", pod=("default", "pod"))
    cluster.pods.network.attach(space)
    return space


async def get(cluster: EmbeddedCluster, path: str, token: str = "") -> bytes:
    stream = await cluster.pods.network.connect(pod_network(cluster), *SERVICE)
    trust = client_context(cluster.keys.authority.pem)
    tls = await TlsStream(stream, trust, "kubernetes.default.svc").start()
    head = f"Authorization: Bearer {token}\r\n" if token else ""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n"
    await tls.write(request.encode())
    found = b""
    while data := await tls.read():
        found += data
    tls.close()
    return found


async def test_a_pod_asks_the_api_server_by_its_service() -> None:
    async with running(nodes=1) as (cluster, _):
        assert b'"gitVersion":"v1.34' in (await get(cluster, "/version")).replace(b": ", b":")


async def test_who_shows_nothing_is_anonymous() -> None:
    async with running(nodes=1) as (cluster, _):
        answer = await get(cluster, "/api/v1/namespaces/default/pods")
        assert answer.startswith(b"HTTP/1.1 403")
        assert b'User \\"system:anonymous\\" cannot list' in answer


async def test_http_without_tls_is_told_so() -> None:
    async with running(nodes=1) as (cluster, _):
        stream = await cluster.pods.network.connect(pod_network(cluster), *SERVICE)
        await stream.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await stream.read() == (
            b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
        )


async def test_a_server_that_does_not_listen_cuts_the_connection() -> None:
    async with running(nodes=1) as (cluster, _):
        space = pod_network(cluster)
        await cluster.listener.stop()
        stream = await cluster.pods.network.connect(space, *SERVICE)
        with pytest.raises(ResetError):
            await stream.read()
