"""Plays transcripts with the real kubectl against any cluster."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.parity.normalising import normal
from tests.parity.transcripts import HERE, Step, Transcript

log = logging.getLogger("parity")
PATIENCE = 40.0  # s, for an `until`
AT_ONCE = 8  # transcripts; most of a transcript's time is kubectl's own start


@dataclass(frozen=True)
class Answer:
    """What a command said, normalised, as lines."""

    run: str
    code: int
    stdout: list[str]
    stderr: list[str]


class Player:
    """One cluster and one kubectl."""

    def __init__(self, kubectl: Path, kubeconfig: Path, *, stays: bool) -> None:
        self._kubectl = kubectl
        self._config: dict[str, Any] = yaml.safe_load(kubeconfig.read_text("utf-8"))
        self._stays = stays
        self._cache = tempfile.TemporaryDirectory(prefix="parity-cache-")

    def version(self) -> str:
        """Of kubectl."""
        return kubectl_version(self._kubectl)

    def play(self, transcript: Transcript) -> list[Answer]:
        """Every step's answer. The namespace is made before and removed after."""
        with tempfile.TemporaryDirectory(prefix="parity-") as place:
            room = Path(place)
            self._prepare(room, transcript)
            self._clear(room, transcript)
            self._call(room, Step(f"create namespace {transcript.namespace}"))
            self._call(room, Step("wait --for=create serviceaccount/default --timeout=30s"))
            try:
                return [self._step(room, step) for step in transcript.steps]
            finally:
                self._clear(room, transcript, wait=False)

    def play_all(self, wanted: Iterable[Transcript]) -> dict[str, Future[list[Answer]]]:
        """Side by side, then those that others would notice; the pool ends with the last."""
        wanted = sorted(wanted, key=lambda each: each.alone)
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="parity")
        found: dict[str, Future[list[Answer]]] = {}
        for each in wanted:
            before = list(found.values()) if each.alone else []
            found[each.name] = pool.submit(self._play_after, before, each)
        pool.shutdown(wait=False)
        return found

    def _play_after(
        self, before: list[Future[list[Answer]]], transcript: Transcript
    ) -> list[Answer]:
        wait(before)
        return self.play(transcript)

    def _prepare(self, room: Path, transcript: Transcript) -> None:
        config = json.loads(json.dumps(self._config))
        for context in config["contexts"]:
            context["context"]["namespace"] = transcript.namespace
        (room / ".kubeconfig").write_text(yaml.safe_dump(config), "utf-8")
        for name, text in transcript.files.items():
            (room / name).parent.mkdir(parents=True, exist_ok=True)
            (room / name).write_text(text, "utf-8")

    def _clear(self, room: Path, transcript: Transcript, *, wait: bool = True) -> None:
        if not self._stays:
            return
        for thing in (*transcript.cluster_objects, f"namespace/{transcript.namespace}"):
            asked = f"delete {thing} --ignore-not-found --wait={str(wait).lower()}"
            self._call(room, Step(asked))

    def _step(self, room: Path, step: Step) -> Answer:
        ends = time.monotonic() + PATIENCE
        while True:
            code, stdout, stderr = self._call(room, step)
            settled = not step.until or re.search(step.until, stdout + stderr, re.MULTILINE)
            if settled or time.monotonic() > ends:
                if not settled:
                    log.warning("never %r: kubectl %s", step.until, step.run)
                return Answer(step.run, code, normal(step, stdout), normal(step, stderr))
            time.sleep(0.2)

    def _call(self, room: Path, step: Step) -> tuple[int, str, str]:
        found = subprocess.run(
            [self._kubectl, *step.words],
            input=step.stdin,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=room,
            env=self._environment(room, step),
            check=False,
        )
        return found.returncode, found.stdout, found.stderr

    def _environment(self, room: Path, step: Step) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(room),
            "TZ": "UTC",
            "LC_ALL": "C",
            "KUBECONFIG": str(room / ".kubeconfig"),
            "KUBECACHEDIR": self._cache.name,
            "KUBE_EDITOR": step.editor or "true",
            "GOGC": "off",  # it ends before it has much to clear up: a quarter of its time
        }


def kubectl_version(kubectl: Path) -> str:
    """Such as "v1.34.4"."""
    found = subprocess.run(
        [kubectl, "version", "--client", "-o", "json"], capture_output=True, check=True
    )
    return str(json.loads(found.stdout)["clientVersion"]["gitVersion"])


def recording(name: str) -> Path:
    """Where the answers of the real cluster are."""
    return HERE / "recorded" / f"{name}.json"


def keep(name: str, kubectl: str, answers: list[Answer]) -> None:
    """Write a recording."""
    found = {"kubectl": kubectl, "answers": [asdict(each) for each in answers]}
    recording(name).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def recorded(name: str) -> tuple[str, list[Answer]]:
    """The version of kubectl, and the answers."""
    found = json.loads(recording(name).read_text("utf-8"))
    return found["kubectl"], [Answer(**each) for each in found["answers"]]
