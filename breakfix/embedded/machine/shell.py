"""A shell process: bashkit runs the script, every external command is a process of ours.

A DEBUG trap calls `__tick` before each command: there the container's share of the CPU is
taken, and signals that have come are given to the script's own traps. Loops therefore never
keep a thread of the library for themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
import re
import shlex
import signal
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from breakfix.embedded.machine import script_text, shell_exec
from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.interop import file_system, moved
from breakfix.embedded.machine.process import (
    NO_COMMAND,
    NO_EXEC,
    Running,
    installed,
    resolve,
    search,
)
from breakfix.embedded.machine.registry import NATIVE, PROGRAMS
from breakfix.embedded.machine.shell_input import reads_input
from breakfix.embedded.machine.shell_words import Words
from breakfix.embedded.machine.streams import Empty
from breakfix.embedded.machine.types import Identity, Input, Process

_HUGE = 10**15
_SETTLE = 0.001  # seconds: output and errors of one command before those of the next
_LAST_WORDS = 1.0  # seconds that a cancelled script has to end
_SHELLS_MEMORY = 64 << 20  # bytes of variables that one shell may hold
_QUIET = 0.006  # seconds without a move after which a shell is taken to wait
_INTERNAL = frozenset(
    [
        ".",
        ":",
        "[",
        "[[",
        "alias",
        "bg",
        "break",
        "builtin",
        "caller",
        "cd",
        "command",
        "compgen",
        "complete",
        "compopt",
        "continue",
        "declare",
        "dirs",
        "disown",
        "echo",
        "enable",
        "eval",
        "exec",
        "exit",
        "export",
        "false",
        "fc",
        "fg",
        "getopts",
        "hash",
        "help",
        "history",
        "jobs",
        "kill",
        "let",
        "local",
        "mapfile",
        "popd",
        "printf",
        "pushd",
        "pwd",
        "read",
        "readarray",
        "readonly",
        "return",
        "set",
        "shift",
        "shopt",
        "source",
        "test",
        "times",
        "trap",
        "true",
        "type",
        "typeset",
        "ulimit",
        "umask",
        "unalias",
        "unset",
        "wait",
    ]
)
_TICK = (
    '__tick $BASH_SUBSHELL || { __s=$?; case "$(trap -p $__s)" in'
    ' "") __default $__s || kill -$__s $$;;'
    " *) kill -$__s $$;; esac; }"
)
_WAIT = 'wait() { __wait "$!" || return $?; builtin wait "$@"; }'
_KILL = (
    'kill() { __kill "$@"; __k=$?; case $__k in 199) builtin kill "$@";;'
    " 2[0-9][0-9]) builtin kill -$((__k-200)) $$;; *) return $__k;; esac; }"
)
# The library's own `command -v` knows its own commands, not those of the image.
_FIND = (
    'command() { case $1 in -v|-V) case $(type -t "$2") in function|keyword)'
    ' builtin command "$@";; *) __find "$2";; esac;; *) builtin command "$@";; esac; }'
)
_EXIT = "exit() { __x=$?; case $BASH_SUBSHELL in 0) __bye;; esac; builtin exit ${1:-$__x}; }"
# Programs that never read standard input. The library takes what is left of a loop's input
# away from the loop when such a command runs in it, so they get none.
_NO_INPUT = [
    "basename",
    "chgrp",
    "chmod",
    "chown",
    "cp",
    "curl",
    "date",
    "df",
    "dig",
    "dirname",
    "du",
    "expr",
    "free",
    "getent",
    "groups",
    "host",
    "hostname",
    "id",
    "ln",
    "ls",
    "mkdir",
    "mktemp",
    "mount",
    "mv",
    "nproc",
    "nslookup",
    "pgrep",
    "pidof",
    "ping",
    "ping6",
    "pkill",
    "printenv",
    "ps",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "seq",
    "sleep",
    "stat",
    "timeout",
    "touch",
    "uname",
    "uptime",
    "usleep",
    "wget",
    "which",
    "whoami",
]
_OWN_PID = re.compile(r"(?<![\\\\$])\$\$(?![\w$])")
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2,
            signal.SIGQUIT, signal.SIGWINCH)  # fmt: skip
_sessions: dict[int, Session] = {}


class _CommandInput:
    """The library's reader as an Input; `other` is read where that one has nothing at all."""

    def __init__(self, session: Session, stdin: Any, other: Input | None) -> None:
        self._session, self._stdin, self._other = session, stdin, other
        self._rest, self._ended = b"", False

    @property
    def cooked(self) -> bool:
        """Do a shell's lines follow that a terminal has edited?"""
        return bool(getattr(self._other, "cooked", False))

    async def read(self, limit: int = 65536) -> bytes:
        if not self._rest and not self._ended:
            self._rest = await self._next()
            self._ended = not self._rest
            if self._rest:
                self._other = None
        if not self._rest and self._other is not None:
            return await self._other.read(limit)
        chunk, self._rest = self._rest[:limit], self._rest[limit:]
        return chunk

    async def _next(self) -> bytes:
        self._session.crossing += 1
        try:
            return await self._stdin.read_chunk() or b""
        finally:
            self._session.crossing -= 1


class _CommandOutput:
    """The library's writer as an Output; the shell works until it has taken the bytes."""

    def __init__(self, session: Session, below: Any) -> None:
        self._session, self._below = session, below

    async def write(self, data: bytes) -> None:
        self._session.crossing += 1
        try:
            await self._below.write(data)
        finally:
            self._session.crossing -= 1


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
        self._ordered = process.tty or process.pid == 1 or process.stdout is process.stderr
        self._deferring = False
        self._last = True
        self._parked = 0
        self._event_at = 0.0
        self._moves = 0
        self._branches = False
        self.crossing = 0  # what commands read from the library and write to it
        self._running = False
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
        made = bashkit.Bash(
            username=_user(process), hostname=process.host.hostname or "localhost",
            cwd=process.cwd, env=dict(process.env), max_commands=_HUGE,
            max_loop_iterations=_HUGE, max_memory=_SHELLS_MEMORY,
            profile=bashkit.ExecutionProfile.Interactive,
        )  # fmt: skip
        made.mount("/", file_system(cast("Any", process.files)))
        command = self._kept(self._command)
        masked = _masked(made, self.container)
        for name in masked if words is None else masked & words:
            made.add_command(name, command)
        own = {"__tick": self._tick, "__default": self._default, "__wait": self._wait,
               "__kill": self._kill, "__exec": self._exec, "__stdin": self._stdin,
               "__alive": self._alive, "__find": self._find, "__bye": self._bye,
               shell_exec.COMMAND: self._replace, "__ret": _ret, "__fed": self._fed}  # fmt: skip
        for name, function in own.items():
            made.add_command(name, self._kept(function))
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
        ticking = not last or self._ordered or script_text.may_repeat(script)
        head = self._head(args, ticking, words)
        self._deferring = "trap" in script
        self._branches = script_text.branches(script)
        if not isinstance(self.process.stdin, Empty) and self.terminal is None:
            self.terminal = self.process.stdin
        fed = self.terminal is self.process.stdin and reads_input(script)
        if last and not (fed or self._deferring or self._branches):
            script = shell_exec.told(script)
        text = f"{head}\n{_OWN_PID.sub(str(self.process.pid), script)}\n"
        if fed:
            self.terminal = None
            text = f"shopt -s lastpipe; __stdin | {{ {text}\n__fed $?\n}}\n"
            self._branches = True
        self.ended = True
        self._listen()
        self._running, _sessions[id(self)] = True, self
        _watch(self.process.host.clock)
        try:
            self.code = await self._execute(text + "__alive $?\n")
        finally:
            self._running = False
            _sessions.pop(id(self), None)
            self._leave()
            if last:
                self.close()
        if self._replaced is None:
            return self.code
        running = self.container.pids.table.get(self.process.pid)
        return await shell_exec.become(self.process, running, self._replaced)

    def _head(self, args: list[str] | None, ticking: bool, words: frozenset[str] | None) -> str:
        """What goes before a script."""
        head = f"{_prelude(self.container, words)}; "
        if ticking:
            head = f"set -T; {head}trap {shlex.quote(_TICK)} DEBUG; "
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
        self._prepare()
        try:
            self._bash.analyze(text)
        except Exception as error:
            return str(error)
        return ""

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

    async def _tick(self, ctx: Any) -> int:
        """Before each command. A signal waits for the shell itself: a background part of it
        would take it away."""
        self._event_at = time.monotonic()
        if self._ordered:
            await asyncio.sleep(_SETTLE)
        waits = int(self.container.share.spent)
        self._parked += waits
        try:
            await self.container.share.take()
        finally:
            self._parked -= waits
        if not self._pending or ctx.argv[:1] not in ([], ["0"]):
            return 0
        self._signalled.clear()
        return self._pending.pop(0)

    async def _default(self, ctx: Any) -> int:
        """0: the signal is ignored, as the kernel does for the first process."""
        ignored = self.process.pid == 1 or ctx.argv[:1] == [str(int(signal.SIGWINCH))]
        return 0 if ignored else 1

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

    async def _find(self, ctx: Any) -> int:
        """`command -v`: where a command is; nothing and 127 for one that is not there."""
        name = str(ctx.argv[0]) if ctx.argv else ""
        path = name if name in _INTERNAL else search(
            cast("Any", self.process.files), name, ctx.cwd, dict(ctx.env)
        )  # fmt: skip
        if path is None:
            return 127
        await ctx.stdout.write(f"{path}\n".encode())
        return 0

    async def _alive(self, ctx: Any) -> int:
        self.ended = False
        if self._last:
            await self._bye(ctx)
        return int(ctx.argv[0]) if ctx.argv else 0

    async def _bye(self, ctx: Any) -> int:  # noqa: ARG002
        """The shell ends: with the first process of a container end all others."""
        self._leave()
        self._no_more_input.set()
        return 0

    async def _fed(self, ctx: Any) -> int:
        """Nothing in the script reads any more."""
        self._no_more_input.set()
        return int(ctx.argv[0])

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
        parent, container = self.process, self.container
        env = {k: v for k, v in ctx.env.items() if not k.startswith("__")}
        try:
            found = resolve(cast("Any", parent.files), argv, ctx.cwd, env)
            streams = (
                _CommandInput(self, ctx.stdin, self.terminal),
                _CommandOutput(self, ctx.stdout),
                _CommandOutput(self, ctx.stderr),
            )
            child = container.launch(found, env, ctx.cwd, parent.who, streams,
                                     parent.window, parent.pid)  # fmt: skip
        except OSError as error:
            return await self._refused(ctx, argv[0], error)
        pid = child.process.pid
        self.children[pid] = child
        self._parked += 1
        try:
            return await container.until(child)
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
        """Is the interpreter working, and not waiting for a command or for input?"""
        if self._moves != moved():
            self._moves = moved()
            self._event_at = time.monotonic()
        if not self._running:
            return False
        if self._parked <= 0 or (self.crossing and not self._branches):
            return True
        return self._branches and time.monotonic() - self._event_at < _QUIET


async def _ret(ctx: Any) -> int:
    return int(ctx.argv[0])


def _user(process: Process) -> str:
    from breakfix.embedded.machine.users import user_name

    return user_name(process.files, process.who.uid)


_FUNCTIONS = f"{_WAIT}; {_KILL}; {_FIND}; {_EXIT}"


def _prelude(container: Container, words: frozenset[str] | None) -> str:
    """What every script begins with: functions, and no input for those that read none."""
    names = sorted(_readless(container) if words is None else _readless(container) & words)
    if not names:
        return _FUNCTIONS
    aliases = " ".join(f"{n}='{n} </dev/null'" for n in names)
    return f"{_FUNCTIONS}; shopt -s expand_aliases; alias {aliases}"


def _readless(container: Container) -> frozenset[str]:
    """Which programs that never read are there; looked up once per container."""
    if container.readless is None:
        view = container.view(Identity())
        container.readless = frozenset(installed(view, _NO_INPUT, container.spec.env))
    return container.readless


def _masked(bash: Any, container: Container) -> frozenset[str]:
    """Names that must not be the library's own commands; once per container."""
    known = container.masked
    if known is None:
        view = container.view(Identity())
        external = set(bash.capabilities().builtins) - _INTERNAL
        native = installed(view, (external & NATIVE) - set(PROGRAMS), container.spec.env)
        ours = {posixpath.basename(p) for p in container.spec.image.programs} | set(PROGRAMS)
        known = frozenset((external | ours) - native - _INTERNAL)
        container.masked = known
    return known


def busy() -> bool:
    """Does any shell work at the moment? For tests with virtual time."""
    return any(session.active for session in list(_sessions.values()))


def _watch(clock: object) -> None:
    """A virtual clock must not move while a shell works in its own thread."""
    watchers = getattr(clock, "busy", None)
    if watchers is not None and busy not in watchers:
        watchers.append(busy)
