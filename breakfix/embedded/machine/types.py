"""The seams between containers, the programs in them, and the kubelet that runs them.

A program is an async function of a `Process`; it returns its exit code. It sees files, its
environment and standard streams by the Process, and the network by `process.host`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from breakfix.embedded.clock import Clock
from breakfix.embedded.machine.window import Window
from breakfix.embedded.network.types import Network, NetworkNamespace
from breakfix.embedded.objects import Object


class Files(Protocol):
    """A container's file system as a process sees it. Paths are absolute.

    Errors are OSErrors with the errno of the real thing (ENOENT, EACCES, EROFS, ENOTDIR...).
    """

    def read(self, path: str) -> bytes: ...
    def write(self, path: str, data: bytes) -> None: ...
    def append(self, path: str, data: bytes) -> None: ...
    def remove(self, path: str) -> None: ...
    def mkdir(self, path: str, parents: bool = False) -> None: ...
    def list(self, path: str) -> list[str]: ...
    def exists(self, path: str) -> bool: ...
    def is_dir(self, path: str) -> bool: ...
    def mode(self, path: str) -> int: ...
    def size(self, path: str) -> int: ...


class Input(Protocol):
    """Standard input."""

    async def read(self, limit: int = 65536) -> bytes:
        """The next bytes, b"" at the end."""


class Output(Protocol):
    """Standard output or error."""

    async def write(self, data: bytes) -> None: ...


@dataclass
class Host:
    """What all processes of a container (or a pod's containers) share."""

    network: Network
    space: NetworkNamespace
    clock: Clock
    hostname: str = ""
    node: str = ""
    api: object | None = None  # how kubectl-like programs reach the API, where they do
    sysctls: Mapping[str, str] = field(default_factory=dict)  # that were set for the pod
    services: object | None = None  # machine.services.Services of the node


@dataclass
class Identity:
    """Who a process is."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    capabilities: frozenset[str] = frozenset()  # as "NET_BIND_SERVICE", "NET_RAW"
    bounding: frozenset[str] = frozenset()  # what a binary's own capabilities may give it


class Spawn(Protocol):
    """Start a child and wait for it: its exit code (126, 127 where it cannot be run)."""

    async def __call__(
        self, argv: list[str], *, stdin: Input | None = None, stdout: Output | None = None,
        stderr: Output | None = None, env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> int: ...  # fmt: skip


@dataclass(eq=False)
class Process:
    """One process of a container."""

    pid: int
    argv: list[str]
    env: Mapping[str, str]
    cwd: str
    files: Files
    stdin: Input
    stdout: Output
    stderr: Output
    host: Host
    who: Identity = field(default_factory=Identity)
    tty: bool = False
    parent: int = 0
    window: Window | None = None  # of its terminal, where it has one
    run: Callable[[list[str]], Awaitable[int]] | None = None  # a child, with these streams
    siblings: Callable[[], list[Process]] = list  # for ps: all of the pid namespace
    spawn: Spawn | None = None  # a child with streams of its own
    kill: Callable[[int, int], None] | None = None  # pid, signal; raises OSError (ESRCH, EPERM)
    handlers: dict[int, Callable[[], None]] = field(default_factory=dict)  # signals it catches
    title: str = ""  # what ps shows, where the program has changed it
    memory: int = 0  # bytes that it holds; change it by use_memory
    use_memory: Callable[[int], None] | None = None  # the new sum; over the limit it is killed
    cpu: float = 0.0  # cores that it keeps busy; change it by use_cpu
    use_cpu: Callable[[float], None] | None = None
    container: object | None = None  # machine.container.Container: mounts, limits

    async def out(self, text: str) -> None:
        """Print."""
        await self.stdout.write(text.encode())

    async def err(self, text: str) -> None:
        """Print to standard error."""
        await self.stderr.write(text.encode())


Program = Callable[[Process], Awaitable[int]]
"""Returns the exit code; is cancelled (asyncio) when it is killed."""


@dataclass(frozen=True)
class Image:
    """One entry of the catalogue: what is in an image and what it runs."""

    name: str  # without tag: "docker.io/library/nginx"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""  # as in a Dockerfile: "", "101", "nobody"
    workdir: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    programs: tuple[str, ...] = ()  # names of programs on its PATH
    files: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()  # known ones; patterns with *; empty: every tag
    digest: str = ""
    shell: bool = True  # is there a /bin/sh?
    stop: str = "SIGTERM"  # what asks its first process to end


@dataclass
class ContainerSpec:
    """What the kubelet asks the runtime to start."""

    name: str
    image: Image
    argv: list[str]  # entrypoint and command, expanded; empty: the image's own
    env: Mapping[str, str]
    workdir: str
    who: Identity
    mounts: dict[str, object]  # path: a volume (machine.volumes.Volume)
    read_only_root: bool = False
    tty: bool = False
    stdin: bool = False
    limits: Object = field(default_factory=dict)  # memory bytes, cpu in thousandths
    pids: object | None = None  # machine.process.PidNamespace to join; None: one of its own
    hosts: str = ""  # /etc/hosts, /etc/resolv.conf; empty: only what the container itself has
    resolv_conf: str = ""
    termination_log: str = "/dev/termination-log"


class Running(Protocol):
    """A container that was started."""

    id: str

    async def wait(self) -> int:
        """Its exit code: 128 + n for a signal."""

    async def stop(self, grace: float) -> None:
        """SIGTERM, and SIGKILL after so many seconds."""

    async def exec(
        self, argv: list[str], stdin: Input, stdout: Output, stderr: Output, tty: bool = False,
        window: Window | None = None,
    ) -> int:  # fmt: skip
        """Another process in it: its exit code (126, 127 as a real runtime says)."""


class Runtime(Protocol):
    """The container runtime of a node."""

    async def start(
        self, spec: ContainerSpec, host: Host, stdout: Output, stderr: Output
    ) -> Running:
        """Start it. Raises RuntimeError_ with the real words where it cannot be."""


class ContainerError(Exception):
    """A container that cannot be created or started; `reason` as in its state."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
