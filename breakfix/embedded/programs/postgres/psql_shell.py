"""psql's lines: statements up to their semicolon, and commands that begin with a backslash."""

from __future__ import annotations

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.postgres.lexer import split
from breakfix.embedded.programs.postgres.libpq import Answer, Connection, ConnectionFailedError
from breakfix.embedded.programs.postgres.oids import TEXT
from breakfix.embedded.programs.postgres.psql_meta import Rows, listing
from breakfix.embedded.programs.postgres.psql_output import Shown, error_text, formatted
from breakfix.embedded.programs.postgres.version import VERSION
from breakfix.embedded.programs.sockets import Reader

_SILENT = frozenset(["set", "unset", "pset", "encoding", "a", "t", "H", "o", "r", "p", "w", "e"])
_SWITCHES = {"x": "Expanded display", "timing": "Timing"}


class Shell:
    """One psql with its connection."""

    def __init__(self, process: Process, connection: Connection, options: Options) -> None:
        self.process, self.connection, self.options = process, connection, options
        self.switches = {"x": "x" in options, "timing": False}
        self.waiting, self.over = "", False

    # -- lines ---------------------------------------------------------------------------

    async def interactive(self, reader: Reader) -> int:
        """A prompt for each line, until the end."""
        await self.process.out(f'psql ({VERSION})\nType "help" for help.\n\n')
        while not self.over:
            await self.process.out(self.prompt())
            line = await reader.line()
            if not line:
                await self.process.out("\\q\n")
                break
            await self.line(line.decode(errors="replace").rstrip("\r\n"))
        return 0

    def prompt(self) -> str:
        """What kind of line is waited for."""
        boss = "#" if self.connection.settings.get("is_superuser") == "on" else ">"
        state = {b"T": "*", b"E": "!"}.get(self.connection.state, "")
        mark = "-" if self.waiting.strip() else "="
        return f"{self.connection.conninfo.database}{mark}{state}{boss} "

    async def script(self, text: str, stops: bool) -> int:
        """Lines of a file or of standard input."""
        for line in text.split("\n"):
            code = await self.line(line)
            if code and stops:
                return 3
            if self.over:
                return 0
        code = await self.statement(self.waiting) if self.waiting.strip() else 0
        return 3 if code and stops else 0

    async def line(self, line: str) -> int:
        """One line of input."""
        word = line.strip()
        if not self.waiting.strip() and word.startswith("\\"):
            return await self.command(word[1:])
        if not self.waiting.strip() and word in ("exit", "quit"):
            self.over = True
            return 0
        head, mark, tail = line.partition("\\g")
        if mark and tail in ("", "x"):
            return await self.ended(head, tail)
        self.waiting += line + "\n"
        return await self.complete()

    async def ended(self, head: str, tail: str) -> int:
        r"""By \g or \gx in place of a semicolon."""
        text, self.waiting, before = self.waiting + head, "", self.switches["x"]
        self.switches["x"] = before or tail == "x"
        code = await self.statement(text)
        self.switches["x"] = before
        return code

    async def complete(self) -> int:
        """Run what has its semicolon."""
        code = 0
        found, rest = split(self.waiting)
        self.waiting = "" if _is_blank(self.waiting[rest:]) else self.waiting[rest:]
        for _, text in found:
            if text.strip():
                code = await self.statement(text.lstrip() + ";")
        return code

    async def statement(self, sql: str) -> int:
        """Send it, show what comes."""
        for answer in await self.connection.ask(sql):
            for notice in answer.notices:
                await self.process.err(error_text(notice, sql))
            if answer.error is not None:
                await self.process.err(error_text(answer.error, sql))
                return 1
            if answer.columns is not None:
                shown = Shown(expanded=self.switches["x"])
                await self.process.out(formatted(answer, self.options, shown))
            elif "q" not in self.options:
                await self.process.out(answer.tag + "\n")
        return 0

    # -- commands ------------------------------------------------------------------------

    async def command(self, text: str) -> int:
        """What stands behind a backslash."""
        name, *args = text.split() or [""]
        args = [a.strip("'\";") for a in args]
        name = name.rstrip(";")
        match name:
            case "q":
                self.over = True
            case "c" | "connect":
                return await self.connect(args)
            case "conninfo":
                connection = self.connection
                await self.process.out(connection.conninfo.described(connection.address) + "\n")
            case "echo":
                await self.process.out(" ".join(args) + "\n")
            case "x" | "timing":
                await self.switch(name, args)
            case _ if name in _SILENT:
                return 0
            case _:
                return await self.shown(name, args)
        return 0

    async def switch(self, name: str, args: list[str]) -> None:
        self.switches[name] = args[0] == "on" if args else not self.switches[name]
        state = "on" if self.switches[name] else "off"
        await self.process.out(f"{_SWITCHES[name]} is {state}.\n")

    async def shown(self, name: str, args: list[str]) -> int:
        found = await listing(name, args[0] if args else "", self.rows)
        if found is None:
            hint = "Try \\? for help.\n" if self.process.tty else ""
            await self.process.err(f"invalid command \\{name}\n{hint}")
            return 1
        if not found.rows and found.missing:
            await self.process.err(found.missing + "\n")
            return int(name.rstrip("+S") == "d" and bool(args))
        answer = Answer(columns=found.columns, types=[TEXT] * len(found.columns), rows=found.rows)
        shown = Shown(found.title, found.footers, self.switches["x"] and found.expands)
        await self.process.out(formatted(answer, self.options, shown))
        return 0

    async def rows(self, sql: str) -> Rows:
        """What the listings ask."""
        answers = await self.connection.ask(sql)
        return answers[0].rows if answers else []

    async def connect(self, args: list[str]) -> int:
        """To another database, perhaps as somebody else."""
        conninfo = self.connection.conninfo.other(args)
        connection = Connection(self.process, conninfo)
        try:
            await connection.open()
        except ConnectionFailedError as error:
            await self.process.err(f"{error}\nPrevious connection kept\n")
            return 1
        self.connection.stream.close()
        self.connection = connection
        await self.process.out(f'You are now connected to database "{conninfo.database}" as user '
                               f'"{conninfo.user}".\n')  # fmt: skip
        return 0


def _is_blank(text: str) -> bool:
    """Is it nothing but comments to the end of their lines?"""
    return all(line.strip().startswith("--") for line in text.split("\n") if line.strip())
