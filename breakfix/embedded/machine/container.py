"""A container: files, processes and limits together."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
from collections.abc import Mapping

from breakfix.embedded.machine.files import FileSpace, View
from breakfix.embedded.machine.governor import Share
from breakfix.embedded.machine.process import (
    NO_COMMAND,
    NO_EXEC,
    PidNamespace,
    Resolved,
    Running,
    finish,
    resolve,
)
from breakfix.embedded.machine.streams import Empty, Feed, Paced, Pipe, Sink
from breakfix.embedded.machine.types import (
    ContainerError,
    ContainerSpec,
    Host,
    Identity,
    Input,
    Output,
    Process,
)

OOM = "OOMKilled"
_BASE_MEMORY = 1 << 20  # bytes of a process that says nothing
_WORDS = {errno.EACCES: "permission denied", errno.ENOEXEC: "exec format error",
          errno.ENOTDIR: "not a directory", errno.ELOOP: "too many links"}  # fmt: skip


def refusal(error: OSError, name: str) -> str:
    """What runc says of a command that cannot be started."""
    if error.errno == errno.ENOENT:
        tail = "executable file not found in $PATH"
        if "/" in name:
            tail = f"stat {name}: no such file or directory"
    else:
        tail = _WORDS.get(error.errno or 0, (error.strerror or "").lower())
    return f'unable to start container process: exec: "{name}": {tail}: unknown'


class Container:
    """Implements `types.Running`. `oom_killed`: it ended for want of memory."""

    def __init__(
        self, spec: ContainerSpec, host: Host, space: FileSpace, stdout: Output, stderr: Output
    ) -> None:
        self.id = ""
        self.spec, self.host, self.space = spec, host, space
        self.pids = spec.pids if isinstance(spec.pids, PidNamespace) else PidNamespace()
        self.stdout: Output = Paced(stdout, host.clock)
        self.stderr: Output = self.stdout if stderr is stdout else Paced(stderr, host.clock)
        self.input = Pipe() if spec.stdin else None
        self.share = Share(host.clock, float(spec.limits.get("cpu") or 0) / 1000)
        self.main: Running | None = None
        self.oom_killed = False
        self.started_at = host.clock.now().timestamp()
        self._mine: dict[int, Running] = {}
        self._feeds: list[Feed] = []
        self.masked: frozenset[str] | None = None  # kept by `shell`
        self.prelude = ""

    # -- starting processes ------------------------------------------------------------

    def view(self, who: Identity) -> View:
        """Its files as somebody sees them."""
        return View(self.space, who)

    def begin(self) -> None:
        """Start the first process. Raises ContainerError."""
        spec = self.spec
        argv = list(spec.argv) or [*spec.image.entrypoint, *spec.image.command]
        stdin: Input = self.input or Empty()
        try:
            self._enter(spec.workdir)
            if not argv:
                raise ContainerError("RunContainerError", "no command specified")
            found = resolve(self.view(spec.who), argv, spec.workdir, spec.env)
        except OSError as error:
            text = "failed to create containerd task: failed to create shim task: "
            text += f"OCI runtime create failed: runc create failed: {refusal(error, argv[0])}"
            raise ContainerError("StartError", text) from None
        self.main = self.launch(
            found, spec.env, spec.workdir, spec.who, (stdin, self.stdout, self.stderr), spec.tty
        )

    def _enter(self, workdir: str) -> None:
        view = self.view(Identity())
        try:
            view.mkdir(workdir, parents=True)
        except OSError as error:
            text = (
                "failed to create containerd task: failed to create shim task: OCI runtime create"
                " failed: runc create failed: unable to start container process: error during"
                f" container init: mkdir {workdir}: {(error.strerror or '').lower()}: unknown"
            )
            raise ContainerError("StartError", text) from None

    def launch(
        self, found: Resolved, env: Mapping[str, str], cwd: str, who: Identity,
        streams: tuple[Input, Output, Output], tty: bool = False, parent: int = 0,
    ) -> Running:  # fmt: skip
        """Start a process of a program that was found. Raises EAGAIN."""
        view = self.view(who)
        process = Process(
            0, found.argv, env, cwd, view, *streams, self.host, who, tty, parent,
            siblings=self.pids.processes, memory=_BASE_MEMORY, container=self,
        )  # fmt: skip
        running = Running(process, found.name, owner=self)
        self.pids.add(running)
        self._mine[process.pid] = running
        view.pid = process.pid
        view.streams = self._devices(process)
        process.run = lambda argv: self.child(process, argv)

        async def spawn(argv: list[str], **changed: object) -> int:
            return await self.child(process, argv, **changed)

        process.spawn = spawn
        process.kill = lambda pid, number: self.pids.kill(process, pid, number)
        process.use_memory = lambda size: self._use_memory(running, size)
        running.task = asyncio.create_task(self._live(running, found))
        return running

    def _devices(self, process: Process) -> dict[str, Sink]:
        feeds: dict[str, Feed] = {}
        loop = asyncio.get_running_loop()

        def sink(name: str) -> Sink:
            def put(data: bytes) -> None:
                if name not in feeds:
                    feeds[name] = Feed(getattr(process, name), loop)
                    self._feeds.append(feeds[name])
                feeds[name].put(data)

            return put

        return {"stdout": sink("stdout"), "stderr": sink("stderr"), "tty": sink("stdout")}

    async def _live(self, running: Running, found: Resolved) -> int:
        try:
            return await finish(running, found.program)
        finally:
            pid = running.process.pid
            self.pids.table.pop(pid, None)
            self._mine.pop(pid, None)
            if running is self.main:
                self._end_all()

    def _end_all(self) -> None:
        """The first process has ended: the kernel kills the others."""
        for other in list(self._mine.values()):
            other.signal(signal.SIGKILL)

    async def child(self, parent: Process, argv: list[str], **changed: object) -> int:
        """A child of a process, to its end: 126 or 127 where it cannot be run."""
        env = changed.get("env") or parent.env
        cwd = str(changed.get("cwd") or parent.cwd)
        try:
            found = resolve(self.view(parent.who), argv, cwd, env)  # type: ignore[arg-type]
            streams = tuple(changed.get(n) or getattr(parent, n)
                            for n in ("stdin", "stdout", "stderr"))  # fmt: skip
            running = self.launch(found, env, cwd, parent.who, streams,  # type: ignore[arg-type]
                                  parent.tty, parent.pid)  # fmt: skip
        except OSError as error:
            return NO_COMMAND if error.errno == errno.ENOENT else NO_EXEC
        return await self.until(running)

    async def until(self, running: Running) -> int:
        """Its exit code; whoever waits and is cancelled takes it along."""
        assert running.task is not None  # noqa: S101 - it was launched
        try:
            return await asyncio.shield(running.task)
        except asyncio.CancelledError:
            running.signal(signal.SIGKILL)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(running.task)
            raise

    # -- limits ------------------------------------------------------------------------

    @property
    def memory(self) -> int:
        """Bytes that it holds: of its processes, and in volumes that are kept in memory."""
        stores = {m.store for m in self.space.table() if m.store.memory}
        return sum(r.process.memory for r in self._mine.values()) + sum(s.used for s in stores)

    def _use_memory(self, running: Running, size: int) -> None:
        running.process.memory = size
        self.check_memory()

    def check_memory(self) -> None:
        """Kill its largest process where it holds more than its limit."""
        limit = self.spec.limits.get("memory")
        if not limit or self.memory <= limit or not self._mine:
            return
        victim = max(self._mine.values(), key=lambda r: r.process.memory)
        self.oom_killed = True
        victim.signal(signal.SIGKILL)

    # -- what the kubelet does ---------------------------------------------------------

    async def wait(self) -> int:
        assert self.main is not None and self.main.task is not None  # noqa: S101, PT018
        code = await asyncio.shield(self.main.task)
        for feed in self._feeds:
            await feed.drained()
        return code

    async def stop(self, grace: float) -> None:
        assert self.main is not None and self.main.task is not None  # noqa: S101, PT018
        done = asyncio.ensure_future(self.wait())
        self.main.signal(signal.SIGTERM, first=not self.pids.shared)
        if not done.done() and grace > 0:
            timer = asyncio.ensure_future(self.host.clock.sleep(grace))
            await asyncio.wait((done, timer), return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
        self.main.signal(signal.SIGKILL)
        await done

    async def exec(
        self, argv: list[str], stdin: Input, stdout: Output, stderr: Output, tty: bool = False
    ) -> int:
        """Its exit code. Raises ContainerError("ExecError") with runc's words."""
        spec = self.spec
        env = {**spec.env, "TERM": "xterm"} if tty else spec.env
        try:
            found = resolve(self.view(spec.who), argv, spec.workdir, env)
            running = self.launch(found, env, spec.workdir, spec.who, (stdin, stdout, stderr), tty)
        except OSError as error:
            text = f"OCI runtime exec failed: exec failed: {refusal(error, argv[0])}"
            raise ContainerError("ExecError", text) from None
        return await self.until(running)
