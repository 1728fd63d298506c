"""What CoreDNS says of its queries: the plugins errors and log."""

from __future__ import annotations

import re

from breakfix.embedded.network.dns_messages import length
from breakfix.embedded.network.dns_records import RCODES, fqdn
from breakfix.embedded.programs.coredns.chain import (
    Next,
    Plugin,
    Query,
    Result,
    SetupError,
    matches,
)
from breakfix.embedded.programs.coredns.controller import Controller

COMMON = (
    '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" '
    "{rcode} {>rflags} {rsize} {duration}"
)
COMBINED = COMMON + ' "{>opcode}"'
CLASSES = ("all", "success", "denial", "error")
SHORTEST = 0.000_05  # s, of an answer that took no time


class Errors(Plugin):
    """Logs what went wrong."""

    name = "errors"

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            if c.rest():
                raise c.wrong_args()
            while c.next_block():
                self._option(c)

    @staticmethod
    def _option(c: Controller) -> None:
        if c.val not in ("consolidate", "stacktrace", "show_first"):
            raise c.token.syntax(f"Unknown field {c.val}")
        args = c.rest()
        if c.val == "consolidate" and len(args) < 2:  # noqa: PLR2004
            raise c.wrong_args()

    async def serve(self, query: Query, after: Next) -> Result:
        result = await after(query)
        if result.error:
            code = RCODES.get(result.rcode, 2)
            words = f"{code} {query.name} {query.type}: {result.error}"
            self.server.log("ERROR", f"plugin/errors: {words}")
        return result


class Log(Plugin):
    """Logs queries."""

    name = "log"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.rules: list[tuple[str, str, frozenset[str]]] = []

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            args, form = c.rest(), COMMON
            if len(args) > 1 and "{" in args[-1]:
                form = args.pop().replace("{common}", COMMON).replace("{combined}", COMBINED)
            wanted: set[str] = set()
            while c.next_block():
                if c.val != "class":
                    raise c.wrong_args()
                wanted.update(self._classes(c.some()))
            classes = frozenset(wanted or {"all"})
            self.rules += [(fqdn(name.lower()), form, classes) for name in args or ["."]]

    @staticmethod
    def _classes(args: list[str]) -> list[str]:
        for arg in args:
            if arg not in CLASSES:
                raise SetupError(f"invalid Class: {arg}")
        return args

    async def serve(self, query: Query, after: Next) -> Result:
        rule = next((r for r in self.rules if matches(r[0], query.name)), None)
        if rule is None:
            return await after(query)
        start = self.server.clock.monotonic()
        result = await after(query)
        if "all" in rule[2] or _class(result) in rule[2]:
            took = self.server.clock.monotonic() - start
            took = took or SHORTEST * (1 + self.server.random.random())
            self.server.log("INFO", _filled(rule[1], query, result, took))
        return result


def _class(result: Result) -> str:
    message = result.message
    if message is None or message.rcode not in ("NOERROR", "NXDOMAIN"):
        return "error"
    return "success" if message.rcode == "NOERROR" and message.answers else "denial"


def _filled(form: str, query: Query, result: Result, took: float) -> str:
    """The format with its placeholders filled."""
    asked, given = query.message, result.message
    limit = 65535 if query.proto == "tcp" else asked.limit
    flags = ("qr", "aa", "tc", "rd", "ra", "ad", "cd")
    host = f"[{query.peer[0]}]" if ":" in query.peer[0] else query.peer[0]
    values = {
        "remote": host, "port": str(query.peer[1]), "local": query.local or "-",
        "type": asked.type, "class": asked.cls, "name": query.name, "proto": query.proto,
        "size": str(length(asked)), ">id": str(asked.id), ">opcode": str(asked.opcode),
        ">do": str(asked.do).lower(), ">bufsize": str(limit),
        "rcode": given.rcode if given else "-", "rsize": str(length(given)) if given else "0",
        ">rflags": ",".join(f for f in flags if getattr(given, f)) if given else "-",
        "duration": f"{took:.9f}".rstrip("0").rstrip(".") + "s",
    }  # fmt: skip
    return re.sub(r"\{([^}]*)\}", lambda m: values.get(m[1], "-"), form)
