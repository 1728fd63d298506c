"""What a transcript is: kubectl commands in order, played in a namespace of their own."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

HERE = Path(__file__).parent
Compare = Literal["all", "last line", "exit code"]


@dataclass(frozen=True)
class Step:
    """One kubectl command, without a shell.

    `until` is a regular expression: the command is repeated until its output matches.
    `editor` is what KUBE_EDITOR is. `differs` says why the embedded cluster answers otherwise.
    `unordered` compares lines regardless of their order, where the server gives none.
    """

    run: str
    stdin: str = ""
    until: str = ""
    editor: str = ""
    compare: Compare = "all"
    unordered: bool = False
    differs: str = ""
    note: str = ""

    @property
    def words(self) -> list[str]:
        """The arguments of kubectl."""
        return shlex.split(self.run)


@dataclass(frozen=True)
class Transcript:
    """Steps in order. `files` are in the working directory; `cluster_objects` (kind/name)
    have no namespace, and are removed before and after on a cluster that stays."""

    name: str
    about: str
    steps: tuple[Step, ...]
    files: dict[str, str] = field(default_factory=dict)
    cluster_objects: tuple[str, ...] = ()

    @property
    def alone(self) -> bool:
        """Would others notice it? A node more is in the words of every scheduling failure."""
        return any(each.startswith("node/") for each in self.cluster_objects)

    @property
    def namespace(self) -> str:
        """Where it is played: the same name everywhere, since answers contain it."""
        return f"parity-{self.name}"


def _transcript(path: Path) -> Transcript:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return Transcript(
        path.stem,
        found["about"],
        tuple(Step(**step) for step in found["steps"]),
        found.get("files") or {},
        tuple(found.get("cluster_objects") or ()),
    )


def transcripts() -> list[Transcript]:
    """All of them, by name."""
    return [_transcript(path) for path in sorted((HERE / "transcripts").glob("*.yaml"))]
