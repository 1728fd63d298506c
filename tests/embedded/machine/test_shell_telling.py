"""What ash tells of itself: of names, aliases, traps, signals, and of its own mistakes."""

from __future__ import annotations

import pytest

from tests.embedded.machine.fixture import started


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        ("alias; trap; alias ll='ls -l'; alias; alias ll; type ll", 0,
         "ll='ls -l'\nll='ls -l'\nll is an alias for ls -l\n"),
        ("alias nosuch", 1, "alias: nosuch not found\n"),
        ("f() { :; }; type cd ls if f nosuch", 127,
         "cd is a shell builtin\nls is /bin/ls\nif is a shell keyword\nf is a function\n"
         "nosuch: not found\n"),
        ("command -V ls; command -v ls; command -V nosuch", 127,
         "ls is /bin/ls\n/bin/ls\nnosuch: not found\n"),
        ("trap 'echo x' TERM EXIT; trap; trap - EXIT", 0,
         "trap -- 'echo x' EXIT\ntrap -- 'echo x' TERM\n"),
        ("trap '' INT; trap 'echo bye' EXIT; exit 3", 3, "bye\n"),
        ("set -v; echo hi", 0, "hi\n"),
        ("set -Z", 2, "sh: set: line 0: illegal option -Z\n"),
        ("kill", 1, "sh: you need to specify whom to kill\n"),
        ("kill -9", 1, "sh: you need to specify whom to kill\n"),
        ("kill -l 9 137 TERM 99", 0, "KILL\nKILL\n15\n99\n"),
        ("kill -l FOO", 1, "sh: unknown signal 'FOO'\n"),
        ("kill %1", 2, "sh: kill: line 0: %1: no such job\n"),
        ("sleep 60 & kill -9 $!; wait; echo $?", 0, "0\n"),
        ("[ a = ]", 2, "sh: =: argument expected\n"),
        (". /nope", 2, "sh: .: line 0: can't open '/nope': No such file or directory\n"),
        ("source /nope", 2,
         "sh: source: line 0: can't open '/nope': No such file or directory\n"),
        ("export 1a=2", 2, "sh: export: line 0: 1a: bad variable name\n"),
        ("readonly x=1; unset x", 2, "sh: unset: line 0: x: is read only\n"),
        ("umask 9", 2, "sh: umask: line 0: illegal mode: 9\n"),
        ("exec nosuch", 127, "sh: exec: line 0: nosuch: not found\n"),
        ("sh /nope", 2, "sh: can't open '/nope': No such file or directory\n"),
        ("umask 077; umask; cd /tmp; touch a; echo > b; mkdir d; sh -c 'echo > c';"
         " stat -c %a a b c d", 0, "0077\n600\n600\n600\n700\n"),
        ("declare -A m; echo $?; type declare; shopt -s nullglob", 127,
         "sh: declare: not found\n127\ndeclare: not found\nsh: shopt: not found\n"),
        ("diff <(echo a) <(echo a); wc -l <(echo b) | cut -d' ' -f1", 0, "1\n"),
        ("echo hosst > /tmp/a; . /tmp/a; source /tmp/a", 127,
         "sh: /tmp/a: line 1: hosst: not found\nsh: /tmp/a: line 1: hosst: not found\n"),
        ("set -x; umask 027", 0, "+ umask 027\n"),
        ("set -x; alias a=b", 0, "+ alias a=b\n"),
    ],
)  # fmt: skip
async def test_ash(script: str, code: int, text: str) -> None:
    box = await started("sleep", "3600")
    assert await box.sh(script) == (code, text)


async def test_bash_tells_in_its_own_way() -> None:
    box = await started("sleep", "3600", image="redis:7")
    script = "alias ll='ls -l'; alias; trap 'echo x' TERM; trap; type cd ll; type nosuch; echo $?"
    code, text = await box.run(["bash", "-c", script])
    assert text.replace("nosuch: not found\n", "") == (
        "alias ll='ls -l'\ntrap -- 'echo x' SIGTERM\n"
        "cd is a shell builtin\nll is aliased to `ls -l'\n1\n"
    )
    assert code == 0
