"""Which scripts need the shell's standard input."""

from __future__ import annotations

import pytest

from breakfix.embedded.machine.shell.input import reads_input


@pytest.mark.parametrize(
    "script",
    ["read a; echo $a", "while read a; do echo $a; done", "head -n 1", "sort | uniq",
     "grep -v x > /tmp/y", "tar xmf - -C /tmp", "base64 -d > /f", "true && wc -l"],
)  # fmt: skip
def test_these_read_it(script: str) -> None:
    assert reads_input(script)


@pytest.mark.parametrize(
    "script",
    ["echo hi; exit 3", "ps | grep x", "grep name /etc/resolv.conf", "cat /etc/hosts | wc -l",
     "while read a; do echo $a; done < /etc/hosts", "cat f | while read a; do echo $a; done",
     "tar cf - /tmp", "head -n 1 /f", "sort < /f", "echo 'read a'", "sleep 1"],
)  # fmt: skip
def test_these_do_not(script: str) -> None:
    assert not reads_input(script)
