"""An embedded cluster in this process, and a client over HTTPS."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from breakfix.embedded.cluster import EmbeddedCluster, Options


class Http:
    """Requests as the administrator, or with a token as somebody else."""

    def __init__(self, session: aiohttp.ClientSession, url: str, port: int) -> None:
        self.session, self.url, self.port = session, url, port

    async def ask(
        self, method: str, path: str, body: Any = None, *, content: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:  # fmt: skip
        """Status, and the body as JSON (as text where it is none)."""
        data = body if isinstance(body, bytes | None) else orjson.dumps(body)
        sent = {"Content-Type": content} | dict(headers or {})
        async with self.session.request(method, self.url + path, data=data, headers=sent) as answer:
            text = await answer.read()
            try:
                return answer.status, orjson.loads(text)
            except ValueError:
                return answer.status, text.decode()


def context(cluster: EmbeddedCluster, *, admin: bool = True) -> ssl.SSLContext:
    """TLS of a client, with the administrator's certificate or without one."""
    found = ssl.create_default_context(cadata=cluster.keys.authority.pem.decode())
    if admin:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "admin.pem"
            path.write_bytes(cluster.keys.admin.certificate_pem + cluster.keys.admin.key_pem)
            found.load_cert_chain(path)
    return found


@asynccontextmanager
async def running(
    nodes: int = 0, directory: Path | None = None, *, admin: bool = True
) -> AsyncIterator[tuple[EmbeddedCluster, Http]]:
    """A cluster that serves, without nodes unless some are asked for."""
    connector = None
    async with EmbeddedCluster(Options(nodes=nodes, directory=directory)) as cluster:
        connector = aiohttp.TCPConnector(ssl=context(cluster, admin=admin), limit=50)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield cluster, Http(session, cluster.listener.url, cluster.listener.port)


def config_map(name: str, **data: str) -> dict[str, Any]:
    """A ConfigMap in the namespace default."""
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
