"""Processes: pid namespaces, signals, exit codes, and how a command becomes a program."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import posixpath
import re
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.images.executables import program_of, shebang
from breakfix.embedded.machine.images.program_table import ON_TERM
from breakfix.embedded.machine.images.registry import lookup
from breakfix.embedded.machine.images.unwritten import unwritten
from breakfix.embedded.machine.inodes import failed
from breakfix.embedded.machine.types import Process, Program

MAX_PIDS = 1024  # processes of one namespace: fork bombs end here
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_DEPTH = 4  # interpreters of interpreters
_NO_NUMBER = re.compile(r"(?:invalid literal for int|could not convert string to float).*?('.*')$")
_IGNORED = {signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT, 0}
NO_EXEC, NO_COMMAND = 126, 127


@dataclass(frozen=True)
class Resolved:
    """A command that was found: its path, the program's name, and what it gets as argv."""

    path: str
    name: str
    program: Program
    argv: list[str]


def search(view: View, name: str, cwd: str, env: Mapping[str, str]) -> str | None:
    """The path of a command: by itself where it has a slash, else on PATH."""
    if "/" in name:
        return posixpath.join(cwd, name)
    for folder in (env.get("PATH") or DEFAULT_PATH).split(":"):
        path = posixpath.join(cwd, folder, name)
        if view.runs(path):
            return path
    return None


def installed(view: View, names: Iterable[str], env: Mapping[str, str]) -> set[str]:
    """Those of many commands that are on PATH."""
    there: set[str] = set()
    for folder in (env.get("PATH") or DEFAULT_PATH).split(":"):
        with contextlib.suppress(OSError):
            there.update(view.list(posixpath.join("/", folder)))
    return {name for name in names if name in there and search(view, name, "/", env)}


def resolve(view: View, argv: list[str], cwd: str, env: Mapping[str, str]) -> Resolved:
    """Find the program of a command. Raises OSError: ENOENT (not found), EACCES, ENOEXEC."""
    for _ in range(_DEPTH):
        path = search(view, argv[0], cwd, env)
        if path is None:
            raise failed(errno.ENOENT, argv[0])
        if view.stat(path).kind != "file" or not view.access(path, 1):
            raise failed(errno.EACCES, argv[0])
        data = view.inode(path).content()
        if name := program_of(data):
            base = posixpath.basename(argv[0]) if name == "busybox" else name
            program = lookup(base) or lookup(name) or unwritten
            return Resolved(path, base if lookup(base) else name, program, argv)
        words = shebang(data)
        if words is None:
            raise failed(errno.ENOEXEC, argv[0])
        argv = [*words, path, *argv[1:]]
        if words[0].endswith("/env") and len(words) > 1:
            argv = argv[1:]
    raise failed(errno.ELOOP, argv[0])


@dataclass(eq=False)
class Running:
    """A process and the task that runs it."""

    process: Process
    name: str
    task: asyncio.Task[int] | None = None
    killed: int | None = None  # the exit code of whoever killed it
    owner: object = None  # the container

    def signal(self, number: int, code: int | None = None, first: bool = False) -> None:
        """Deliver a signal. `first`: from inside the namespace whose first process it is."""
        handler = self.process.handlers.get(number)
        if number != signal.SIGKILL and handler is not None:
            handler()
            return
        if number in _IGNORED:
            return
        if number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT) and self.name in ON_TERM:
            code = ON_TERM[self.name]
        elif first:
            return  # the kernel: from inside, it gets only the signals that it handles
        self.killed = 128 + number if code is None else code
        self.end()

    def end(self) -> None:
        """Cancel it, once it has begun."""
        if self.task is not None:
            asyncio.get_running_loop().call_soon(self.task.cancel)


@dataclass(eq=False)
class PidNamespace:
    """The processes that see each other. `shared`: a pod's (pause is its first process)."""

    shared: bool = False
    table: dict[int, Running] = field(default_factory=dict)
    last: int = 0

    def __post_init__(self) -> None:
        if self.shared:
            self.last = 1

    def add(self, running: Running) -> int:
        """Give it a pid. Raises EAGAIN when there are too many."""
        if len(self.table) >= MAX_PIDS:
            raise failed(errno.EAGAIN)
        self.last += 1
        running.process.pid = self.last
        self.table[self.last] = running
        return self.last

    def processes(self) -> list[Process]:
        """All, in order of pid."""
        return [self.table[pid].process for pid in sorted(self.table)]

    def kill(self, sender: Process, pid: int, number: int) -> None:
        """Send a signal; pid -1 is everyone else. Raises ESRCH, EPERM."""
        if pid == -1:
            for other in [r for p, r in self.table.items() if p not in (1, sender.pid)]:
                other.signal(number)
            return
        running = self.table.get(abs(pid))
        if running is None:
            raise failed(errno.ESRCH)
        if sender.who.uid not in (0, running.process.who.uid):
            raise failed(errno.EPERM)
        running.signal(number, first=pid == 1)


async def finish(running: Running, program: Program) -> int:
    """Run a program to its exit code, whatever it does."""
    process = running.process
    try:
        code = await program(process)
    except asyncio.CancelledError:
        if running.killed is None:
            raise
        return running.killed
    except BrokenPipeError:
        return 128 + signal.SIGPIPE
    except Exception as error:
        with contextlib.suppress(Exception):
            await process.err(f"{running.name}: {_words(error)}\n")
        return 1
    return running.killed if running.killed is not None else code & 255


def _words(error: Exception) -> str:
    """What a program says that could not go on."""
    number = _NO_NUMBER.match(str(error)) if isinstance(error, ValueError) else None
    return f"invalid number {number[1]}" if number else str(error)
