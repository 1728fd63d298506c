from __future__ import annotations

import asyncio

import pytest

from breakfix.embedded.machine.shell.replacing import COMMAND, told
from tests.embedded.machine.fixture import started


@pytest.mark.parametrize(
    "script",
    [
        "exec nginx -g 'daemon off;'\n",
        "a=1; exec sleep 9",
        'cd /tmp &&\n  exec "$0" "$@"',
        "exec $CMD",
    ],
)
def test_the_last_command_of_a_script(script: str) -> None:
    assert told(script) == script.replace("exec", COMMAND)


@pytest.mark.parametrize(
    "script",
    [
        "exec >log", "exec x > y", "exec 3<&0", "exec x | y", "exec x &", "exec -a x y",
        "echo exec x", "echo \\\n exec x", "echo 'a\nexec x'", "# exec x", "exec x; echo after",
        "if a; then exec x; fi", "cat <<E\nexec x\nE", "exec x $(y)",
    ],
)  # fmt: skip
def test_any_other_stays_with_the_shell(script: str) -> None:
    assert told(script) == script


async def test_a_program_takes_the_shells_place() -> None:
    box = await started("sh", "-c", 'A=1; export A; cd /tmp; exec sleep "${1:-50}"', "x", "70")
    await box.clock.advance(1)
    assert "    1 root      0:00 sleep 70" in (await box.sh("ps"))[1]
    assert (await box.sh("tr '\\0' '\\n' < /proc/1/environ | grep '^A='; readlink /proc/1/cwd"))[
        1
    ] == "A=1\n/tmp\n"


async def test_a_signal_reaches_the_program() -> None:
    script = "trap 'echo bye; exit 3' TERM; echo up; while true; do sleep 1; done"
    box = await started("sh", "-c", 'exec sh -c "$1"', "x", script)
    for _ in range(500):
        await asyncio.sleep(0 if box.output.text else 0.01)
    stop = asyncio.ensure_future(box.container.stop(30))
    await box.clock.advance(3)
    await asyncio.wait_for(stop, 5)
    assert (await box.container.wait(), box.output.text) == (3, "up\nbye\n")


async def test_one_that_is_not_there() -> None:
    box = await started("sh", "-c", "exec nosuch")
    assert (await box.container.wait(), box.output.text) == (
        127,
        "sh: exec: line 0: nosuch: not found\n",
    )
