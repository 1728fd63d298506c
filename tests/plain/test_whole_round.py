"""A whole round in the plain mode, on a terminal and on the embedded cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

pytestmark = pytest.mark.whole
BREAKFIX = [sys.executable, "-m", "breakfix"]
PLAY = [*BREAKFIX, "play", "--plain", "--cluster", "embedded"]
NAME = "identity-wrong-namespace"
TITLE = "Known at the door, not on the list"
FIX = (
    "kubectl -n shop patch rolebinding pricing --type=json "
    """-p '[{"op": "replace", "path": "/subjects/0/namespace", "value": "shop"}]'"""
)
PATIENCE = 90


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A home of its own, whose cluster is gone at the end."""
    found = os.environ | {
        "BREAKFIX_HOME": str(tmp_path), "HOME": str(tmp_path), "SHELL": "/bin/bash",
        "TERM": "xterm",
    }  # fmt: skip
    yield found
    if not (tmp_path / "embedded").exists():
        return
    for command in (["round", "end"], ["cluster", "down", "embedded"]):  # a round keeps it up
        ended = subprocess.run([*BREAKFIX, *command], env=found, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr


class Terminal:
    """A person at a terminal: types a line, and listens until the prompt comes."""

    def __init__(self, env: dict[str, str], *arguments: str) -> None:
        self.child = pexpect.spawn(
            PLAY[0], [*PLAY[1:], *arguments], env=env, encoding="utf-8", timeout=PATIENCE,
            dimensions=(24, 200),
        )  # fmt: skip

    def hear(self, prompt: str) -> str:
        """What is said until this is."""
        self.child.expect_exact(prompt)
        return str(self.child.before)

    def say(self, line: str, prompt: str = "round> ") -> str:
        """Type a line; returns what is said until the prompt."""
        self.child.sendline(line)
        self.hear("\r\n")
        return self.hear(prompt)

    def end(self) -> int:
        """The exit code, when it has ended."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)


def test_a_round_is_played_from_the_start_to_the_debrief(env: dict[str, str]) -> None:
    first = Terminal(env)
    first.hear("breakfix> ")
    page = first.say(f"play {NAME} 7F3K")
    assert "prices stand still" in page
    assert "NAMESPACE" in first.say("k get pods -A")
    assert "Namespace shop:" in first.say("map shop")
    (typed,) = (Path(env["BREAKFIX_HOME"]) / "rounds").glob("*.commands")
    assert typed.read_text().endswith(" kubectl get pods -A\n")

    first.child.sendline("k -n shop exec -it deploy/front -- sh")
    first.hear("$ ")
    assert "front-" in first.say("hostname", "$ ")
    first.say("exit")

    first.child.sendline("shell")
    first.hear("shop $ ")
    assert env["BREAKFIX_HOME"] in first.say("echo $KUBECONFIG", "shop $ ")
    first.say("exit")

    first.child.sendintr()
    assert "Type leave to leave the round." in first.hear("round> ")
    first.child.sendeof()
    assert "The round stays open" in first.hear("ends it.")
    assert first.end() == 0

    second = Terminal(env)
    assert f"You have an open round: {TITLE}" in second.hear("breakfix> ")
    second.say("continue")
    assert "Not solved yet." in second.say("verify")
    assert "patched" in second.say(FIX)
    debrief = second.say("verify", "debrief> ")
    assert "Solved. All " in debrief
    assert "Changed RoleBinding pricing in shop: 1 line added, 1 removed." in debrief
    second.child.sendline("quit")
    second.hear("The cluster is as it was before.")
    assert second.end() == 0


def test_a_script_plays_a_round_and_leaves_it_open(env: dict[str, str]) -> None:
    script = f"play {NAME} 7F3K\nk -n shop get rolebinding pricing -o name\nverify\n"
    found = subprocess.run(
        PLAY, input=script, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert found.returncode == 0
    assert "rolebinding.rbac.authorization.k8s.io/pricing\n" in found.stdout
    assert "Not solved yet." in found.stdout
    assert "The input has ended.\nThe round stays open" in found.stdout
    assert "\x1b" not in found.stdout


@pytest.mark.parametrize(
    ("term", "why"), [("dumb", "(TERM=dumb)"), ("xterm", "input or output is redirected")]
)
def test_where_no_screen_can_be_drawn_plain_is_suggested(
    env: dict[str, str], term: str, why: str
) -> None:
    command = [*BREAKFIX, "play"]
    if term == "dumb":
        child = pexpect.spawn(command[0], command[1:], env=env | {"TERM": term}, encoding="utf-8")
        child.expect(pexpect.EOF)
        said = str(child.before)
    else:
        said = subprocess.run(command, env=env, capture_output=True, text=True, check=False).stderr
    assert why in said
    assert "`breakfix play --plain` works line by line" in said
