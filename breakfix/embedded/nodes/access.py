"""What the API server asks of a node's kubelet about its pods: logs, exec, attach, ports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from breakfix.embedded.machine.types import Input, Output
from breakfix.embedded.network.types import Stream
from breakfix.embedded.objects import Object


@dataclass(frozen=True)
class LogOptions:
    """PodLogOptions, checked."""

    follow: bool = False
    previous: bool = False
    since: datetime | None = None
    timestamps: bool = False
    tail_lines: int | None = None
    limit_bytes: int | None = None
    stream: str = "All"  # All, Stdout, Stderr


@dataclass
class Session:
    """An exec or attach: what a client wants of the standard streams."""

    stdin: Input | None
    stdout: Output | None
    stderr: Output | None
    tty: bool = False
    # told (columns, rows) by the client's terminal; set by whoever runs the session
    resized: Callable[[int, int], None] | None = None


class PodAccess(Protocol):
    """All nodes of a cluster; a pod finds its own kubelet.

    Everything raises StatusError with the words of a real API server or kubelet
    (`container "x" in pod "y" is waiting to start: ContainerCreating`, ...).
    """

    def logs(self, pod: Object, container: str, options: LogOptions) -> AsyncIterator[bytes]:
        """The log in blocks of whole lines; with follow until the container ends."""

    async def exec(self, pod: Object, container: str, argv: list[str], session: Session) -> int:
        """Run a command in a container; its exit code."""

    async def attach(self, pod: Object, container: str, session: Session) -> int:
        """Join the container's own streams, until it ends or the client goes."""

    async def dial(self, pod: Object, port: int) -> Stream:
        """Connect to a port of the pod from inside of it (port-forward, proxy)."""

    def page(self, node: str, path: str) -> tuple[bytes, str] | None:
        """What a kubelet that runs tells of itself: body and Content-Type."""
