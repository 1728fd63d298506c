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
import shlex
import signal
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, cast

from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.process import NO_COMMAND, NO_EXEC, Running, resolve, search
from breakfix.embedded.machine.shell import (
    activity,
    killed,
    own,
    prelude,
    replacing,
    script_text,
    telling,
)
from breakfix.embedded.machine.shell.grammar import refusal
from breakfix.embedded.machine.shell.input import reads_input
from breakfix.embedded.machine.shell.interop import file_system
from breakfix.embedded.machine.shell.streams import CommandInput, CommandOutput
from breakfix.embedded.machine.shell.turns import Turns, said
from breakfix.embedded.machine.shell.words import Words
from breakfix.embedded.machine.streams import Empty
from breakfix.embedded.machine.types import Input, Process

_FATAL = 2  # what ash ends with where a script cannot go on
_HUGE = 10**15
_LAST_WORDS = 1.0  # seconds that a cancelled script has to end
_SHELLS_MEMORY = 64 << 20  # bytes of variables that one shell may hold

# A shell that is killed has asked for a command that then nobody begins: the library takes
# coroutine functions alone, so what it was given is dropped unawaited.
warnings.filterwarnings("ignore", r"coroutine 'Session\._kept", RuntimeWarning)


class Session:
    """One shell: variables, functions and traps last from one script to the next."""

    def __init__(self, process: Process, name: str, bash: bool, script: bool = False) -> None:
        self.process = process
        self.container = cast("Container", process.container)
        self.ended = False
        self.refused = False  # was it given something that it cannot read?
        self.code = 0
        self.children: dict[int, Running] = {}
        self.native = False  # does it only run one of the library's own commands?
        self.terminal: Input | None = None  # what commands of a prompt read
        self.turns = Turns(process)
        self._no_more_input = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.get_running_loop()
        self._last = True
        self._fed_now = False  # is its standard input given to what in it reads?
        self._is_bash = bash
        self._user = _user(process)
        self._by_exit = False
        self._struck = 0  # the code that its own signal would end it with
        self._replaced: replacing.Replacement | None = None
        self.words = Words(name, bash, script, process.files.exists)
        cast("View", process.files).told = self.words.redirected
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
            username=self._user, hostname=process.host.hostname or "localhost",
            cwd=process.cwd, env=dict(process.env), max_commands=_HUGE,
            max_loop_iterations=_HUGE, max_memory=_SHELLS_MEMORY,
            profile=bashkit.ExecutionProfile.Interactive,
        )  # fmt: skip
        made.mount("/", file_system(cast("Any", process.files)))
        command = self._kept(self._command)
        masked = prelude.masked(made, self.container)
        masked -= prelude.kept(self.words.script)
        if not self.native:
            masked |= prelude.greps(self.container, self.words.script, not self._last)
        for name in masked if words is None else masked & words:
            made.add_command(name, command)
        slow = {"__tick": self.turns.tick, "__wait": self._wait, "__kill": self._kill,
                "__exec": self._exec, "__stdin": self._stdin,
                replacing.COMMAND: self._replace}  # fmt: skip
        for name, function in slow.items():
            made.add_command(name, self._kept(function))
        quick = {"__now": self.turns.now, "__default": self.turns.default, "__alive": self._alive,
                 "__find": self._find, "__type": self._type, "__told": self._told,
                 "__ended": self._ended, "__umask": self._umask, "__absent": self._absent,
                 "__bye": self._bye, "__ret": _ret, "__fed": self._fed}  # fmt: skip
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
                activity.stir()

        return call

    async def run(self, script: str, args: list[str] | None = None, last: bool = True) -> int:
        """Run a script to its end; its exit code. `last`: the shell ends with it."""
        self._last = last
        self.words.script, self.words.prompt = script, not last
        self.words.fatal = self._by_exit = False
        self.words.codes = None
        self.words.busybox = "busybox" in self.container.spec.image.programs
        if error := self._fault(script):
            return await self._unreadable(error)
        text = self._text(script, args)
        self.ended = True
        activity.begins(self.turns, self.process.host.clock)
        try:
            self.code = await self._execute(text)
        finally:
            activity.ends(self.turns)
            self._leave()
            if last:
                self.close()
        running = self.container.pids.table.get(self.process.pid)
        if self._replaced is None:
            if running is not None and self.code == self._struck > 128:  # noqa: PLR2004
                running.killed = self.code
            return self.code
        return await replacing.become(self.process, running, self._replaced)

    def _fault(self, script: str) -> str:
        """What it says of a script that it cannot read; nothing of one that it can."""
        if not self._is_bash and (told := self.words.refused(*refusal(script))):
            return told
        error = self.parses(script)
        return self.words.syntax(error) if error else ""

    async def _unreadable(self, error: str) -> int:
        await self.process.err(error)
        self.refused, self.code = True, 2
        if self._last:
            self.close()
        return self.code

    def _text(self, script: str, args: list[str] | None) -> str:
        """What the library is given to run. Standard input comes to a script as the first part
        of a pipeline, where anything in it reads."""
        turns, process = self.turns, self.process
        words = script_text.words(script) if self._last else None
        self._prepare(words)
        turns.begin(script)
        head = self._head(script, args, words)
        if not isinstance(process.stdin, Empty) and self.terminal is None:
            self.terminal = process.stdin
        fed = self._fed_now = self.terminal is process.stdin and reads_input(script)
        if self._last and not (fed or turns.traps or turns.branches):
            script = replacing.told(script)
        text = f"{head}\n{own.told(script, process.pid)}\n"
        if fed:
            self.terminal = None
            text = f"builtin shopt -s lastpipe; __stdin | {{ {text}\n__fed $?\n}}\n"
            turns.branches = True
        return text + "__alive $?\n"

    def _head(self, script: str, args: list[str] | None, words: frozenset[str] | None) -> str:
        """What goes before a script."""
        settles = self.turns.settles
        ticking = not self._last or settles or script_text.may_repeat(script)
        head = prelude.prelude(self.container, words, settles if ticking else None,
                                     self._is_bash)  # fmt: skip
        if self._last and "USER" in script:  # the library sets one of its own
            given = self.process.env.get("USER")
            head += "unset USER; " if given is None else f"export USER={shlex.quote(given)}; "
        if "$0" in script or "${0" in script:
            head += f"{own.NAME}={shlex.quote(self.words.name)}; "
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
            activity.stir()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            # its threads must not come back to an interpreter that ends
            await asyncio.wait((future,), timeout=_LAST_WORDS)
            raise
        if result.error:
            return await self._failed(result.error)
        if self.words.fatal and result.exit_code == 1 and not self._by_exit:
            return _FATAL
        code = int(result.exit_code) & 255
        codes = self.words.codes
        return codes[1] if codes and codes[0] == code and not self._by_exit else code

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
        activity.stir()
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

    # -- commands of the interpreter ---------------------------------------------------

    async def _wait(self, ctx: Any) -> int:
        """Until the background commands have ended, or a signal comes."""
        if not ctx.argv or not ctx.argv[0].strip():
            return 0
        for _ in range(20):
            if self.children:
                break
            await asyncio.sleep(0.001)
        tasks = [c.task for c in self.children.values() if c.task is not None]
        if tasks and not self.turns.pending:
            await self._until_any(tasks)
        return 128 + self.turns.pending[0] if self.turns.pending else 0

    async def _until_any(self, tasks: list[asyncio.Task[int]]) -> None:
        """Until they all have ended, or a signal has come."""
        signalled = asyncio.ensure_future(self.turns.signalled.wait())
        everyone = asyncio.gather(*map(asyncio.shield, tasks), return_exceptions=True)
        with self.turns.parked():
            try:
                await asyncio.wait((everyone, signalled), return_when=asyncio.FIRST_COMPLETED)
            finally:
                signalled.cancel()

    async def _kill(self, ctx: Any) -> int:
        """`kill`: 199 asks for the library's own (its jobs), 200 + n for a signal to itself."""
        from breakfix.embedded.programs.busybox.ps import ITSELF, kill_words

        code = await kill_words(self.process, list(ctx.argv), self.words, ctx.stdout, ctx.stderr)
        self._struck = 128 + code - ITSELF
        return code

    def _path(self, ctx: Any) -> str | None:
        """Where the command is that the first argument names; the name of one of its own."""
        name = str(ctx.argv[0]) if ctx.argv else ""
        if name in prelude.INTERNAL:
            return name
        return search(cast("Any", self.process.files), name, ctx.cwd, dict(ctx.env))

    def _find(self, ctx: Any) -> Any:
        """`command -v`: where a command is; nothing and 127 for one that is not there."""
        path = self._path(ctx)
        return said(127) if path is None else f"{path}\n"

    def _type(self, ctx: Any) -> Any:
        """`type`: what a name is."""
        name, builtin, alias = (str(word) for word in ctx.argv)
        lacks = not self._is_bash and name in prelude.BASHS_OWN
        path = None if lacks else self._path(ctx)
        text, code = telling.kind(name, "" if lacks else builtin, alias, path, self._is_bash)
        return said(code, f"{text}\n")

    def _told(self, ctx: Any) -> str:
        """`alias` and `trap` without arguments."""
        what, told = ctx.argv
        tell = telling.aliases if what == "alias" else telling.traps
        return tell(told, self._is_bash)

    def _absent(self, ctx: Any) -> Any:
        """A command of bash's in ash."""
        return said(127, errors=f"{self.words.text(f'bash: {ctx.argv[0]}: command not found')}\n")

    def _umask(self, ctx: Any) -> str:
        """`umask`: modes of the files that the shell and its commands make."""
        cast("View", self.process.files).umask = int(ctx.argv[0], 8)
        return ""

    def _ended(self, ctx: Any) -> Any:
        """`wait` for a command that a signal has ended."""
        words = "" if self._is_bash or not self._last else killed.WORDS[int(ctx.argv[0]) - 128]
        return said(0, errors=f"{words}\n" if words else "")

    def _alive(self, ctx: Any) -> Any:
        """The script has come to its end."""
        self.ended = False
        if self._last:
            self._go()
        return said(int(ctx.argv[0]) if ctx.argv else 0)

    def _bye(self, ctx: Any) -> str:  # noqa: ARG002
        """`exit`."""
        self._by_exit = True
        self._go()
        return ""

    def _go(self) -> None:
        """The shell ends: with the first process of a container end all others."""
        if self._fed_now or self.process.pid == 1:
            self._loop.call_soon_threadsafe(self._over)

    def _over(self) -> None:
        self._leave()
        self._no_more_input.set()

    def _fed(self, ctx: Any) -> Any:
        """Nothing in the script reads any more."""
        self._loop.call_soon_threadsafe(self._no_more_input.set)
        return said(int(ctx.argv[0]))

    async def _stdin(self, ctx: Any) -> int:
        """The shell's own standard input, for whatever in it reads."""
        feed = asyncio.ensure_future(self._feed(ctx))
        enough = asyncio.ensure_future(self._no_more_input.wait())
        with self.turns.parked():
            try:
                await asyncio.wait((feed, enough), return_when=asyncio.FIRST_COMPLETED)
            finally:
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

    def _exported(self, ctx: Any) -> dict[str, str]:
        """What its commands get as environment: without the library's own."""
        env = {k: v for k, v in ctx.env.items() if not k.startswith("__")}
        if "USER" not in self.process.env and env.get("USER") == self._user:
            del env["USER"]
        return env

    async def _call(self, ctx: Any, argv: list[str]) -> int:
        """An external command: a process of the container."""
        self.turns.event()
        await self.turns.pay()
        parent, container = self.process, self.container
        env = self._exported(ctx)
        try:
            found = resolve(cast("Any", parent.files), argv, ctx.cwd, env)
            streams = (
                CommandInput(self.turns, ctx.stdin, self.terminal, self.words.redirected),
                CommandOutput(self.turns, ctx.stdout),
                CommandOutput(self.turns, ctx.stderr, errors=True),
            )
            child = container.launch(found, env, ctx.cwd, parent.who, streams,
                                     parent.window, parent.pid)  # fmt: skip
        except OSError as error:
            return await self._refused(ctx, argv[0], error)
        pid = child.process.pid
        cast("View", child.process.files).umask = cast("View", parent.files).umask
        self.children[pid] = child
        try:
            with self.turns.parked():
                code = await container.until(child)
                await self.turns.turn_to(errors=False)
                await self._tell_of(child, argv[0], ctx)
                return code
        finally:
            self.children.pop(pid, None)

    async def _tell_of(self, child: Running, name: str, ctx: Any) -> None:
        if child.killed is None or self._is_bash or not self._last:
            return
        if words := killed.notice(child.killed, name, self.words.script):
            await ctx.stderr.write(words.encode())

    async def _replace(self, ctx: Any) -> int:
        """`exec`: what takes the shell's place when the script has ended here."""
        argv, env = list(ctx.argv), self._exported(ctx)
        try:
            found = resolve(cast("Any", self.process.files), argv, ctx.cwd, env)
        except OSError as error:
            return await self._refused(ctx, f"exec: {argv[0]}", error)
        self._replaced = replacing.Replacement(found, env, ctx.cwd)
        return 0

    async def _refused(self, ctx: Any, name: str, error: OSError) -> int:
        missing = isinstance(error, FileNotFoundError)
        why = "command not found" if missing else (error.strerror or "")
        await ctx.stderr.write(f"{self.words.text(f'bash: {name}: {why}')}\n".encode())
        return NO_COMMAND if missing else NO_EXEC

    async def _out(self, data: bytes) -> None:
        self.turns.event()
        await self.process.stdout.write(self.words.redirected(bytes(data)))
        activity.stir()

    async def _err(self, data: bytes) -> None:
        self.turns.event()
        text = bytes(data).decode(errors="replace")
        await self.process.stderr.write(self.words.text(text).encode())
        activity.stir()


def _ret(ctx: Any) -> Any:
    return said(int(ctx.argv[0]))


def _user(process: Process) -> str:
    from breakfix.embedded.machine.users import user_name

    return user_name(process.files, process.who.uid)
