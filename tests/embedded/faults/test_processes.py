"""Processes that are killed, that meet each other, and that find a broken state."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from breakfix.embedded.cluster import EmbeddedCluster, Options
from breakfix.embedded.storage.sqlite import SqliteJournal
from tests.embedded.cluster_fixture import config_map, running

COMMAND = [sys.executable, "-m", "breakfix.embedded", "--nodes", "1"]


@contextmanager
def server(directory: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """One that writes its kubeconfig; killed without a warning at the end."""
    kubeconfig = directory / "kubeconfig"
    kubeconfig.unlink(missing_ok=True)
    process = subprocess.Popen(
        [*COMMAND, "--directory", str(directory), "--kubeconfig", str(kubeconfig), *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == str(kubeconfig)
        yield process, kubeconfig
    finally:
        process.kill()
        process.communicate()


def refused(*more: str) -> tuple[int, str]:
    """Exit code and stderr of a server that cannot start."""
    done = subprocess.run(
        [*COMMAND, *more], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


def test_a_second_server_on_the_same_state_is_refused(tmp_path: Path) -> None:
    with server(tmp_path) as (process, _):
        code, words = refused("--directory", str(tmp_path))
        assert code == 3
        assert f"another server uses {tmp_path / 'state.db'}: end it first" in words
        assert words.count("\n") == 1
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, words = refused("--port", str(port))
    assert code == 3
    assert words == (
        f"the embedded cluster cannot be started: port {port} of 127.0.0.1 is taken: "
        "--port 0 takes a free one\n"
    )


def test_a_broken_state_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"broken" * 1000)
    code, words = refused("--directory", str(tmp_path))
    assert code == 3
    assert "cannot be read (file is not a database): move it away to begin" in words
    assert (tmp_path / "state.db").read_bytes() == b"broken" * 1000


def kept(directory: Path) -> tuple[int, dict[tuple[str, str, str], Any]]:
    """What a dead server has left."""
    journal = SqliteJournal(directory / "state.db")
    found = {
        (resource, item["metadata"].get("namespace", ""), item["metadata"]["name"]): item
        for resource, item in journal.objects()
    }
    version = journal.version()
    journal.close()
    return version, found


async def _write(kubeconfig: Path, process: subprocess.Popen[str]) -> list[str]:
    """Create until the server is killed; the names that it has confirmed."""
    from breakfix.clusters.api import KubeApi

    done: list[str] = []
    async with KubeApi(kubeconfig) as api:
        for number in range(10_000):
            if number == 40:
                os.kill(process.pid, signal.SIGKILL)
            try:
                await api.create(config_map(f"map-{number}"))
            except Exception:
                break
            done.append(f"map-{number}")
    return done


async def test_killed_while_writing_nothing_is_lost(tmp_path: Path) -> None:
    with server(tmp_path) as (process, kubeconfig):
        done = await _write(kubeconfig, process)
    assert len(done) >= 40
    version, before = kept(tmp_path)
    missing = [n for n in done if ("configmaps", "default", n) not in before]
    assert missing == []
    newest = max(int(i["metadata"]["resourceVersion"]) for i in before.values())
    assert newest <= version
    async with running(1, tmp_path) as (cluster, http):
        item = before["configmaps", "default", "map-0"]
        assert cluster.store.get("configmaps", "map-0", "default") == item
        status, answer = await http.ask("POST", "/api/v1/namespaces/default/configmaps",
                                        config_map("next"))  # fmt: skip
        assert status == 201
        assert int(answer["metadata"]["resourceVersion"]) > version
        status, line = await http.ask(
            "GET", f"/api/v1/configmaps?watch=1&timeoutSeconds=1&resourceVersion={version - 1}"
        )
        assert (status, line["type"], line["object"]["code"]) == (200, "ERROR", 410)


def ready(cluster: EmbeddedCluster) -> bool:
    pods = cluster.store.list("pods")
    return len(pods) > 3 and all(
        any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"]["conditions"])
        for p in pods if p.get("status", {}).get("conditions")
    ) and all(p.get("status", {}).get("conditions") for p in pods)  # fmt: skip


async def until_ready(cluster: EmbeddedCluster) -> None:
    async with asyncio.timeout(20):
        while not ready(cluster):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Moved:
    """A clock of the day that stands somewhere else."""

    def __init__(self, cluster_clock: Any, by: timedelta) -> None:
        self._clock, self._by = cluster_clock, by

    def now(self) -> Any:
        return self._clock.now() + self._by

    def monotonic(self) -> float:
        return float(self._clock.monotonic())

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


@pytest.mark.parametrize("moved", [timedelta(0), timedelta(days=400), timedelta(days=-2)])
async def test_pods_go_on_after_a_restart(tmp_path: Path, moved: timedelta) -> None:
    """Whatever the clock says then: the same pods are Ready, and nothing is told twice."""
    from breakfix.embedded.clock import SystemClock

    options = Options(nodes=1, directory=tmp_path)
    async with EmbeddedCluster(options) as cluster:
        await until_ready(cluster)
        await asyncio.sleep(0.3)
        pods = {p["metadata"]["uid"]: p["status"]["phase"] for p in cluster.store.list("pods")}
        told = {e["metadata"]["uid"]: e.get("count") for e in cluster.store.list("events")}
    async with EmbeddedCluster(options, Moved(SystemClock(), moved)) as cluster:
        await until_ready(cluster)
        await asyncio.sleep(0.5)
        again = {p["metadata"]["uid"]: p["status"]["phase"] for p in cluster.store.list("pods")}
        assert again == pods
        events = [e for e in cluster.store.list("events") if e["metadata"]["uid"] not in told]
        assert [e["message"] for e in events if e["involvedObject"]["kind"] == "Pod"] == []
        assert "server: https://127.0.0.1" in cluster.kubeconfig


async def test_a_full_disk_refuses_writes_and_loses_nothing(tmp_path: Path) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    async with running(0, tmp_path) as (cluster, http):
        assert cluster._journal is not None
        await http.ask("POST", path, config_map("kept"))
        database = cluster._journal._db
        database.execute("pragma max_page_count = 1")
        status, answer = await http.ask("POST", path, config_map("new", text="x" * 500_000))
        assert (status, answer["reason"]) == (500, "InternalError")
        assert "the state cannot be written: database or disk is full" in answer["message"]
        assert (await http.ask("GET", f"{path}/new"))[0] == 404
        assert (await http.ask("GET", f"{path}/kept"))[0] == 200
        database.execute("pragma max_page_count = 1000000")
        status, _ = await http.ask("POST", path, config_map("new", text="x" * 500_000))
        assert status == 201
    _, found = kept(tmp_path)
    assert {("configmaps", "default", "kept"), ("configmaps", "default", "new")} <= set(found)


async def test_a_cluster_answers_where_it_did_before(tmp_path: Path) -> None:
    async with running(0, tmp_path) as (cluster, _):
        url = cluster.listener.url
    async with running(0, tmp_path) as (cluster, _):
        assert cluster.listener.url == url
    with socket.create_server(("127.0.0.1", int(url.rpartition(":")[2]))):
        async with running(0, tmp_path) as (cluster, _):
            assert cluster.listener.url != url
