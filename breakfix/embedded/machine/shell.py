"""A shell process: bashkit runs the script, every external command is a process of ours.

A DEBUG trap is run before each command: there the container's share of the CPU is taken, and
signals that have come are given to the script's own traps. Loops therefore never keep a thread
of the library for themselves.

Some of our own commands (`__now` and others) are called by the library in its own thread:
they are quick, never wait, and touch nothing that other shells change.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shlex
import signal
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from breakfix.embedded.machine import (
    script_text,
    shell_activity,
    shell_exec,
    shell_prelude,
)
from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.interop import file_system, moved
from breakfix.embedded.machine.process import NO_COMMAND, NO_EXEC, Running, resolve, search
from breakfix.embedded.machine.shell_input import reads_input
from breakfix.embedded.machine.shell_streams import CommandInput, CommandOutput
from breakfix.embedded.machine.shell_words import Words
from breakfix.embedded.machine.streams import Empty
from breakfix.embedded.machine.types import Input, Process
from breakfix.embedded.simulated_time import SimulatedTimeLoop

_HUGE = 10**15
_SETTLE = 0.001  # seconds: output and errors of one command before those of the next
_LAST_WORDS = 1.0  # seconds that a cancelled script has to end
_SHELLS_MEMORY = 64 << 20  # bytes of variables that one shell may hold
_STRETCH = 20  # commands that a shell runs before it takes its share for them
_OWN_PID = re.compile(r"(?<![\\\\$])\$\$(?![\w$])")
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2,
            signal.SIGQUIT, signal.SIGWINCH)  # fmt: skip


class Session:
    """One shell: variables, functions and traps last from one script to the next."""

    def __init__(self, process: Process, name: str, bash: bool, script: bool = False) -> None:
        self.process = process
        self.container = cast("Container", process.container)
        self.ended = False
        self.code = 0
        self.children: dict[int, Running] = {}
        self.terminal: Input | None = None  # what commands of a prompt read
        self._pending: list[int] = []
        self._signalled = asyncio.Event()
        self._no_more_input = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._settles = False  # its output and its errors must come in their order
        self._erred = False  # was the last that a command wrote an error?
        self._ran = 0  # commands that the share is not yet taken for
        self._loop = asyncio.get_running_loop()
        self._deferring = False
        self._last = True
        self._parked = 0  # commands that wait for what the clock must bring
        self._settling = 0  # commands that wait for real time
        self._event_at = 0.0
        self._moves = 0
        self._branches = False
        self._fed_now = False  # is its standard input given to what in it reads?
        self.crossing = 0  # what commands read from the library and write to it
        self._is_bash = bash
        self._replaced: shell_exec.Replacement | None = None
        self.words = Words(name, bash, script, process.files.exists)
        self._bash: Any = None

    # -- the interpreter ---------------------------------------------------------------

    def _prepare(self, words: frozenset[str] | None = None) -> None:
        if self._bash is None:
            self._bash = self._make(words)

    def _make(self, words: frozenset[str] | None) -> Any:
        """An interpreter that knows the external commands among these words; None: all."""
        import bashkit

        process = self.process
        made: Any = bashkit.Bash(
            username=_user(process), hostname=process.host.hostname or "localhost",
            cwd=process.cwd, env=dict(process.env), max_commands=_HUGE,
            max_loop_iterations=_HUGE, max_memory=_SHELLS_MEMORY,
            profile=bashkit.ExecutionProfile.Interactive,
        )  # fmt: skip
        made.mount("/", file_system(cast("Any", process.files)))
        command = self._kept(self._command)
        masked = shell_prelude.masked(made, self.container)
        for name in masked if words is None else masked & words:
            made.add_command(name, command)
        slow = {"__tick": self._tick, "__wait": self._wait, "__kill": self._kill,
                "__exec": self._exec, "__stdin": self._stdin,
                shell_exec.COMMAND: self._replace}  # fmt: skip
        for name, function in slow.items():
            made.add_command(name, self._kept(function))
        quick = {"__now": self._now, "__default": self._default, "__alive": self._alive,
                 "__find": self._find, "__bye": self._bye, "__ret": _ret,
                 "__fed": self._fed}  # fmt: skip
        for name, told in quick.items():
            made.add_builtin(name, told)
        return made

    def _kept(self, function: Callable[[Any], Awaitable[int]]) -> Callable[[Any], Awaitable[int]]:
        """Its tasks end with the shell."""

        async def call(ctx: Any) -> int:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - it is a coroutine
            self._tasks.add(task)
            try:
                return await function(ctx)
            finally:
                self._tasks.discard(task)

        return call

    async def run(self, script: str, args: list[str] | None = None, last: bool = True) -> int:
        """Run a script to its end; its exit code. `last`: the shell ends with it."""
        self._last = last
        self.words.script = script
        words = script_text.words(script) if last else None
        self._prepare(words)
        if error := self.parses(script):
            await self.process.err(self.words.syntax(error))
            self.code = 2
            if last:
                self.close()
            return self.code
        process = self.process
        self._settles = process.tty or process.stdout is process.stderr or (
            process.pid == 1 and script_text.writes_errors(script))  # fmt: skip
        ticking = not last or self._settles or script_text.may_repeat(script)
        head = self._head(args, ticking, words)
        self._deferring = "trap" in script
        self._branches = script_text.branches(script)
        if not isinstance(self.process.stdin, Empty) and self.terminal is None:
            self.terminal = self.process.stdin
        fed = self.terminal is self.process.stdin and reads_input(script)
        if last and not (fed or self._deferring or self._branches):
            script = shell_exec.told(script)
        text = f"{head}\n{_OWN_PID.sub(str(self.process.pid), script)}\n"
        self._fed_now = fed
        if fed:
            self.terminal = None
            text = f"shopt -s lastpipe; __stdin | {{ {text}\n__fed $?\n}}\n"
            self._branches = True
        self.ended = True
        self._listen()
        shell_activity.begins(self, process.host.clock)
        try:
            self.code = await self._execute(text + "__alive $?\n")
        finally:
            shell_activity.ends(self)
            self._leave()
            if last:
                self.close()
        if self._replaced is None:
            return self.code
        running = self.container.pids.table.get(self.process.pid)
        return await shell_exec.become(self.process, running, self._replaced)

    def _head(self, args: list[str] | None, ticking: bool, words: frozenset[str] | None) -> str:
        """What goes before a script."""
        head = f"{shell_prelude.prelude(self.container, words)}; "
        if ticking:
            head = f"set -T; {head}{shell_prelude.trap(self._settles)}"
        if args:
            head += f"set -- {shlex.join(args)}; "
        window = self.process.window
        if window and window.columns and self._is_bash:
            head += f"COLUMNS={window.columns}; LINES={window.rows}; "
        if self.code:
            head += f"__ret {self.code}; "
        return head

    def close(self) -> None:
        """The shell has ended. The interpreter holds system handles, and us by its commands."""
        self._bash = None
        self.process.handlers.clear()

    async def _execute(self, text: str) -> int:
        future = asyncio.ensure_future(
            self._bash.execute(text, capture=0, stdout=self._out, stderr=self._err)
        )
        try:
            result = await asyncio.shield(future)
        except asyncio.CancelledError:
            self._bash.cancel()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            # its threads must not come back to an interpreter that ends
            await asyncio.wait((future,), timeout=_LAST_WORDS)
            raise
        if result.error:
            return await self._failed(result.error)
        return int(result.exit_code) & 255

    async def _failed(self, error: str) -> int:
        self.ended = False
        if "cancel" in error:
            return self.code
        await self.process.err(f"{self.words.text('bash: ' + error)}\n")
        return 1

    def parses(self, text: str) -> str:
        """Nothing where it is a whole script; else the library's words."""
        return script_text.error(text)

    def interrupt(self) -> None:
        """Ctrl-C: the foreground commands end, and the script with them."""
        self._bash.cancel()
        for child in list(self.children.values()):
            child.signal(signal.SIGINT)
            if child.task is not None and not child.process.handlers.get(signal.SIGINT):
                child.killed = 128 + signal.SIGINT
                child.end()
        self.code = 128 + signal.SIGINT

    def clear(self) -> None:
        """After an interrupt: ready for the next script."""
        self._bash.clear_cancel()
        self.ended = False

    def cwd(self) -> str:
        """Where it is, between scripts."""
        self._prepare()
        return str(self._bash.shell_state().cwd)

    def _leave(self) -> None:
        """Background commands of a shell that ends live on only beside the first process."""
        if self.process.pid == 1:
            for child in list(self.children.values()):
                child.signal(signal.SIGKILL)

    # -- signals -----------------------------------------------------------------------

    def _listen(self) -> None:
        for number in _SIGNALS:
            self.process.handlers[number] = partial(self._signal, number)

    def _signal(self, number: int) -> None:
        self._event_at = time.monotonic()
        if number == signal.SIGWINCH and not self._deferring:
            return
        self._pending.append(number)
        self._signalled.set()
        if not self._deferring and self.process.pid != 1:
            self._die(number)

    def _die(self, number: int) -> None:
        running = self.container.pids.table.get(self.process.pid)
        if running is not None and running.task is not None:
            running.killed = 128 + number
            running.end()

    # -- commands of the interpreter ---------------------------------------------------

    def _now(self, ctx: Any) -> Any:
        """Before each command, in the library's thread: nothing, or that `__tick` must be asked."""
        self._event_at = time.monotonic()
        self._ran += 1
        return _said(1) if self._ran >= _STRETCH or self._signal_for(ctx) else ""

    async def _tick(self, ctx: Any) -> int:
        """Waits for what is due; the number of a signal that has come, or 0."""
        self._event_at = time.monotonic()
        if self._settles:
            self._ran += 1
            await self._settle()
        await self._pay()
        if not self._signal_for(ctx):
            return 0
        self._signalled.clear()
        return self._pending.pop(0)

    def _signal_for(self, ctx: Any) -> bool:
        """A signal waits for the shell itself: a background part of it would take it away."""
        return bool(self._pending) and ctx.argv[:1] in ([], ["0"])

    async def turns_to(self, errors: bool) -> None:
        """A command is about to write its errors, or its output again: what was written before
        goes first. (Where each command is waited for, it has gone; a log has both in one.)"""
        if (errors or self._erred) and self.process.pid == 1 and not self._settles:
            await self._settle()
        self._erred = errors

    async def _settle(self) -> None:
        """What the last command wrote is on its way in the library: that goes first."""
        seen = shell_activity.exact() and isinstance(self._loop, SimulatedTimeLoop)
        self._parked += seen
        self._settling += not seen
        try:
            await asyncio.sleep(_SETTLE)
        finally:
            self._parked -= seen
            self._settling -= not seen

    async def _pay(self) -> None:
        """Take the share of the CPU for the commands since the last time."""
        share, ran = self.container.share, self._ran
        self._ran = 0
        if not ran:
            return
        waits = int(share.spent)
        self._parked += waits
        try:
            await share.take(ran)
        finally:
            self._parked -= waits

    def _default(self, ctx: Any) -> Any:
        """0: the signal is ignored, as the kernel does for the first process."""
        ignored = self.process.pid == 1 or ctx.argv[:1] == [str(int(signal.SIGWINCH))]
        return _said(0 if ignored else 1)

    async def _wait(self, ctx: Any) -> int:
        """Until the background commands have ended, or a signal comes."""
        if not ctx.argv or not ctx.argv[0].strip():
            return 0
        for _ in range(20):
            if self.children:
                break
            await asyncio.sleep(0.001)
        tasks = [c.task for c in self.children.values() if c.task is not None]
        if not tasks or self._pending:
            return 128 + self._pending[0] if self._pending else 0
        signalled = asyncio.ensure_future(self._signalled.wait())
        self._parked += 1
        try:
            everyone = asyncio.gather(*map(asyncio.shield, tasks), return_exceptions=True)
            await asyncio.wait((everyone, signalled), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._parked -= 1
            self._event_at = time.monotonic()
            signalled.cancel()
        return 128 + self._pending[0] if self._pending else 0

    async def _kill(self, ctx: Any) -> int:
        """`kill`: 199 asks for the library's own (its jobs), 200 + n for a signal to itself."""
        from breakfix.embedded.programs.ps import kill_words

        return await kill_words(self.process, list(ctx.argv), self.words, ctx.stdout, ctx.stderr)

    def _find(self, ctx: Any) -> Any:
        """`command -v`: where a command is; nothing and 127 for one that is not there."""
        name = str(ctx.argv[0]) if ctx.argv else ""
        path = name if name in shell_prelude.INTERNAL else search(
            cast("Any", self.process.files), name, ctx.cwd, dict(ctx.env)
        )  # fmt: skip
        return _said(127) if path is None else f"{path}\n"

    def _alive(self, ctx: Any) -> Any:
        """The script has come to its end."""
        self.ended = False
        if self._last:
            self._bye(ctx)
        return _said(int(ctx.argv[0]) if ctx.argv else 0)

    def _bye(self, ctx: Any) -> str:  # noqa: ARG002
        """The shell ends: with the first process of a container end all others."""
        if self._fed_now or self.process.pid == 1:
            self._loop.call_soon_threadsafe(self._over)
        return ""

    def _over(self) -> None:
        self._leave()
        self._no_more_input.set()

    def _fed(self, ctx: Any) -> Any:
        """Nothing in the script reads any more."""
        self._loop.call_soon_threadsafe(self._no_more_input.set)
        return _said(int(ctx.argv[0]))

    async def _stdin(self, ctx: Any) -> int:
        """The shell's own standard input, for whatever in it reads."""
        self._parked += 1
        feed = asyncio.ensure_future(self._feed(ctx))
        enough = asyncio.ensure_future(self._no_more_input.wait())
        try:
            await asyncio.wait((feed, enough), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._parked -= 1
            feed.cancel()
            enough.cancel()
        return 0

    async def _feed(self, ctx: Any) -> None:
        with contextlib.suppress(BrokenPipeError):
            while data := await self.process.stdin.read():
                await ctx.stdout.write(data)

    async def _exec(self, ctx: Any) -> int:
        return await self._call(ctx, list(ctx.argv))

    async def _command(self, ctx: Any) -> int:
        return await self._call(ctx, [ctx.name, *ctx.argv])

    async def _call(self, ctx: Any, argv: list[str]) -> int:
        """An external command: a process of the container."""
        self._event_at = time.monotonic()
        await self._pay()
        parent, container = self.process, self.container
        env = {k: v for k, v in ctx.env.items() if not k.startswith("__")}
        try:
            found = resolve(cast("Any", parent.files), argv, ctx.cwd, env)
            streams = (
                CommandInput(self, ctx.stdin, self.terminal),
                CommandOutput(self, ctx.stdout),
                CommandOutput(self, ctx.stderr, errors=True),
            )
            child = container.launch(found, env, ctx.cwd, parent.who, streams,
                                     parent.window, parent.pid)  # fmt: skip
        except OSError as error:
            return await self._refused(ctx, argv[0], error)
        pid = child.process.pid
        self.children[pid] = child
        self._parked += 1
        try:
            code = await container.until(child)
            await self.turns_to(errors=False)
            return code
        finally:
            self._parked -= 1
            self._event_at = time.monotonic()
            self.children.pop(pid, None)

    async def _replace(self, ctx: Any) -> int:
        """`exec`: what takes the shell's place when the script has ended here."""
        argv, env = list(ctx.argv), {k: v for k, v in ctx.env.items() if not k.startswith("__")}
        try:
            found = resolve(cast("Any", self.process.files), argv, ctx.cwd, env)
        except OSError as error:
            return await self._refused(ctx, argv[0], error)
        self._replaced = shell_exec.Replacement(found, env, ctx.cwd)
        return 0

    async def _refused(self, ctx: Any, name: str, error: OSError) -> int:
        missing = isinstance(error, FileNotFoundError)
        why = "command not found" if missing else (error.strerror or "")
        await ctx.stderr.write(f"{self.words.text(f'bash: {name}: {why}')}\n".encode())
        return NO_COMMAND if missing else NO_EXEC

    async def _out(self, data: bytes) -> None:
        self._event_at = time.monotonic()
        await self.process.stdout.write(data)

    async def _err(self, data: bytes) -> None:
        self._event_at = time.monotonic()
        text = bytes(data).decode(errors="replace")
        await self.process.stderr.write(self.words.text(text).encode())

    @property
    def active(self) -> bool:
        """Is the interpreter working, and not waiting for a command or for input? Where several
        parts run at once, only its threads can tell whether all of them wait."""
        if self._parked <= 0 or self._settling:
            return True
        return self.crossing > 0 and not self._branches

    @property
    def moved_at(self) -> float | None:
        """When one of several parts that run at once was last seen working."""
        if self._moves != moved():
            self._moves = moved()
            self._event_at = time.monotonic()
        return self._event_at if self._branches else None


def _said(code: int) -> Any:
    """An exit code of one of our own commands that the library calls in its thread."""
    import bashkit

    return bashkit.BuiltinResult("", "", code)


def _ret(ctx: Any) -> Any:
    return _said(int(ctx.argv[0]))


def _user(process: Process) -> str:
    from breakfix.embedded.machine.users import user_name

    return user_name(process.files, process.who.uid)
