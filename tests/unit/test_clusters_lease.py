"""Who holds a cluster: a round by a Lease, a process by a file lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from breakfix.clock import SystemClock, VirtualClock
from breakfix.clusters.lease import LEASE, Holder, hold, read_holder, release
from breakfix.clusters.process_lock import process_lock
from breakfix.errors import ClusterError
from breakfix.settings import Settings
from tests.unit.clusters_fakes import FakeApi

ANN = Holder("ann@desk", "round-1", "aaaa")
BOB = Holder("bob@laptop", "round-2", "bbbb")
CLOCK = VirtualClock()


async def test_a_second_installation_is_told_who_holds_the_cluster() -> None:
    api = FakeApi()
    await hold(api, "kind:a", ANN, CLOCK)
    with pytest.raises(ClusterError) as caught:
        await hold(api, "kind:a", BOB, CLOCK)
    assert "held by ann@desk for round round-1 since 2026-01-01T00:00:00" in caught.value.message
    assert "breakfix cluster release kind:a --force" in caught.value.hint
    assert caught.value.exit_code == 3
    assert (await read_holder(api) or BOB).person == "ann@desk"


async def test_the_same_installation_goes_on_after_a_crash() -> None:
    api = FakeApi()
    await hold(api, "kind:a", ANN, CLOCK)
    await hold(api, "kind:a", Holder("ann@desk", "round-2", "aaaa"), CLOCK)
    assert (await read_holder(api) or BOB).round_id == "round-2"


async def test_a_released_cluster_is_free() -> None:
    api = FakeApi()
    await hold(api, "kind:a", ANN, CLOCK)
    assert await release(api, "kind:a", "aaaa")
    assert not await release(api, "kind:a", "aaaa")
    await hold(api, "kind:a", BOB, CLOCK)


async def test_only_by_force_is_it_taken_from_somebody() -> None:
    api = FakeApi()
    await hold(api, "kind:a", ANN, CLOCK)
    with pytest.raises(ClusterError, match="ann@desk"):
        await release(api, "kind:a", "bbbb")
    await hold(api, "kind:a", BOB, CLOCK, force=True)
    assert (await read_holder(api) or ANN).person == "bob@laptop"
    assert await release(api, "kind:a", "aaaa", force=True)


async def test_of_two_at_once_one_is_told() -> None:
    api = FakeApi({LEASE: {"metadata": {"resourceVersion": "1"}, "spec": {}}})
    slow = FakeApi(refuse=lambda method, path: 409 if method == "PUT" else 0)
    await hold(api, "kind:a", ANN, CLOCK)
    slow.objects = api.objects
    with pytest.raises(ClusterError, match="ann@desk"):
        await hold(slow, "kind:a", BOB, CLOCK, force=True)


@pytest.mark.parametrize("identity", [None, "", "somebody", "a b", "x y z"])
async def test_any_lease_can_be_read(identity: str | None) -> None:
    api = FakeApi({LEASE: {"metadata": {}, "spec": {"holderIdentity": identity}}})
    holder = await read_holder(api)
    assert (holder is None) == (not identity)


HOLD = """
import sys
from pathlib import Path
from breakfix.clock import SystemClock
from breakfix.clusters.process_lock import process_lock
from breakfix.settings import Settings
with process_lock("kind:a", "breakfix play", Settings(Path(sys.argv[1])), SystemClock()):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_process(tmp_path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_holds_the_cluster(
    tmp_path: Path, other_process: subprocess.Popen[str]
) -> None:
    with (
        other_process,
        pytest.raises(ClusterError) as caught,
        process_lock("kind:a", "breakfix round start", Settings(tmp_path), SystemClock()),
    ):
        pytest.fail("the lock was given twice")
    assert f"kind:a is held by pid {other_process.pid} (breakfix play)" in caught.value.message
    assert caught.value.exit_code == 3


def test_a_killed_process_holds_nothing(
    tmp_path: Path, other_process: subprocess.Popen[str]
) -> None:
    with other_process:
        other_process.kill()
    with process_lock("kind:a", "breakfix play", Settings(tmp_path), SystemClock()):
        pass


def test_locks_that_cannot_be_kept_are_told(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("")
    with (
        pytest.raises(ClusterError, match="cannot") as caught,
        process_lock("kind:a", "breakfix play", Settings(tmp_path), CLOCK),
    ):
        pytest.fail("there is no place for the lock")
    assert "BREAKFIX_HOME" in caught.value.hint


def test_another_cluster_is_free(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    with (
        process_lock("kind:a", "breakfix play", settings, CLOCK),
        process_lock("context:x/y", "breakfix play", settings, CLOCK),
    ):
        assert len(list((tmp_path / "locks").iterdir())) == 2
