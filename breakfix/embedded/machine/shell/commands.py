"""What the library asks of the loop: external commands, which are processes of the container,
and what waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.process import NO_COMMAND, NO_EXEC, Running, resolve
from breakfix.embedded.machine.shell import killed, replacing
from breakfix.embedded.machine.shell.streams import CommandInput, CommandOutput

if TYPE_CHECKING:
    from breakfix.embedded.machine.shell.session import Session


class Commands:
    """Those of one shell."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_name(self) -> dict[str, Callable[[Any], Awaitable[int]]]:
        """Those that a script gives by names of ours."""
        return {"__tick": self._session.turns.tick, "__wait": self._wait, "__kill": self._kill,
                "__exec": self._exec, "__stdin": self._stdin,
                replacing.COMMAND: self._replace}  # fmt: skip

    async def _wait(self, ctx: Any) -> int:
        """Until the background commands have ended, or a signal comes."""
        if not ctx.argv or not ctx.argv[0].strip():
            return 0
        for _ in range(20):
            if self._session.children:
                break
            await asyncio.sleep(0.001)
        tasks = [c.task for c in self._session.children.values() if c.task is not None]
        if tasks and not self._session.turns.pending:
            await self._until_any(tasks)
        return 128 + self._session.turns.pending[0] if self._session.turns.pending else 0

    async def _until_any(self, tasks: list[asyncio.Task[int]]) -> None:
        """Until they all have ended, or a signal has come."""
        signalled = asyncio.ensure_future(self._session.turns.signalled.wait())
        everyone = asyncio.gather(*map(asyncio.shield, tasks), return_exceptions=True)
        with self._session.turns.parked():
            try:
                await asyncio.wait((everyone, signalled), return_when=asyncio.FIRST_COMPLETED)
            finally:
                signalled.cancel()

    async def _kill(self, ctx: Any) -> int:
        """`kill`: 199 asks for the library's own (its jobs), 200 + n for a signal to itself."""
        from breakfix.embedded.programs.busybox.ps import ITSELF, kill_words

        code = await kill_words(
            self._session.process, list(ctx.argv), self._session.words, ctx.stdout, ctx.stderr
        )
        self._session.struck = 128 + code - ITSELF
        return code

    async def _stdin(self, ctx: Any) -> int:
        """The shell's own standard input, for whatever in it reads."""
        feed = asyncio.ensure_future(self._feed(ctx))
        enough = asyncio.ensure_future(self._session.no_more_input.wait())
        with self._session.turns.parked():
            try:
                await asyncio.wait((feed, enough), return_when=asyncio.FIRST_COMPLETED)
            finally:
                feed.cancel()
                enough.cancel()
        return 0

    async def _feed(self, ctx: Any) -> None:
        with contextlib.suppress(BrokenPipeError):
            while data := await self._session.process.stdin.read():
                await ctx.stdout.write(data)

    async def _exec(self, ctx: Any) -> int:
        return await self._call(ctx, list(ctx.argv))

    async def external(self, ctx: Any) -> int:
        return await self._call(ctx, [ctx.name, *ctx.argv])

    def _exported(self, ctx: Any) -> dict[str, str]:
        """What its commands get as environment: without the library's own."""
        env = {k: v for k, v in ctx.env.items() if not k.startswith("__")}
        if "USER" not in self._session.process.env and env.get("USER") == self._session.user:
            del env["USER"]
        return env

    async def _call(self, ctx: Any, argv: list[str]) -> int:
        """An external command: a process of the container."""
        self._session.turns.event()
        await self._session.turns.pay()
        parent, container = self._session.process, self._session.container
        env = self._exported(ctx)
        try:
            found = resolve(cast("Any", parent.files), argv, ctx.cwd, env)
            streams = (
                CommandInput(
                    self._session.turns,
                    ctx.stdin,
                    self._session.terminal,
                    self._session.words.redirected,
                ),
                CommandOutput(self._session.turns, ctx.stdout),
                CommandOutput(self._session.turns, ctx.stderr, errors=True),
            )
            child = container.launch(found, env, ctx.cwd, parent.who, streams,
                                     parent.window, parent.pid)  # fmt: skip
        except OSError as error:
            return await self._refused(ctx, argv[0], error)
        pid = child.process.pid
        cast("View", child.process.files).umask = cast("View", parent.files).umask
        self._session.children[pid] = child
        try:
            with self._session.turns.parked():
                code = await container.until(child)
                await self._session.turns.turn_to(errors=False)
                await self._tell_of(child, argv[0], ctx)
                return code
        finally:
            self._session.children.pop(pid, None)

    async def _tell_of(self, child: Running, name: str, ctx: Any) -> None:
        if child.killed is None or self._session.is_bash or not self._session.last:
            return
        if words := killed.notice(child.killed, name, self._session.words.script):
            await ctx.stderr.write(words.encode())

    async def _replace(self, ctx: Any) -> int:
        """`exec`: what takes the shell's place when the script has ended here."""
        argv, env = list(ctx.argv), self._exported(ctx)
        try:
            found = resolve(cast("Any", self._session.process.files), argv, ctx.cwd, env)
        except OSError as error:
            return await self._refused(ctx, f"exec: {argv[0]}", error)
        self._session.replaced = replacing.Replacement(found, env, ctx.cwd)
        return 0

    async def _refused(self, ctx: Any, name: str, error: OSError) -> int:
        missing = isinstance(error, FileNotFoundError)
        why = "command not found" if missing else (error.strerror or "")
        await ctx.stderr.write(f"{self._session.words.text(f'bash: {name}: {why}')}\n".encode())
        return NO_COMMAND if missing else NO_EXEC
