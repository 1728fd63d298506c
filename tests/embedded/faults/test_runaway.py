"""Programs that never rest: the API goes on answering, and what they take is bounded."""

from __future__ import annotations

import asyncio
import statistics
import time

import pytest

from breakfix.embedded.machine.streams import Pipe
from breakfix.embedded.nodes.access import Session
from breakfix.embedded.objects import Object
from tests.embedded.cluster_fixture import Http, running

PODS = "/api/v1/namespaces/default/pods"
ANSWER = 3.0  # s: one that is held up never answers; on a free core it is milliseconds
SCRIPTS = {
    "fork-bomb": ":(){ :|:& };:; sleep 1000",
    "forks": "while true; do sleep 1000 & done",
    "loop": "while true; do :; done",
    "counter": "i=0; until false; do i=$((i+1)); done",
    "output": "yes",
    "one-line": "cat /dev/zero",
    "variable": "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done",
    "files": "i=0; while true; do echo hi > /tmp/f$i; i=$((i+1)); done",
    "recursion": "f() { f; }; f",
    "disk": "dd if=/dev/urandom of=/big bs=1M; sleep 1000",
}


def _pod(name: str, script: str) -> Object:
    container = {"name": "app", "image": "busybox", "command": ["sh", "-c", script]}
    spec = {"restartPolicy": "Never", "containers": [container],
            "tolerations": [{"operator": "Exists"}]}  # fmt: skip
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


async def _started(http: Http, names: list[str]) -> None:
    for name in names:
        code, body = await http.ask("POST", PODS, _pod(name, SCRIPTS[name]))
        assert code == 201, body
    for _ in range(200):
        _, found = await http.ask("GET", PODS)
        if all(p["status"].get("phase") not in (None, "Pending") for p in found["items"]):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("pods do not start")


async def _answers(http: Http, seconds: float) -> float:
    """What the API needs for an answer, in the middle."""
    took = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        code, _ = await http.ask("GET", PODS)
        took.append(time.monotonic() - begun)
        assert code == 200
        await asyncio.sleep(0.02)
    return statistics.median(took)


async def _service_account(http: Http) -> None:
    for _ in range(100):
        code, _ = await http.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default")
        if code == 200:
            return
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("names", [[*SCRIPTS][:5], [*SCRIPTS][5:]])
async def test_the_api_answers_beside_programs_that_never_rest(names: list[str]) -> None:
    async with running(nodes=1) as (_, http):
        await _service_account(http)
        await _started(http, names)
        assert await _answers(http, 1.5) < ANSWER
        for name in names:
            code, body = await http.ask("DELETE", f"{PODS}/{name}", {"gracePeriodSeconds": 0})
            assert code == 200, body
        assert await _answers(http, 0.3) < ANSWER


async def test_a_client_that_never_reads_holds_nothing_up() -> None:
    async with running(nodes=1) as (cluster, http):
        await _service_account(http)
        await _started(http, ["loop"])
        pod = cluster.registry.store.get("pods", "loop", "default")
        assert pod is not None
        unread = Pipe()
        work = asyncio.create_task(
            cluster.pods.access.exec(pod, "app", ["yes"], Session(None, unread, unread))
        )
        assert await _answers(http, 1.0) < ANSWER
        assert unread._held < 1 << 20
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_a_log_is_bounded_and_its_newest_part_is_kept() -> None:
    from breakfix.embedded.clock import VirtualClock
    from breakfix.embedded.kubelet.log_reading import read
    from breakfix.embedded.kubelet.logs import MAX_LOG, Log
    from breakfix.embedded.nodes.access import LogOptions

    log, block = Log(VirtualClock()), b"y\n" * 32768
    begun = time.process_time()
    for _ in range(16384):  # a gigabyte
        await log.write("stdout", block)
    assert time.process_time() - begun < 5
    await log.write("stdout", b"the end\n")
    found = b"".join([part async for part in read(log, LogOptions())])
    assert len(found) <= MAX_LOG
    assert found.endswith(b"y\nthe end\n")
    tail = b"".join([part async for part in read(log, LogOptions(tail_lines=2))])
    assert tail == b"y\nthe end\n"
