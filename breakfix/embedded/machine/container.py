"""A container: files, processes and limits together."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
from collections.abc import Mapping
from typing import cast

from breakfix.embedded.machine.cgroup import Cgroup
from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.mounts import FileSpace
from breakfix.embedded.machine.process import (
    NO_COMMAND,
    NO_EXEC,
    PidNamespace,
    Resolved,
    Running,
    finish,
    resolve,
)
from breakfix.embedded.machine.runc_words import NOT_MADE, not_made, refusal
from breakfix.embedded.machine.small_limits import check_limit
from breakfix.embedded.machine.streams import Empty, Feed, Paced, Pipe, Sink
from breakfix.embedded.machine.tty import Line, controlled, terminal_streams
from breakfix.embedded.machine.types import (
    ContainerError,
    ContainerSpec,
    Host,
    Identity,
    Input,
    Output,
    Process,
)
from breakfix.embedded.machine.window import Window

_BASE_MEMORY = 1 << 20  # bytes of a process that says nothing


class Container:
    """Implements `types.Running`."""

    def __init__(
        self, spec: ContainerSpec, host: Host, space: FileSpace, stdout: Output, stderr: Output
    ) -> None:
        self.id = ""
        self.spec, self.host, self.space = spec, host, space
        self.pids = spec.pids if isinstance(spec.pids, PidNamespace) else PidNamespace()
        self.stdout: Output = Paced(stdout, host.clock)
        self.stderr: Output = self.stdout if stderr is stdout else Paced(stderr, host.clock)
        self.input = Pipe() if spec.stdin else None
        self.window = self._window(Window()) if spec.tty else None
        self.main: Running | None = None
        self.started_at = host.clock.now().timestamp()
        self._mine: dict[int, Running] = {}
        self.cgroup = Cgroup(spec, host.clock, space, self._processes, self._kill_all)
        self._feeds: list[Feed] = []
        self.masked: frozenset[str] | None = None  # kept by `shell`
        self.readless: frozenset[str] | None = None  # see machine.shell

    # -- starting processes ------------------------------------------------------------

    def view(self, who: Identity) -> View:
        """Its files as somebody sees them."""
        return View(self.space, who)

    def begin(self) -> None:
        """Start the first process. Raises ContainerError."""
        spec = self.spec
        argv = list(spec.argv) or [*spec.image.entrypoint, *spec.image.command]
        stdin: Input = self.input or Empty()
        check_limit(spec)
        try:
            self._enter(spec.workdir)
            if not argv:
                raise ContainerError("RunContainerError", "no command specified")
            found = resolve(self.view(spec.who), argv, spec.workdir, spec.env)
        except OSError as error:
            raise ContainerError("StartError", NOT_MADE + refusal(error, argv[0])) from None
        streams = (stdin, self.stdout, self.stderr)
        self.main = self.launch(
            found, spec.env, spec.workdir, spec.who,
            terminal_streams(*streams) if spec.tty else streams, window=self.window,
        )  # fmt: skip

    def _enter(self, workdir: str) -> None:
        view = self.view(Identity())
        try:
            view.mkdir(workdir, parents=True)
        except OSError as error:
            raise ContainerError("StartError", not_made(error, workdir)) from None

    def launch(
        self, found: Resolved, env: Mapping[str, str], cwd: str, who: Identity,
        streams: tuple[Input, Output, Output], window: Window | None = None, parent: int = 0,
        space: FileSpace | None = None,
    ) -> Running:  # fmt: skip
        """Start a process of a program that was found. Raises EAGAIN."""
        view = View(space or self._space_of(parent), who)
        process = Process(
            0, found.argv, env, cwd, view, *streams, self.host, who, window is not None, parent,
            window, siblings=self.pids.processes, memory=_BASE_MEMORY, container=self,
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
        process.use_memory = lambda size: self.cgroup.use_memory(process, size)
        process.use_cpu = lambda cores: self.cgroup.use_cpu(process, cores)
        running.task = asyncio.create_task(self._live(running, found))
        if isinstance(process.stdin, Line) and not parent:
            self._control(process.stdin, running)
        return running

    def _space_of(self, pid: int) -> FileSpace:
        """What a process here has as its root: a child has the same."""
        running = self._mine.get(pid)
        files = running.process.files if running is not None else None
        return files.space if isinstance(files, View) else self.space

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
            self.cgroup.meter.settle()
            self.pids.table.pop(pid, None)
            self._mine.pop(pid, None)
            if running is self.main:
                self._kill_all()  # as the kernel does when the first one has ended

    def _kill_all(self) -> None:
        for running in list(self._mine.values()):
            running.signal(signal.SIGKILL)

    async def child(self, parent: Process, argv: list[str], **changed: object) -> int:
        """A child of a process, to its end: 126 or 127 where it cannot be run."""
        env = changed.get("env") or parent.env
        cwd = str(changed.get("cwd") or parent.cwd)
        space = cast("FileSpace", changed.get("space") or self._space_of(parent.pid))
        try:
            found = resolve(View(space, parent.who), argv, cwd, env)  # type: ignore[arg-type]
            streams = tuple(changed.get(n) or getattr(parent, n)
                            for n in ("stdin", "stdout", "stderr"))  # fmt: skip
            running = self.launch(found, env, cwd, parent.who, streams,  # type: ignore[arg-type]
                                  parent.window, parent.pid, space)  # fmt: skip
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

    def _control(self, line: Line, running: Running) -> None:
        """Ctrl-C reaches all that run on this terminal."""

        def interrupt() -> None:
            for one in list(self.pids.table.values()):
                if one.process.window is running.process.window:
                    one.signal(signal.SIGINT, first=one is self.main)

        assert running.task is not None  # noqa: S101 - just started
        control = asyncio.create_task(controlled(line, interrupt))
        running.task.add_done_callback(lambda _: control.cancel())

    def _window(self, window: Window) -> Window:
        """Its processes hear of another size."""

        def tell() -> None:
            for running in list(self.pids.table.values()):
                if running.process.window is window:
                    running.signal(signal.SIGWINCH)

        window.told.append(tell)
        return window

    def _processes(self) -> list[Process]:
        return [r.process for r in self._mine.values()]

    @property
    def oom_killed(self) -> bool:
        """Has it ended for want of memory?"""
        return self.cgroup.oom_killed

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
        asked = signal.Signals[self.spec.image.stop]
        self.main.signal(asked, first=not self.pids.shared)
        if not done.done() and grace > 0:
            timer = asyncio.ensure_future(self.host.clock.sleep(grace))
            await asyncio.wait((done, timer), return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
        self.main.signal(signal.SIGKILL)
        await done

    async def exec(
        self, argv: list[str], stdin: Input, stdout: Output, stderr: Output, tty: bool = False,
        window: Window | None = None,
    ) -> int:  # fmt: skip
        """Its exit code. Raises ContainerError("ExecError") with runc's words."""
        spec = self.spec
        env = {**spec.env, "TERM": "xterm"} if tty else spec.env
        window = self._window(window or Window()) if tty else None
        try:
            found = resolve(self.view(spec.who), argv, spec.workdir, env)
            streams = terminal_streams(stdin, stdout, stderr) if tty else (stdin, stdout, stderr)
            running = self.launch(found, env, spec.workdir, spec.who, streams, window)
        except OSError as error:
            text = f"OCI runtime exec failed: exec failed: {refusal(error, argv[0])}"
            raise ContainerError("ExecError", text) from None
        return await self.until(running)
