"""Embedded clusters from the command line: processes of their own that go on and come back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from breakfix.clusters import embedded
from breakfix.clusters.api import KubeApi
from breakfix.clusters.base import AuditEvent
from breakfix.clusters.embedded import EmbeddedCluster
from breakfix.clusters.readiness import NODES_PATH
from breakfix.errors import ClusterError
from breakfix.settings import Settings
from tests.unit.clusters_fakes import no_progress

NAME = "embedded:x"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory; what still runs in it is killed at the end."""
    monkeypatch.setenv("BREAKFIX_HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    yield tmp_path
    for file in tmp_path.glob("embedded/*/pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)


def breakfix(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "breakfix", "cluster", *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def pid(home: Path) -> int:
    return int((home / "embedded/x/pid").read_text())


async def nodes(kubeconfig: Path) -> list[str]:
    async with KubeApi(kubeconfig) as api:
        items = (await api.request("GET", NODES_PATH))["items"]
    return [i["metadata"]["name"] for i in items]


async def mark(kubeconfig: Path) -> None:
    async with KubeApi(kubeconfig) as api:
        meta = {"name": "mine", "namespace": "default"}
        await api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})


async def marked(kubeconfig: Path) -> bool:
    async with KubeApi(kubeconfig) as api:
        items = (await api.request("GET", "/api/v1/namespaces/default/configmaps"))["items"]
    return "mine" in [i["metadata"]["name"] for i in items]


def test_a_cluster_from_up_to_down(home: Path) -> None:
    """Made, found again, killed, started again with all that was on it, deleted."""
    code, out, err = breakfix("up", "--backend", "embedded", "--name", "x", "--nodes", "3")
    kubeconfig = home / "kubeconfig/embedded-x"
    assert (code, out) == (0, f"{kubeconfig}\n"), err
    assert "Starting the embedded cluster" in err
    first = pid(home)
    assert asyncio.run(nodes(kubeconfig)) == ["control-plane", "worker", "worker2"]
    asyncio.run(mark(kubeconfig))
    address = server(kubeconfig)

    assert breakfix("up", NAME)[:2] == (0, f"{kubeconfig}\n")
    assert pid(home) == first
    assert breakfix("list")[1].splitlines()[1].split(maxsplit=2) == [
        NAME, "answers", "made by breakfix",
    ]  # fmt: skip
    assert breakfix("kubeconfig", NAME)[1] == f"{kubeconfig}\n"

    assert (home / "embedded/x/keep-asked").is_file()

    os.kill(first, signal.SIGKILL)
    assert breakfix("list")[1].splitlines()[1].split() == [NAME, "stopped", "-"]
    assert breakfix("up", NAME)[0] == 0
    assert pid(home) != first
    assert server(kubeconfig) == address
    assert asyncio.run(marked(kubeconfig))
    assert len(asyncio.run(nodes(kubeconfig))) == 3

    last = pid(home)
    code, out, _ = breakfix("down", NAME)
    assert (code, out) == (0, "embedded:x is gone\n")
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)
    assert not (home / "embedded/x").exists()
    assert not kubeconfig.exists()
    assert "no clusters: breakfix cluster up embedded" in breakfix("list")[1]


async def test_one_that_a_game_started_ends_when_nobody_uses_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept for a round, and what is on it stays for the next."""
    monkeypatch.setattr(embedded, "UNUSED_SECONDS", 1)
    made = EmbeddedCluster("x", Settings(data_dir=home))
    made.keep_up("round")
    await made.start(no_progress)
    await mark(made.kubeconfig)
    await asyncio.sleep(2.5)
    assert await marked(made.kubeconfig)
    made.may_end("round")
    await asyncio.to_thread(ends, pid(home))
    await made.start(no_progress)
    assert await marked(made.kubeconfig)


def ends(number: int) -> None:
    """Wait until a child of this process has ended."""
    deadline = time.monotonic() + 20
    while os.waitpid(number, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def server(kubeconfig: Path) -> str:
    lines = kubeconfig.read_text().splitlines()
    return next(line for line in lines if "server:" in line).strip()


@contextmanager
def foreground(home: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "breakfix", "cluster", "up", NAME, "--foreground"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{home / 'kubeconfig/embedded-x'}\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_in_the_foreground(home: Path) -> None:
    with foreground(home) as process:
        code, _, err = breakfix("up", NAME, "--foreground")
        assert code == 3
        assert "embedded:x is up already" in err
        assert breakfix("up", NAME)[0] == 0  # found, and consent given
        assert "made by breakfix" in breakfix("list")[1]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert (home / "embedded/x/state.db").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["up", "--name", "x"], 2, "--name needs --backend"),
        (["up", "kind", "--backend", "embedded"], 2, "a cluster is named once"),
        (["up", "kind:x", "--foreground"], 2, "only an embedded cluster can stay"),
        (["up", "embedded:../x"], 2, "cannot be an embedded cluster's name"),
        (["kubeconfig", "embedded:none"], 2, "breakfix cluster up embedded:none"),
        (["down", "embedded:none"], 3, "there is no cluster embedded:none"),
    ],
)
def test_wrong_use(home: Path, arguments: list[str], code: int, words: str) -> None:
    found, out, err = breakfix(*arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert err.startswith("breakfix: ")
    assert len(err.splitlines()) <= 2


def test_a_broken_state_is_told_with_the_next_step(home: Path) -> None:
    (home / "embedded/x").mkdir(parents=True)
    (home / "embedded/x/state.db").write_bytes(b"broken" * 1000)
    code, _, err = breakfix("up", NAME)
    assert code == 3
    assert "embedded:x does not come up: " in err
    assert "move it away to begin with an empty cluster" in err
    assert "breakfix cluster down embedded:x" in err
    assert breakfix("down", NAME)[0] == 0


async def test_two_starts_at_once_make_one_process(home: Path) -> None:
    def start() -> EmbeddedCluster:
        return EmbeddedCluster("x", Settings(data_dir=home))

    answers = await asyncio.gather(
        *(start().start(lambda _: nullcontext()) for _ in range(2)), return_exceptions=True
    )
    refused = [a for a in answers if isinstance(a, BaseException)]
    assert all(isinstance(a, ClusterError) for a in refused)
    assert len(refused) <= 1
    os.kill(pid(home), 0)


async def test_what_the_audit_tells(home: Path) -> None:
    cluster = EmbeddedCluster("x", Settings(data_dir=home))
    began = datetime.now(UTC)
    await cluster.start(lambda _: nullcontext())
    await mark(cluster.kubeconfig)
    found: list[AuditEvent] = []
    deadline = time.monotonic() + 10
    while not found and time.monotonic() < deadline:
        events = await cluster.audit_since(began) or []
        found = [e for e in events if e.resource == "configmaps" and e.verb == "create"]
        found = [e for e in found if e.name == "mine"]
        await asyncio.sleep(0.1)
    assert [(e.user, e.namespace, e.code) for e in found] == [("kubernetes-admin", "default", 201)]
    await cluster.stop(lambda _: nullcontext())
    assert await cluster.audit_since(began) is None
