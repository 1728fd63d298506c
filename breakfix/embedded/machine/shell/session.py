"""A shell process: bashkit runs the script, every external command is a process of ours.

A DEBUG trap is run before each command: there the container's share of the CPU is taken, and
signals that have come are given to the script's own traps. Loops therefore never keep a thread
of the library for themselves.

Some of our own commands (`__now` and others) are called by the library in its own thread:
they are quick, never wait, and touch nothing that other shells change.
"""

from __future__ import annotations

import asyncio
import shlex
import signal
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, cast

from breakfix.embedded.machine.container import Container
from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.process import Running
from breakfix.embedded.machine.shell import activity, own, prelude, replacing, script_text
from breakfix.embedded.machine.shell.answers import Answers
from breakfix.embedded.machine.shell.commands import Commands
from breakfix.embedded.machine.shell.grammar import refusal
from breakfix.embedded.machine.shell.input import reads_input
from breakfix.embedded.machine.shell.interop import file_system
from breakfix.embedded.machine.shell.turns import Turns
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
        self.no_more_input = asyncio.Event()  # nothing in the script reads any more
        self._tasks: set[asyncio.Task[Any]] = set()
        self.loop = asyncio.get_running_loop()
        self.last = True  # does it end with this script?
        self.fed_now = False  # is its standard input given to what in it reads?
        self.is_bash = bash
        self.user = _user(process)
        self.by_exit = False  # did the script end by `exit`?
        self.struck = 0  # the code that its own signal would end it with
        self.replaced: replacing.Replacement | None = None
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
            username=self.user, hostname=process.host.hostname or "localhost",
            cwd=process.cwd, env=dict(process.env), max_commands=_HUGE,
            max_loop_iterations=_HUGE, max_memory=_SHELLS_MEMORY,
            profile=bashkit.ExecutionProfile.Interactive,
        )  # fmt: skip
        made.mount("/", file_system(cast("Any", process.files)))
        commands = Commands(self)
        command = self._kept(commands.external)
        masked = prelude.masked(made, self.container)
        masked -= prelude.kept(self.words.script)
        if not self.native:
            masked |= prelude.greps(self.container, self.words.script, not self.last)
        for name in masked if words is None else masked & words:
            made.add_command(name, command)
        for name, function in commands.by_name().items():
            made.add_command(name, self._kept(function))
        for name, answer in Answers(self).by_name().items():
            made.add_builtin(name, answer)
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
        self.last = last
        self.words.script, self.words.prompt = script, not last
        self.words.fatal = self.by_exit = False
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
            self.leave()
            if last:
                self.close()
        running = self.container.pids.table.get(self.process.pid)
        if self.replaced is None:
            if running is not None and self.code == self.struck > 128:  # noqa: PLR2004
                running.killed = self.code
            return self.code
        return await replacing.become(self.process, running, self.replaced)

    def _fault(self, script: str) -> str:
        """What it says of a script that it cannot read; nothing of one that it can."""
        if not self.is_bash and (told := self.words.refused(*refusal(script))):
            return told
        error = self.parses(script)
        return self.words.syntax(error) if error else ""

    async def _unreadable(self, error: str) -> int:
        await self.process.err(error)
        self.refused, self.code = True, 2
        if self.last:
            self.close()
        return self.code

    def _text(self, script: str, args: list[str] | None) -> str:
        """What the library is given to run. Standard input comes to a script as the first part
        of a pipeline, where anything in it reads."""
        turns, process = self.turns, self.process
        words = script_text.words(script) if self.last else None
        self._prepare(words)
        turns.begin(script)
        head = self._head(script, args, words)
        if not isinstance(process.stdin, Empty) and self.terminal is None:
            self.terminal = process.stdin
        fed = self.fed_now = self.terminal is process.stdin and reads_input(script)
        if self.last and not (fed or turns.traps or turns.branches):
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
        ticking = not self.last or settles or script_text.may_repeat(script)
        head = prelude.prelude(self.container, words, settles if ticking else None,
                                     self.is_bash)  # fmt: skip
        if self.last and "USER" in script:  # the library sets one of its own
            given = self.process.env.get("USER")
            head += "unset USER; " if given is None else f"export USER={shlex.quote(given)}; "
        if "$0" in script or "${0" in script:
            head += f"{own.NAME}={shlex.quote(self.words.name)}; "
        if args:
            head += f"set -- {shlex.join(args)}; "
        window = self.process.window
        if window and window.columns and self.is_bash:
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
        if self.words.fatal and result.exit_code == 1 and not self.by_exit:
            return _FATAL
        code = int(result.exit_code) & 255
        codes = self.words.codes
        return codes[1] if codes and codes[0] == code and not self.by_exit else code

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

    def leave(self) -> None:
        """Background commands of a shell that ends live on only beside the first process."""
        if self.process.pid == 1:
            for child in list(self.children.values()):
                child.signal(signal.SIGKILL)

    async def _out(self, data: bytes) -> None:
        self.turns.event()
        await self.process.stdout.write(self.words.redirected(bytes(data)))
        activity.stir()

    async def _err(self, data: bytes) -> None:
        self.turns.event()
        text = bytes(data).decode(errors="replace")
        await self.process.stderr.write(self.words.text(text).encode())
        activity.stir()


def _user(process: Process) -> str:
    from breakfix.embedded.machine.users import user_name

    return user_name(process.files, process.who.uid)
