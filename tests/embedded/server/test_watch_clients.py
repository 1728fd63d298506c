"""Clients of watches that are many, that vanish, that read nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson
import pytest

from breakfix.embedded.cluster import EmbeddedCluster
from breakfix.embedded.server import watching
from tests.embedded.cluster_fixture import Http, config_map, context, running

MAPS = "/api/v1/namespaces/default/configmaps"


async def opened(
    cluster: EmbeddedCluster, query: str = "watch=1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A watch whose head was read."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", cluster.listener.port, ssl=context(cluster), limit=4096
    )
    writer.write(f"GET {MAPS}?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def followers(cluster: EmbeddedCluster) -> int:
    """How many watches there are; controllers follow too."""
    owners = [getattr(seen, "__self__", None) for seen in cluster.store._seen["configmaps"]]
    return sum(isinstance(owner, watching.Watch) for owner in owners)


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def names(http: Http, count: int) -> list[str]:
    found: list[str] = []
    async with http.session.get(f"{http.url}{MAPS}?watch=1&resourceVersion=0") as answer:
        async for line in answer.content:
            name = orjson.loads(line)["object"]["metadata"]["name"]
            found += [name] if name.startswith("map-") else []
            if len(found) == count:
                break
    return found


async def test_many_watchers_see_every_change_once_and_in_order() -> None:
    async with running() as (cluster, http):
        tasks = [asyncio.create_task(names(http, 100)) for _ in range(20)]
        await until(lambda: followers(cluster) == 20)
        for number in range(100):
            await cluster.client.create("configmaps", config_map(f"map-{number}"))
            if number % 7 == 0:
                await asyncio.sleep(0)
        wanted = [f"map-{number}" for number in range(100)]
        assert await asyncio.gather(*tasks) == [wanted] * 20


async def test_who_reads_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LARGEST_QUEUE", 2_000_000)
    async with running() as (cluster, http):
        reader, writer = await opened(cluster)
        await until(lambda: followers(cluster) == 1)
        await cluster.client.create("configmaps", config_map("one"))
        for number in range(200):
            text = {"data": {"text": f"{number}" + "x" * 100_000}}
            await cluster.client.patch("configmaps", "one", "default", text)
            await asyncio.sleep(0)
            if followers(cluster) == 0:
                break
        assert followers(cluster) == 0
        assert 20 < number < 199  # 20 MB are too much, 2 MB are not
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(30_000_000)
        writer.transport.abort()
        assert (await http.ask("GET", "/readyz"))[0] == 200


async def test_who_has_vanished_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "ALIVE_EVERY", 0.02)
    async with running() as (cluster, _):
        connections = [await opened(cluster) for _ in range(5)]
        assert followers(cluster) == 5
        for _, writer in connections:
            writer.transport.abort()
        await until(lambda: followers(cluster) == 0)


async def test_a_watch_ends_at_its_time_and_begins_not_too_early() -> None:
    async with running() as (cluster, http):
        await cluster.client.create("configmaps", config_map("one"))
        version = cluster.store.version
        await cluster.client.create("configmaps", config_map("two"))
        path = f"{MAPS}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dtwo&resourceVersion="
        status, line = await http.ask("GET", f"{path}{version}")
        assert (status, line["type"], line["object"]["metadata"]["name"]) == (200, "ADDED", "two")
        cluster.store.compact(version + 1)
        status, line = await http.ask("GET", f"{path}{version}")
        assert (status, line["type"], line["object"]["code"]) == (200, "ERROR", 410)
        assert line["object"]["message"] == f"too old resource version: {version} ({version + 1})"
