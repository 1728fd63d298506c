"""Commands whose end can be known without running them."""

from __future__ import annotations

import pytest

from breakfix.embedded.nodes.programs import RUNS_ON, Outcome, image_outcome, outcome


@pytest.mark.parametrize(("words", "found"), [
    (["true"], Outcome(0)),
    (["/bin/false"], Outcome(0, 1)),
    (["sleep", "90s"], Outcome(90, deaf=True)),
    (["sleep", "infinity"], Outcome(None, deaf=True)),
    (["sh", "-c", "exit 42"], Outcome(0, 42)),
    (["sh", "-c", "echo 'a; b' && sleep 2; false"], Outcome(2, 1, deaf=True)),
    (["sh", "-c", "false || exit 7\necho no"], Outcome(0, 7)),
    (["sh", "-c", "false && sleep 9"], Outcome(0, 1)),
    (["sh", "-c", "while true; do sleep 1; done"], RUNS_ON),
    (["sh", "-c", "echo $HOME"], RUNS_ON),
    (["sh", "-c", "echo 'unfinished"], RUNS_ON),
    (["nginx", "-g", "daemon off;"], RUNS_ON),
    ([], RUNS_ON),
])  # fmt: skip
def test_outcomes(words: list[str], found: Outcome) -> None:
    assert outcome(words[:1], words[1:]) == found


@pytest.mark.parametrize(("image", "found"), [
    ("busybox", Outcome(0)),
    ("registry.example:5000/tools/busybox:1.36", Outcome(0)),
    ("alpine@sha256:0000", Outcome(0)),
    ("nginx:1.27", RUNS_ON),
])  # fmt: skip
def test_an_image_that_runs_a_shell_ends_without_input(image: str, found: Outcome) -> None:
    assert image_outcome(image, stdin=False) == found
    assert image_outcome(image, stdin=True) == RUNS_ON
