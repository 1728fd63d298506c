"""What ash says of failures, and what `set -x` shows."""

from __future__ import annotations

import pytest

from breakfix.embedded.clock import SystemClock
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
        ("printf %d x >/dev/null", 1, "sh: invalid number 'x'\n"),
        ("kill 9999", 1, "sh: can't kill pid 9999: No such process\n"),
        (". /a", 2, "sh: .: line 0: can't open '/a': No such file or directory\n"),
        ("exit x", 2, "sh: exit: line 0: Illegal number: x\n"),
        ("set -x; f() { wait; }; for i in 1 2; do [ $i = 2 ]; done; f; exit 3", 3,
         "+ '[' 1 '=' 2 ]\n+ '[' 2 '=' 2 ]\n+ f\n+ wait\n+ exit 3\n"),
        ("set -x; true", 0, "+ true\n"),
    ],
)  # fmt: skip
async def test_words_of_ash(script: str, code: int, text: str) -> None:
    box = await started("sleep", "3600")
    assert await box.sh(script) == (code, text)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'abc", "unterminated quoted string"),
        ('echo "a $(ls"', "unterminated quoted string"),
        ("echo `ls", "EOF in backquote substitution"),
        ("echo ${x", "missing '}'"),
        ("echo $((1+2", "missing '))'"),
        ("echo $(ls", 'unexpected end of file (expecting ")")'),
        ("if true; then echo a", 'unexpected end of file (expecting "fi")'),
        ("if true; echo a; fi", 'unexpected "fi" (expecting "then")'),
        ("if true; then fi", 'unexpected "fi"'),
        ("for i in a; do if true; then echo; done", 'unexpected "done" (expecting "fi")'),
        ("for x in a b; echo $x; done", 'unexpected word (expecting "do")'),
        ("while true; do echo a", 'unexpected end of file (expecting "done")'),
        ("case x in", 'unexpected end of file (expecting ")")'),
        ("case x in a) echo b", 'unexpected end of file (expecting ";;")'),
        ("f() {", 'unexpected end of file (expecting "}")'),
        ("ls &&", "unexpected end of file"),
        ("echo >", "unexpected end of file"),
        ("a=(1 2); echo ${a[0]}", 'unexpected "("'),
        ("cat <<< hi", "unexpected redirection"),
        ("for ((i=0;i<3;i++)); do echo $i; done", "bad for loop variable"),
        ("echo hi |& cat", 'unexpected "&"'),
    ],
)
async def test_a_script_that_ash_refuses(script: str, why: str) -> None:
    box = await started("sleep", "3600")
    assert await box.sh(script) == (2, f"sh: syntax error: {why}\n")


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("cat <<EOF\n'it is\nEOF\necho b", "'it is\nb\n"),
        (
            "case a in (a|b) echo 1;; esac; f() { echo $((1+(2))); }; f; ! false && echo if",
            "1\n3\nif\n",
        ),
        ("[[ a = a && b != c ]] && echo \"$(echo ')' \"it's\")\" ${x:-'}'} # it's", ") it's }\n"),
        ("function f { echo 1; }\nf 2>&1 | cat", "1\n"),
    ],
)
async def test_a_script_that_ash_reads(script: str, text: str) -> None:
    box = await started("sleep", "3600")
    assert await box.sh(script) == (0, text)


async def test_a_script_tells_its_lines() -> None:
    box = await started("sleep", "3600")
    script = "cd /a\nnosuch\n[ 1 -eq x ]\necho $((1/0))\n"
    await box.run(["tee", "/tmp/s"], script.encode())
    assert await box.run(["sh", "/tmp/s"]) == (2, (
        "/tmp/s: cd: line 1: can't cd to /a: No such file or directory\n"
        "/tmp/s: line 2: nosuch: not found\nsh: x: bad number\n"
        "/tmp/s: line 4: divide by zero\n"
    ))  # fmt: skip


@pytest.mark.parametrize(
    "redirected", ["2>&1", "2>&1 | cat", "2>/tmp/e; cat /tmp/e", "2>&1 | grep ."]
)
async def test_errors_that_are_redirected_are_in_the_words_of_ash(redirected: str) -> None:
    box = await started("sleep", "3600")
    assert (await box.sh(f"nosuch {redirected}"))[1] == "sh: nosuch: not found\n"


async def test_a_script_of_bash_keeps_the_words_of_bash() -> None:
    box = await started("sleep", "3600", image="redis:7")
    code, text = await box.run(["bash", "-c", "set -x; [ 1 -eq x ]; cd /a"])
    assert (code, text) == (1, (
        "+ '[' 1 -eq x ']'\nbash: line 1: [: x: integer expression expected\n"
        "+ cd /a\nbash: line 1: cd: /a: No such file or directory\n"
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        ("sh -c 'kill -9 $$'; echo $?", 0, "Killed\n137\n"),
        ("sh -c 'kill $$; echo no'; echo $?", 0, "Terminated\n143\n"),
        ("sh -c 'echo $0 $1' a b; sh -c 'echo $0'", 0, "a b\nsh\n"),
        ("echo 'echo $0 $1; nosuch' > /tmp/s; sh /tmp/s a", 127,
         "/tmp/s a\n/tmp/s: line 1: nosuch: not found\n"),
        ("printf 'a\\nb\\n' | sh -c 'cat; echo end'", 0, "a\nb\nend\n"),
        ("printf 'a\\nb\\n' | while read x; do sh -c 'echo in'; echo $x; done", 0,
         "in\na\nin\nb\n"),
        ("echo a | awk '{print $0}'; trap 'echo $$; exit 3' EXIT; : $$ | grep -c x", 3, None),
        ("bash -c true", 127, "sh: bash: not found\n"),
        ("timeout 0.1 sleep 5; echo $?", 0, "Terminated\n143\n"),
        ("timeout -s KILL 0.1 sleep 5; echo $?", 0, "Killed\n137\n"),
        ("timeout 0.1 sleep 5", 143, ""),
        ("set -x; sh -c true", 0, "+ sh -c true\n"),
    ],
)  # fmt: skip
async def test_a_shell_in_a_shell_is_a_process(script: str, code: int, text: str | None) -> None:
    box = await started("sleep", "3600", clock=SystemClock())
    found = await box.sh(script)
    assert found[0] == code
    assert text is None or found[1] == text


async def test_time_is_a_program_of_busybox() -> None:
    box = await started("sleep", "3600")
    nothing = "user\t0m 0.00s\nsys\t0m 0.00s\n"
    assert await box.sh("time true; echo $?") == (0, f"real\t0m 0.00s\n{nothing}0\n")
    failed = "Command exited with non-zero status 3\n"
    assert await box.sh("time sh -c 'exit 3'") == (3, f"{failed}real\t0m 0.00s\n{nothing}")
    none = "time: can't execute 'nosuch': No such file or directory\n"
    assert (await box.sh("time nosuch"))[1].startswith(none)
    assert (await box.sh("time -p true"))[1] == "real 0.00\nuser 0.00\nsys 0.00\n"


async def test_commands_from_input_go_on_until_they_are_whole() -> None:
    box = await started("sleep", "3600")
    given = b"cat <<E\nit's\nE\ntrue &&\necho b\nif true\nthen echo 'c\n'; fi\necho >\necho d\n"
    assert await box.run(["sh"], given) == (
        2,
        "it's\nb\nc\n\nsh: syntax error: unexpected newline\n",
    )
