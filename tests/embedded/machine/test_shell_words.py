"""What ash says of failures, and what `set -x` shows."""

from __future__ import annotations

import pytest

from tests.embedded.machine.fixture import started


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        ("apt-get update; ssh a; sudo b; vim", 127,
         "sh: apt-get: not found\nsh: ssh: not found\nsh: sudo: not found\nsh: vim: not found\n"),
        ("set -u; echo $a; echo no", 2, "sh: a: parameter not set\n"),
        ("echo ${a:?must be set}; echo no", 2, "sh: a: must be set\n"),
        ("echo $((1/0)); echo no", 2, "sh: divide by zero\n"),
        ("readonly a=1; a=2; echo no", 2, "sh: a: is read only\n"),
        ("cd /a", 2, "sh: cd: line 0: can't cd to /a: No such file or directory\n"),
        ("cd /a || exit 1", 1, "sh: cd: line 0: can't cd to /a: No such file or directory\n"),
        ("echo\ncd /a; echo b", 0,
         "\nsh: cd: line 1: can't cd to /a: No such file or directory\nb\n"),
        ("[ 1 -eq x ]", 2, "sh: x: bad number\n"),
        ("a=; [ $a = b ] || [ $a -gt 'c d' ]", 2,
         "sh: b: unknown operand\nsh: c d: unknown operand\n"),
        ("[ a -z b ]", 2, "sh: -z: unknown operand\n"),
        ("[ 1 -eq ]", 2, "sh: -eq: argument expected\n"),
        ("[ a = a", 2, "sh: missing ]\n"),
        ("printf %d x", 1, "0sh: invalid number 'x'\n"),
        ("kill 9999", 1, "sh: can't kill pid 9999: No such process\n"),
        (". /a", 1, "sh: .: line 0: can't open '/a': No such file or directory\n"),
        ("exit x", 2, "sh: exit: line 0: Illegal number: x\n"),
        ("set -x; f() { wait; }; for i in 1 2; do [ $i = 2 ]; done; f; exit 3", 3,
         "+ '[' 1 '=' 2 ]\n+ '[' 2 '=' 2 ]\n+ f\n+ wait\n+ exit 3\n"),
        ("set -x; true", 0, "+ true\n"),
    ],
)  # fmt: skip
async def test_words_of_ash(script: str, code: int, text: str) -> None:
    box = await started("sleep", "3600")
    assert await box.sh(script) == (code, text)


async def test_a_script_tells_its_lines() -> None:
    box = await started("sleep", "3600")
    script = "cd /a\nnosuch\n[ 1 -eq x ]\necho $((1/0))\n"
    await box.run(["tee", "/tmp/s"], script.encode())
    assert await box.run(["sh", "/tmp/s"]) == (2, (
        "/tmp/s: cd: line 1: can't cd to /a: No such file or directory\n"
        "/tmp/s: line 2: nosuch: not found\nsh: x: bad number\n"
        "/tmp/s: line 4: divide by zero\n"
    ))  # fmt: skip


async def test_a_script_of_bash_keeps_the_words_of_bash() -> None:
    box = await started("sleep", "3600", image="redis:7")
    code, text = await box.run(["bash", "-c", "set -x; [ 1 -eq x ]; cd /a"])
    assert (code, text) == (1, (
        "+ '[' 1 -eq x ']'\nbash: line 1: [: x: integer expression expected\n"
        "+ cd /a\nbash: line 1: cd: /a: No such file or directory\n"
    ))  # fmt: skip
