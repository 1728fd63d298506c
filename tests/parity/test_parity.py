"""The embedded cluster answers kubectl as a real one did.

Transcripts are played once against one embedded cluster, side by side; each step is a test.
With BREAKFIX_REAL_KUBECONFIG the real cluster is asked afresh too.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from functools import cache
from pathlib import Path

import pytest

from breakfix.clusters.kubectl import bundled_kubectl
from tests.parity.normalising import normal
from tests.parity.playing import Answer, Player, kubectl_version, recorded
from tests.parity.transcripts import HERE, Step, Transcript, transcripts

Played = Mapping[str, "Future[list[Answer]]"]
REAL = os.environ.get("BREAKFIX_REAL_KUBECONFIG", "")
ALL = transcripts()
STEPS = [
    pytest.param(each, number, id=f"{each.name}-{number + 1}")
    for each in ALL
    for number in range(len(each.steps))
]


@cache
def kubectl() -> Path:
    """One of the version that the recordings were made with: answers are worded by it too."""
    wanted, _ = recorded(ALL[0].name)
    on_path = shutil.which("kubectl")
    found = [bundled_kubectl(), Path(on_path) if on_path else None]
    for each in found:
        if each is not None and kubectl_version(each) == wanted:
            return each
    pytest.skip(f"recorded with kubectl {wanted}, which is not here")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """What an embedded cluster with one node answers."""
    kubeconfig = tmp_path_factory.mktemp("parity") / "kubeconfig"
    command = [sys.executable, "-m", "breakfix.embedded", "--nodes", "1", "--kubeconfig"]
    chosen = kubectl()
    with subprocess.Popen([*command, str(kubeconfig)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()  # it says where it is when it answers
        played = Player(chosen, kubeconfig, stays=False).play_all(ALL)
        yield played
        server.terminate()
        for each in played.values():
            each.cancel()


@pytest.fixture(scope="module")
def real() -> Played | None:
    """What the real cluster answers now; None where there is none."""
    return Player(kubectl(), Path(REAL), stays=True).play_all(ALL) if REAL else None


def difference(expected: Answer, found: Answer) -> str:
    """ "" where they are the same."""

    def lines(answer: Answer) -> list[str]:
        return [f"exit code {answer.code}", *answer.stdout, "-- stderr", *answer.stderr]

    names = "real", "embedded"
    return "\n".join(difflib.unified_diff(lines(expected), lines(found), *names, "", "", 3, ""))


@pytest.mark.parametrize(("transcript", "number"), STEPS)
def test_a_step(transcript: Transcript, number: int, embedded: Played, real: Played | None) -> None:
    step = transcript.steps[number]
    _, known = recorded(transcript.name)
    assert [a.run for a in known] == [s.run for s in transcript.steps], "record it again"
    expected = real[transcript.name].result()[number] if real else known[number]
    found = difference(expected, embedded[transcript.name].result()[number])
    if step.differs:
        assert found, "the same as the real one now: remove the mark `differs`"
    else:
        assert not found, f"kubectl {step.run}\n{found}"


@pytest.mark.skipif(not REAL, reason="BREAKFIX_REAL_KUBECONFIG names no real cluster")
@pytest.mark.parametrize("transcript", ALL, ids=lambda each: each.name)
def test_the_recording_is_what_the_real_cluster_says(transcript: Transcript, real: Played) -> None:
    _, known = recorded(transcript.name)
    now = real[transcript.name].result()
    found = [difference(k, n) for k, n in zip(known, now, strict=True)]
    assert not any(found), "\n".join(f for f in found if f)


def test_there_is_much_to_compare() -> None:
    answers = [a for each in ALL for a in recorded(each.name)[1]]
    assert len(answers) >= 150
    assert sum(1 for a in answers if a.code) >= 40


def test_every_reason_is_in_the_docs() -> None:
    text = " ".join((HERE.parents[1] / "docs/fidelity.md").read_text("utf-8").split())
    reasons = {step.differs for each in ALL for step in each.steps if step.differs}
    assert not [r for r in sorted(reasons) if r not in text]


def test_only_what_no_two_runs_share_is_taken_out() -> None:
    step = Step("get pods")
    table = "NAME                   RESTARTS     AGE\nweb-7d4b9c8f6d-x8x2k   1 (3s ago)   5m2s"
    assert normal(step, table) == ["NAME  RESTARTS  AGE", "web-HASH-RANDOM  1 (AGO)  AGO"]
    kept = 'web-server "2" 10.0.0.1 period=10s failureThreshold 3'
    assert normal(step, kept) == [kept]
