"""A server knows whether anybody uses it; one that nobody wants ends by itself."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from breakfix.clusters.api import KubeApi
from breakfix.embedded.server.use import Use
from breakfix.embedded.users import ADMIN, service_account
from tests.embedded.cluster_fixture import running

POD = service_account("shop", "pricing")
SOON = 1.0  # seconds
PATIENCE = 20.0


class Seconds:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_request_counts_until_it_is_answered() -> None:
    use = Use(clock := Seconds())
    clock.now += 5
    assert use.unused() == 5
    with use.by(ADMIN):
        clock.now += 5
        assert use.unused() == 0
    assert use.unused() == 0
    clock.now += 3
    assert use.unused() == 3


def test_one_of_two_requests_is_enough() -> None:
    use = Use(clock := Seconds())
    with use.by(ADMIN):
        with use.by(ADMIN):
            pass
        clock.now += 9
        assert use.unused() == 0


def test_what_runs_in_the_cluster_does_not_count() -> None:
    use = Use(clock := Seconds())
    with use.by(POD):
        clock.now += 7
        assert use.unused() == 7
    assert use.unused() == 7


async def test_it_waits_until_nobody_has_asked_for_so_long() -> None:
    use = Use()
    with use.by(ADMIN):
        waiting = asyncio.create_task(use.until_unused(0.05))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    await asyncio.wait_for(waiting, PATIENCE)
    assert use.unused() >= 0.05


async def test_its_own_parts_do_not_keep_a_cluster_in_use_but_a_person_does() -> None:
    async with running(nodes=1) as (cluster, http):
        use = cluster.app.use
        before = use.unused()
        await asyncio.sleep(0.3)
        assert use.unused() >= before + 0.3
        await http.ask("GET", "/api/v1/namespaces/default/pods")
        assert use.unused() < before + 0.3


@contextmanager
def served(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers."""
    command = [sys.executable, "-m", "breakfix.embedded", "--nodes", "1", "--directory"]
    kubeconfig = folder / "kubeconfig"
    with subprocess.Popen(
        [*command, str(folder / "state"), "--kubeconfig", str(kubeconfig), *options],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        server.stdout.readline()
        try:
            yield server
        finally:
            server.kill()


def test_one_that_nobody_uses_ends_and_its_state_stays(tmp_path: Path) -> None:
    with served(tmp_path, "--unused", str(SOON)) as server:
        assert server.wait(PATIENCE) == 0
    assert (tmp_path / "state" / "state.db").is_file()


def test_one_that_is_kept_goes_on_until_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "keep-round").touch()
    with served(tmp_path, "--unused", str(SOON)) as server:
        time.sleep(2.5 * SOON)
        assert server.poll() is None
        (tmp_path / "state" / "keep-round").unlink()
        assert server.wait(PATIENCE) == 0


async def test_one_that_is_used_goes_on(tmp_path: Path) -> None:
    with served(tmp_path, "--unused", str(SOON)) as server:
        async with KubeApi(tmp_path / "kubeconfig") as api:
            for _ in range(10):
                await api.request("GET", "/api/v1/namespaces")
                await asyncio.sleep(SOON / 4)
                assert server.poll() is None


def test_without_the_option_it_stays_until_it_is_told_to_end(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        time.sleep(2 * SOON)
        assert server.poll() is None
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
