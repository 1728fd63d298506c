from __future__ import annotations

import asyncio

import pytest

from breakfix.embedded.machine.process import PidNamespace
from breakfix.embedded.machine.types import ContainerError, Identity
from breakfix.embedded.machine.volumes import Mount, Volume
from tests.embedded.machine.fixture import Started, started


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        ("nosuch", 'exec: "nosuch": executable file not found in $PATH: unknown'),
        ("/nosuch/x", 'exec: "/nosuch/x": stat /nosuch/x: no such file or directory: unknown'),
        ("/etc", 'exec: "/etc": permission denied: unknown'),
    ],
)
async def test_a_command_that_is_not_there(argv: str, why: str) -> None:
    with pytest.raises(ContainerError, match="OCI runtime create failed") as caught:
        await started(argv)
    assert caught.value.reason == "StartError"
    assert caught.value.message.endswith(why)


async def stopped(box: Started, grace: float) -> int:
    stop = asyncio.ensure_future(box.container.stop(grace))
    await box.clock.advance(grace + 1)
    await asyncio.wait_for(stop, 5)
    return await box.container.wait()


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        ("while true; do sleep 1; done", 137, ""),
        ("trap 'echo bye; exit 0' TERM; while true; do sleep 1; done", 0, "bye\n"),
        ("trap 'echo bye; exit 7' TERM; sleep 1000 & wait $!", 7, "bye\n"),
        ("trap 'stop=1' TERM; while [ -z $stop ]; do sleep 1; done; echo end", 0, "end\n"),
        ("exec sleep 1000", 137, ""),
    ],
)
async def test_sigterm(script: str, code: int, text: str) -> None:
    box = await started("sh", "-c", script)
    await box.clock.advance(2)
    assert (await stopped(box, 10), box.output.text) == (code, text)


async def test_a_plain_service_ends_at_once() -> None:
    box = await started(image="mycorp/unknown:1")
    await box.container.stop(30)
    assert await box.container.wait() == 143


async def test_more_memory_than_the_limit_is_killed() -> None:
    box = await started("dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1",
                        limits={"memory": 16 << 20})  # fmt: skip
    assert await box.container.wait() == 137
    assert box.container.oom_killed


async def test_containers_share_pids_and_volumes() -> None:
    pids, volume = PidNamespace(shared=True), Volume(mode=0o777)
    one = await started("sleep", "1000", pids=pids, mounts={"/data": volume})
    two = await started("sleep", "2000", pids=pids, mounts={"/x": Mount(volume, read_only=True)})
    assert await one.sh("echo hi > /data/a") == (0, "")
    assert await two.sh("cat /x/a; echo no > /x/a") == (
        1, "hi\nsh: can't create /x/a: Read-only file system\n")  # fmt: skip
    assert "sleep 1000" in (await two.sh("ps"))[1]
    assert await two.sh("kill -9 2") == (0, "")
    assert await one.container.wait() == 137


async def test_permissions_bite_whoever_is_not_root() -> None:
    volume = Volume(mode=0o755)
    volume.write("secret", b"s", 0o600)
    box = await started("sleep", "1000", who=Identity(1000, 1000), mounts={"/v": volume})
    assert await box.sh("cat /v/secret; echo x > /v/new; id -u; touch /tmp/ok") == (
        0, "cat: can't open '/v/secret': Permission denied\n"
        "sh: can't create /v/new: Permission denied\n1000\n")  # fmt: skip
    volume.give_group(2000)
    box = await started("sleep", "1000", who=Identity(1000, 1000, (2000,)), mounts={"/v": volume})
    assert await box.sh("cat /v/secret; echo x > /v/new; stat -c %g /v/new") == (0, "s2000\n")


async def test_a_read_only_root() -> None:
    box = await started("sleep", "1000", read_only_root=True, mounts={"/tmp": Volume()})
    assert await box.sh("echo a > /tmp/a && echo b > /b") == (
        1, "sh: can't create /b: Read-only file system\n")  # fmt: skip


async def test_a_published_volume_changes_at_once_but_not_its_sub_path() -> None:
    volume = Volume()
    volume.publish({"key": b"old"})
    box = await started("sleep", "1000",
                        mounts={"/c": volume, "/k": Mount(volume, sub_path="key")})  # fmt: skip
    volume.publish({"key": b"new", "more": b"m"})
    assert await box.sh("cat /c/key /k; ls /c") == (0, "newoldkey\nmore\n")


async def test_a_full_volume() -> None:
    box = await started("sleep", "1000", mounts={"/v": Volume(limit=1000)})
    code, text = await box.sh("dd if=/dev/zero of=/v/x bs=1k count=2")
    assert (code, text) == (
        1,
        "dd: error writing '/v/x': No space left on device\n1+0 records in\n0+0 records out\n",
    )


async def test_the_first_process_is_not_killed_from_inside() -> None:
    box = await started("sleep", "3600")
    assert await box.sh("kill -9 1; kill 1; kill -INT 1; echo $?") == (0, "0\n")
    assert box.container.main is not None
    assert box.container.main.killed is None
    await box.container.stop(0)
    assert await box.container.wait() == 137
