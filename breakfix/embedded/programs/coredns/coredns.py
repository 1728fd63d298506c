"""CoreDNS, the program: starts, serves by its Corefile, looks for a new one, ends."""

from __future__ import annotations

import asyncio
import fnmatch
import posixpath
import signal
from contextlib import suppress

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.coredns.checksum import checksum
from breakfix.embedded.programs.coredns.corefile import Block, parse
from breakfix.embedded.programs.coredns.directives import DIRECTIVES
from breakfix.embedded.programs.coredns.instance import Instance
from breakfix.embedded.programs.coredns.onstartup import zones_shown
from breakfix.embedded.programs.coredns.tokens import CorefileError

VERSION = "CoreDNS-1.12.1\nlinux/amd64, go1.24.1, 707c7c1\n"
DEFAULT = ".:53 {\nwhoami\nlog\n}\n"
MAX_LINES = 1000  # of log that wait for a slow reader; further ones are lost


async def coredns(process: Process) -> int:
    """The program. `-conf FILE`, `-dns.port PORT`, `-version`, `-plugins`, `-quiet`."""
    try:
        options = _options(process.argv[1:])
    except ValueError as error:
        await process.err(f"{error}\nUsage of {process.argv[0]}:\n")
        return 2
    if "version" in options:
        await process.out(VERSION)
        return 0
    if "plugins" in options:
        names = [f"  dns.{name}\n" for name in sorted(DIRECTIVES)]
        await process.out("Server types:\n  dns\n\nCaddyfile loaders:\n  flag\n  default\n\n"
                          "Other plugins:\n" + "".join(names))  # fmt: skip
        return 0
    return await CoreDns(process, options).run()


def _options(args: list[str]) -> dict[str, str]:
    """Go's flags. Raises ValueError with its words."""
    found: dict[str, str] = {}
    left = iter(args)
    for arg in left:
        name, equals, value = arg.lstrip("-").partition("=")
        if name in ("conf", "dns.port", "p", "pidfile"):
            found[name] = value if equals else next(left, "")
        elif name in ("version", "plugins", "quiet"):
            found[name] = "true"
        else:
            raise ValueError(f"flag provided but not defined: -{name}")
    return found


class CoreDns:
    """A process: its log, its present configuration."""

    def __init__(self, process: Process, options: dict[str, str]) -> None:
        self.process, self.options = process, options
        self.path = options.get("conf") or "Corefile"
        self.quiet = "quiet" in options
        self._lines: asyncio.Queue[str] = asyncio.Queue(MAX_LINES)

    # -- files ---------------------------------------------------------------------------

    def _read(self, path: str) -> str:
        full = posixpath.join(self.process.cwd, path)
        return self.process.files.read(full).decode("utf-8", "replace")

    def _corefile(self) -> str:
        """The file's text. Raises CorefileError."""
        try:
            return self._read(self.path)
        except OSError as error:
            if "conf" not in self.options:
                return DEFAULT
            words = (error.strerror or str(error)).lower()
            raise CorefileError(f"loading Caddyfile via flag: open {self.path}: {words}") from error

    def _load(self, pattern: str) -> list[tuple[str, str]]:
        """The files of an import, beside the Corefile."""
        base = posixpath.join(self.process.cwd, posixpath.dirname(self.path))
        full = posixpath.normpath(posixpath.join(base, pattern))
        folder, name = posixpath.split(full)
        names = [name]
        if "*" in name or "?" in name:
            with suppress(OSError):
                names = sorted(fnmatch.filter(self.process.files.list(folder), name))
        found = []
        for one in names:
            path = posixpath.join(folder, one)
            with suppress(OSError):
                found.append((path, self._read(path)))
        return found

    def _blocks(self, text: str, known: tuple[str, ...] | None = DIRECTIVES) -> list[Block]:
        env = dict(self.process.env)
        found = parse(self.path, text, self._load, env, known)
        return found or parse(self.path, DEFAULT, self._load, env, known)

    # -- log -----------------------------------------------------------------------------

    def log(self, level: str, words: str) -> None:
        """A line; never waits."""
        with suppress(asyncio.QueueFull):
            self._lines.put_nowait(f"[{level}] {words}\n")

    async def _write_log(self) -> None:
        while True:
            await self.process.out(await self._lines.get())

    async def _flush(self) -> None:
        while not self._lines.empty():
            await self.process.out(self._lines.get_nowait())

    # -- life ----------------------------------------------------------------------------

    async def run(self) -> int:
        """Until it is ended; 1 where the Corefile is wrong or something is fatal."""
        await self.process.err("maxprocs: Leaving GOMAXPROCS=2: CPU quota undefined\n")
        try:
            text = self._corefile()
            instance = self._instance(text)
            await instance.start()
        except CorefileError as error:
            await self._flush()
            await self.process.err(f"{error}\n")
            return 1
        await self._say_hello(instance, text)
        writer = asyncio.ensure_future(self._write_log())
        try:
            return await self._serve(instance, text)
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._flush()

    def _instance(self, text: str) -> Instance:
        port = int(self.options.get("dns.port") or self.options.get("p") or 53)
        found = Instance(self.process, self._blocks(text), self.path, self.log, port)
        found.setup()
        return found

    async def _say_hello(self, instance: Instance, text: str) -> None:
        await self._flush()
        if not self.quiet:
            await self.process.out(zones_shown(instance.listening))
        if instance.reload:
            self._say_running(text)
        await self._flush()
        if not self.quiet:
            await self.process.out(VERSION)

    def _sum(self, text: str) -> str:
        return checksum(self._blocks(text, None), self.path)

    def _say_running(self, text: str) -> None:
        words = f"Running configuration SHA512 = {self._sum(text)}"
        self.log("INFO", f"plugin/reload: {words}")

    async def _serve(self, instance: Instance, text: str) -> int:
        current = [instance]
        watch = asyncio.ensure_future(self._watch(current, text))
        ending = asyncio.Event()
        self.process.handlers[signal.SIGTERM] = ending.set
        ended = asyncio.ensure_future(ending.wait())
        try:
            while True:
                failed = current[0].failed
                await asyncio.wait((failed, watch, ended), return_when=asyncio.FIRST_COMPLETED)
                if failed.done():
                    await self._flush()
                    await self.process.err(f"[FATAL] {failed.result()}\n")
                    return 1
                if ended.done():
                    return await self._end(current[0])
                watch = asyncio.ensure_future(self._watch(current, watch.result()))
        finally:
            watch.cancel()
            ended.cancel()
            await current[0].stop()

    async def _end(self, instance: Instance) -> int:
        """SIGTERM: go on for a while, so that nobody asks in vain."""
        self.log("INFO", "SIGTERM: Shutting down servers then terminating")
        health = instance.health
        if health and health.lameduck:
            self.log("INFO", f"plugin/health: Going into lameduck mode for {health.shown}")
            await self.process.host.clock.sleep(health.lameduck)
        return 0

    # -- reload --------------------------------------------------------------------------

    async def _watch(self, current: list[Instance], text: str) -> str:
        """Returns when another configuration runs: its text. Without `reload` never."""
        known = self._sum(text)
        while True:
            reload = current[0].reload
            await self.process.host.clock.sleep(reload.interval if reload else 3600.0)
            if reload is None:
                continue
            new = self._changed(known)
            if new is None:
                continue
            known = self._sum(new)
            if await self._restart(current, new, text):
                return new

    def _changed(self, known: str) -> str | None:
        """The new text, where it is another configuration that can be read."""
        try:
            text = self._corefile()
        except CorefileError:
            return None
        try:
            return text if self._sum(text) != known else None
        except CorefileError as error:
            self.log("WARNING", f"plugin/reload: Corefile parse failed: {error}")
            return None

    async def _restart(self, current: list[Instance], text: str, old: str) -> bool:
        self.log("INFO", "Reloading")
        try:
            new = self._instance(text)
        except CorefileError as error:
            self._say_failed(error)
            return False
        await current[0].stop()
        try:
            await new.start()
        except CorefileError as error:
            self._say_failed(error)
            current[0] = self._instance(old)
            await current[0].start()
            return False
        current[0] = new
        if new.reload:
            self._say_running(text)
        self.log("INFO", "Reloading complete")
        return True

    def _say_failed(self, error: CorefileError) -> None:
        self.log("ERROR", f"Restart failed: {error}")
        self.log("ERROR", f"plugin/reload: Corefile changed but reload failed: {error}")
