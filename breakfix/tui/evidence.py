"""Evidence: the kubectl command for each way to look at an object of the cluster.

A command here is what the learner could type, word for word: it is shown, it can be put on
the shell's line, and the game counts it as if it had been typed.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

TAIL = 500  # lines of a log that are asked for at first
COMMANDS = "BREAKFIX_COMMANDS"
STRICT_LEVELS = ("baseline", "restricted")
"""Levels of Pod Security; kubectl has a profile of the same name for each of them."""
HAVE_LOGS = frozenset(
    {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Service"}
)
CLUSTER_WIDE = frozenset({"Node", "Namespace", "PersistentVolume"})


class Look(StrEnum):
    """The ways to look at an object; DEBUG is done in the shell."""

    DESCRIBE = "describe"
    LOGS = "logs"
    EVENTS = "events"
    YAML = "yaml"
    DEBUG = "debug"


VIEWS = (Look.DESCRIBE, Look.LOGS, Look.EVENTS, Look.YAML)


@dataclass(frozen=True)
class Target:
    """An object of the cluster: kind, namespace and name make it the same; `pods` and
    `containers` are where its logs are."""

    kind: str
    namespace: str
    name: str
    pods: tuple[str, ...] = field(default=(), compare=False)
    containers: tuple[str, ...] = field(default=(), compare=False)

    @property
    def word(self) -> str:
        """As kubectl names it: `deployment/front`."""
        return f"{self.kind.lower()}/{self.name}"

    @property
    def scope(self) -> list[str]:
        """The option that says where it is; nothing for what stands in no namespace."""
        return [] if self.kind in CLUSTER_WIDE else ["-n", self.namespace]

    def can(self, look: Look) -> bool:
        """Whether kubectl can do this with an object of this kind."""
        if look is Look.LOGS:
            return self.kind in HAVE_LOGS
        return look is not Look.DEBUG or bool(self.pods)


@dataclass(frozen=True)
class LogOptions:
    """What of a log is shown. No pod: kubectl chooses one of the workload's; no container:
    the first."""

    follow: bool = False
    previous: bool = False
    pod: str = ""
    container: str = ""


def command(look: Look, target: Target, log: LogOptions = LogOptions()) -> list[str]:
    """The words of the kubectl command; DEBUG needs `debug_command`."""
    kubectl = ["kubectl", *target.scope]
    match look:
        case Look.DESCRIBE:
            return [*kubectl, "describe", target.word]
        case Look.YAML:
            return [*kubectl, "get", target.word, "-o", "yaml"]
        case Look.EVENTS:
            return _events(target)
        case Look.LOGS:
            return [*kubectl, "logs", *_log_words(target, log)]
    raise ValueError(f"{look} is done in the shell")


def _events(target: Target) -> list[str]:
    """All of a namespace, else those of the object; a node's are in the namespace default."""
    if target.kind == "Namespace":
        return ["kubectl", "-n", target.name, "get", "events", "--sort-by=.lastTimestamp"]
    where = target.scope or ["-n", "default"]
    return ["kubectl", *where, "events", "--for", target.word]


def _log_words(target: Target, log: LogOptions) -> list[str]:
    words = [f"pod/{log.pod}" if log.pod else target.word]
    if log.container:
        words += ["-c", log.container]
    words.append(f"--tail={TAIL}")
    return words + ["-f"] * log.follow + ["-p"] * log.previous


def debug_command(target: Target, image: str, level: str = "") -> list[str]:
    """An ephemeral container beside the first container of the object's first pod. The
    profile is the one that the namespace's level of Pod Security lets in: `general` adds
    SYS_PTRACE, which baseline and restricted refuse."""
    words = ["kubectl", *target.scope, "debug", "-it", f"pod/{target.pods[0]}", f"--image={image}"]
    words.append(f"--profile={level if level in STRICT_LEVELS else 'general'}")
    if target.containers:
        words.append(f"--target={target.containers[0]}")
    return [*words, "--", "sh"]


def typed(words: list[str]) -> str:
    """The command as one would type it."""
    return shlex.join(words)


def write_down(words: list[str], env: Mapping[str, str]) -> None:
    """Append the command to the file that the shell writes its commands to, if there is one:
    on a cluster without an audit log the game reads there what was looked at.

    Raises OSError where the file cannot be written.
    """
    if env.get(COMMANDS):
        with Path(env[COMMANDS]).open("a", encoding="utf-8") as file:
            file.write(f"{time.time():.0f} {typed(words)}\n")
