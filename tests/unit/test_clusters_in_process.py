"""A cluster that is asked without a connection answers as over one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from breakfix.clusters.api import ApiError, KubeApi
from breakfix.clusters.discovery import Resources
from breakfix.clusters.in_process import InProcessApi
from breakfix.clusters.requests import until
from breakfix.embedded.cluster import EmbeddedCluster, Options
from breakfix.embedded.simulated_time import SimulatedClock, SimulatedTimeLoop

NAME = {"name": "one", "namespace": "default"}
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": NAME, "data": {"a": "ä"}}
MAIN = ["sh", "-c", "echo ä; echo b; sleep 1000"]
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": NAME,
    "spec": {"containers": [{"name": "app", "image": "busybox:1.36", "command": MAIN}]},
}
SAYS = ["sh", "-c", "echo out; echo err >&2; exit 3"]


def _loop() -> SimulatedTimeLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimulatedTimeLoop)
    return loop


@asynccontextmanager
async def both(folder: Path) -> AsyncIterator[tuple[EmbeddedCluster, InProcessApi, KubeApi]]:
    """A cluster, asked directly and over HTTPS."""
    path = folder / "kubeconfig"
    async with EmbeddedCluster(Options(nodes=1), SimulatedClock(_loop())) as cluster:
        path.write_text(cluster.kubeconfig)
        async with InProcessApi(path, cluster) as direct, KubeApi(path) as wire:
            yield cluster, direct, wire


def simulated(work: Any) -> None:
    """Run on simulated time."""
    with asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner:
        runner.run(work)


async def running(api: KubeApi) -> None:
    """POD runs."""

    async def may_run() -> bool:
        return await api.get("ServiceAccount", "default", "default") is not None

    async def runs() -> bool:
        pod = await api.get("Pod", "one", "default")
        return pod is not None and pod["status"]["phase"] == "Running"

    assert await until(may_run, SimulatedClock(_loop()), 30)
    await api.create(POD)
    assert await until(runs, SimulatedClock(_loop()), 30)


def test_objects_lists_and_refusals_are_those_of_a_connection(tmp_path: Path) -> None:
    async def work() -> None:
        async with both(tmp_path) as (_, direct, wire):
            made = await direct.create(MAP)
            assert await wire.get("ConfigMap", "one", "default") == made
            assert await direct.list("ConfigMap") == await wire.list("ConfigMap")
            found = []
            for api in (direct, wire):
                with pytest.raises(ApiError) as refused:
                    await api.create(MAP)
                found.append((refused.value.code, refused.value.status))
                with pytest.raises(ApiError) as refused:
                    await api.request("GET", "/api/v1/namespaces/default/pods/none?x=%20y")
                found.append((refused.value.code, refused.value.status))
            assert found[:2] == found[2:]
            assert await direct.delete("ConfigMap", "one", "default")
            assert await wire.get("ConfigMap", "one", "default") is None

    simulated(work())


def test_both_ways_to_ask_which_kinds_there_are_find_the_same(tmp_path: Path) -> None:
    """The second asks paths at which the aggregated documents are not accepted."""

    async def work() -> None:
        async with both(tmp_path) as (_, direct, wire):
            asked: list[str] = []

            def one_by_one(method: str, path: str) -> Any:
                asked.append(path)
                return wire.request(method, f"{path}?")

            found = (await direct.resources()).all
            assert set(found) == set((await Resources.discover(one_by_one)).all)
            assert found == (await wire.resources()).all
            assert "/apis/apps/v1" in asked
            assert len({r.kind for r in found}) > 50

    simulated(work())


def test_a_log_that_is_followed_comes_as_it_is_written(tmp_path: Path) -> None:
    async def work() -> None:
        async with both(tmp_path) as (_, direct, __):
            await running(direct)
            async for line in direct.follow_log("one", "default"):
                assert line.endswith(" ä\n")
                break

    simulated(work())


def test_a_command_in_a_pod_has_its_output_and_exit_code(tmp_path: Path) -> None:
    async def work() -> None:
        async with both(tmp_path) as (_, direct, wire):
            await running(direct)
            for api in (direct, wire):
                ran = await api.exec("one", "default", SAYS)
                assert (ran.exit_code, ran.stdout, ran.stderr) == (3, "out\n", "err\n")
                missing = await api.exec("one", "default", ["nothing-of-that-name"])
                assert missing.exit_code == -1
                assert "executable file not found" in missing.stderr
                slow = await api.exec("one", "default", ["sleep", "60"], timeout=2)
                assert slow.exit_code == 124
                assert await api.logs("one", "default") == "ä\nb\n"
                assert await api.logs("one", "default", tail=1) == "b\n"
                with pytest.raises(ApiError, match="not found"):
                    await api.logs("none", "default")
                with pytest.raises(ApiError):
                    await api.exec("none", "default", SAYS)

    simulated(work())


def test_who_asks_directly_is_audited_and_watches_over_a_connection(tmp_path: Path) -> None:
    async def work() -> None:
        async with both(tmp_path) as (cluster, direct, _):
            await direct.create(MAP)
            [event] = [e for e in cluster.audit.since() if e["verb"] == "create"
                       and e["user"]["username"] == "kubernetes-admin"]  # fmt: skip
            assert event["userAgent"].startswith("breakfix/")
            seen = []
            async for kind, item in direct.watch("ConfigMap", "default"):
                seen.append((kind, item["metadata"]["name"]))
                if ("ADDED", "one") in seen:
                    break
            assert ("ADDED", "one") in seen

    simulated(work())
