"""Programs outside breakfix: streamed output, pasteable failures, nothing left running."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from breakfix.clusters.process import SystemPrograms
from breakfix.errors import ClusterError, CommandError

PYTHON = Path(sys.executable).name
PROGRAMS = SystemPrograms({**os.environ, "PATH": str(Path(sys.executable).parent)}, "linux")


async def run(script: str, **options: object) -> str:
    return await PROGRAMS.run([PYTHON, "-c", script], **options)  # type: ignore[arg-type]


async def test_returns_stdout_and_streams_both_streams() -> None:
    lines: list[str] = []
    script = "import sys; print('out'); print('aside', file=sys.stderr)"
    assert await run(script, on_line=lines.append) == "out"
    assert sorted(lines) == ["aside", "out"]


async def test_a_failure_carries_its_pasteable_command_and_output() -> None:
    with pytest.raises(CommandError) as caught:
        await run("print('it is full'); raise SystemExit(7)", env={"MODE": "a b"})
    assert caught.value.command_exit_code == 7
    assert f"MODE='a b' {PYTHON} -c 'print(" in caught.value.message
    assert caught.value.message.endswith("it is full")


async def test_a_missing_program_is_told_with_the_command_that_installs_it() -> None:
    with pytest.raises(ClusterError, match="kind is not installed") as caught:
        await SystemPrograms({"PATH": ""}, "darwin").run(["kind", "version"])
    assert "brew install kind" in caught.value.hint
    assert caught.value.exit_code == 3


async def test_a_program_that_does_not_end_is_ended() -> None:
    with pytest.raises(CommandError, match=r"no end within 0\.2 s"):
        await run("import time; time.sleep(60)", timeout=0.2)


async def test_a_cancelled_run_leaves_no_process() -> None:
    started = asyncio.Event()
    pids: list[int] = []

    def note(line: str) -> None:
        pids.append(int(line))
        started.set()

    script = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    task = asyncio.create_task(run(script, on_line=note))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
