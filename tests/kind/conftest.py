"""One real cluster for the rounds and the proofs, made by breakfix itself.

PATH, DOCKER_HOST and BREAKFIX_KIND_NODE_IMAGE are taken from the environment. The tests
skip where Docker or kind do not answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from breakfix.clusters.kind_binary import KindBinary
from breakfix.clusters.kubectl import find_kubectl
from breakfix.clusters.process import SystemPrograms
from breakfix.errors import ClusterError

CLUSTER = "kind:bf-test-play"
PATIENCE = 1800  # seconds of one test: a proof on a real cluster takes minutes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of this folder may take longer than others."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(PATIENCE))


@dataclass
class Player:
    """Somebody who uses the command line, with a home of their own."""

    home: Path

    def environ(self) -> dict[str, str]:
        return dict(os.environ) | {"BREAKFIX_HOME": str(self.home), "KUBECONFIG": ""}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "breakfix", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environ(), stdout=pipe, stderr=pipe, text=True)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr of one command."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=900)
        return process.returncode, out, err

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The JSON that a command prints; it must end with the code."""
        ended, out, err = self.run(*arguments, "--json")
        assert ended == code, f"{arguments}: {ended}\n{out}\n{err}"
        return json.loads(out)

    def kubectl(self, *arguments: str) -> str:
        """kubectl as the learner has it: with the round's kubeconfig."""
        config = self.json("cluster", "kubeconfig", CLUSTER)["kubeconfig"]
        kubectl = find_kubectl(SystemPrograms(self.environ()))
        command = [str(kubectl), "--kubeconfig", config, *arguments]
        env = self.environ()
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    try:
        asyncio.run(KindBinary(SystemPrograms(dict(os.environ))).check())
    except ClusterError as error:
        pytest.skip(f"needs Docker and kind: {error.message}. {error.hint}")
    found = Player(tmp_path_factory.mktemp("home"))
    found.run("cluster", "down", CLUSTER)
    found.json("cluster", "up", CLUSTER)
    yield found
    found.json("cluster", "down", CLUSTER)
