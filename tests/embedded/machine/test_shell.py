from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from breakfix.embedded.machine.streams import Memory
from breakfix.embedded.machine.terminal import Terminal
from tests.embedded.machine.fixture import started


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        ("echo hi", 0, "hi\n"),
        ("nosuch; echo $?", 0, "sh: nosuch: not found\n127\n"),
        ("/etc/passwd; echo $?", 0, "sh: /etc/passwd: Permission denied\n126\n"),
        ("set -e; false; echo no", 1, ""),
        ("seq 3 | while read n; do sleep 0; echo n$n; done", 0, "n1\nn2\nn3\n"),
        ("printf 'b\\na\\n' | sort | head -1", 0, "a\n"),
        ("trap 'echo bye' EXIT; exit 4", 4, "bye\n"),
        ("trap 'echo T; exit 3' TERM; kill -TERM $$; echo no", 3, "T\n"),
        ("kill -9 $$; echo no", 137, ""),
        ("sleep 60 & kill $!; wait $!; echo $?", 0, "Terminated\n143\n"),
        ("echo 'echo $0 $1' > /tmp/s; sh /tmp/s x; chmod +x /tmp/s; /tmp/s y", 0,
         "/tmp/s x\n/tmp/s y\n"),
        ("for i in 1", 2, 'sh: syntax error: unexpected end of file\n'),
        ("cat /nosuch; rm /nosuch; mkdir /etc", 1,
         "cat: can't open '/nosuch': No such file or directory\n"
         "rm: can't remove '/nosuch': No such file or directory\n"
         "mkdir: can't create directory '/etc': File exists\n"),
        ("cp /bin/ls /tmp/mine; cd /tmp; ./mine", 0, "mine\n"),
        ("command -v curl; echo $?; command -v sleep; command -v cd; command echo x", 0,
         "127\n/bin/sleep\ncd\nx\n"),
        ("kill -0 1 && hostname && which sleep", 0, "pod-1\n/bin/sleep\n"),
    ],
)  # fmt: skip
async def test_scripts(script: str, code: int, text: str) -> None:
    box = await started("sleep", "3600")
    assert await box.sh(script) == (code, text)


async def test_cat_shows_what_cannot_be_seen() -> None:
    box = await started("sleep", "3600")
    assert await box.sh("printf 'a\\tb\\r\\n\\351' > /tmp/a; cat -A /tmp/a") == (
        0, "a^Ib^M$\nM-i")  # fmt: skip
    assert await box.run(["cat", "-e"], b"a\tb\r\n") == (0, "a\tb^M$\n")
    assert await box.run(["cat", "-t"], b"a\tb\n") == (0, "a^Ib\n")


async def test_commands_get_the_environment_of_the_container() -> None:
    box = await started("sleep", "3600")
    env = dict(line.split("=", 1) for line in (await box.run(["env"]))[1].splitlines())
    text = (await box.sh("A=1; export B=2; env"))[1]
    assert dict(line.split("=", 1) for line in text.splitlines()) == env | {"B": "2", "PWD": "/"}
    assert await box.sh("echo $USER; export USER=me; sh -c 'echo $USER'") == (0, "\nme\n")


async def test_standard_input_is_read_by_scripts_and_commands() -> None:
    box = await started("sleep", "3600")
    assert await box.sh('read a; echo "[$a]"; sort', b"one\nc\nb\n") == (0, "[one]\nb\nc\n")
    assert await box.run(["cat"], b"x") == (0, "x")
    assert await box.run(["sh"], b"x=1\nif true; then\necho $x\nfi\nexit 6\n") == (6, "1\n")


async def test_sleep_waits_on_the_clock() -> None:
    box = await started("sh", "-c", "echo a; sleep 100; echo b; exit 5")
    await box.clock.advance(99)
    assert box.output.text == "a\n"
    await box.clock.advance(2)
    assert await box.container.wait() == 5
    assert box.output.text == "a\nb\n"


async def ends_with(screen: Memory, text: str) -> None:
    """Until ``screen`` ends with ``text``: a learner types when the prompt is there."""
    for _ in range(1000):
        if screen.text.endswith(text):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{screen.text!r} never ended with {text!r}")


async def type_after(before: str, keys: bytes, terminal: Terminal, screen: Memory) -> None:
    """What a learner types when this has come."""
    await ends_with(screen, before)
    await terminal.type(keys)


async def test_a_prompt_echoes_edits_and_is_interrupted() -> None:
    box = await started("sleep", "3600")
    screen = Memory()
    terminal = Terminal(screen)
    work = asyncio.ensure_future(
        box.container.exec(["sh"], terminal.keys, screen, screen, tty=True)
    )
    for before, keys in (
        ("/ # ", b"echo hx\x7fi\r"),
        ("hi\r\n/ # ", b"sleep 100\r"),
        ("sleep 100\r\n", b"\x03"),
        ("^C\r\n/ # ", b"exit 3\r"),
    ):
        await type_after(before, keys, terminal, screen)
    assert await asyncio.wait_for(work, 5) == 3
    assert screen.text.startswith("/ # echo hx\b \bi\r\nhi\r\n/ # sleep 100\r\n^C\r\n/ # ")


async def test_a_shell_in_a_shell_echoes_once() -> None:
    box = await started("sleep", "3600", image="nginx:1.27")
    screen = Memory()
    terminal = Terminal(screen)
    work = asyncio.ensure_future(
        box.container.exec(["sh"], terminal.keys, screen, screen, tty=True)
    )
    for before, keys in (
        ("# ", b"env bash\r"),
        ("root@pod-1:/# ", b"echo hi\r"),
        ("hi\r\nroot@pod-1:/# ", b"exit 4\r"),
        ("exit 4\r\n# ", b"exit\r"),
    ):
        await type_after(before, keys, terminal, screen)
    assert await asyncio.wait_for(work, 5) == 4
    assert screen.text == (
        "# env bash\r\nroot@pod-1:/# echo hi\r\nhi\r\nroot@pod-1:/# exit 4\r\n# exit\r\n"
    )


async def test_a_program_on_a_terminal_gets_lines_and_is_interrupted() -> None:
    box = await started("sleep", "3600")
    for argv, keys, shown, code in (
        (["cat"], b"hx\x7fi\r\x04", "hx\b \bi\r\nhi\r\n", 0),
        (["tail", "-f", "/dev/null"], b"\x03", "^C\r\n", 130),
        (["sh", "-c", "sleep 100"], b"\x03", "^C\r\n", 130),
    ):
        screen = Memory()
        terminal = Terminal(screen)
        work = asyncio.ensure_future(
            box.container.exec(argv, terminal.keys, screen, screen, tty=True)
        )
        await terminal.type(keys)
        assert await asyncio.wait_for(work, 5) == code
        assert screen.text == shown


async def test_loops_without_end_leave_the_others_responsive() -> None:
    loops = ["while true; do :; done", "while [[ 1 ]]; do ((i++)); done", "yes > /dev/null"]
    boxes = [await started("sh", "-c", loop) for loop in loops * 3]
    box = await started("sleep", "3600")
    assert await asyncio.wait_for(box.sh("echo hi"), 5) == (0, "hi\n")
    await asyncio.gather(*(b.container.stop(0) for b in boxes))
    assert await boxes[0].container.wait() == 137


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the handles in /proc")
async def test_a_shell_that_has_ended_holds_no_handle_of_the_system() -> None:
    box = await started("sleep", "3600")
    await box.sh("true")
    before = handles()
    for script in ("true", "echo a | cat", "exit 3", "for", "sleep 0 & wait", "kill -9 $$") * 3:
        await box.sh(script)
    await asyncio.sleep(0.05)
    assert handles() <= before + 6
