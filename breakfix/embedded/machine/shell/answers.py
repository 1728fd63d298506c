"""What the library asks in a thread of its own: answered at once, and nothing that other shells
change is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.process import search
from breakfix.embedded.machine.shell import killed, prelude, telling
from breakfix.embedded.machine.shell.turns import said

if TYPE_CHECKING:
    from breakfix.embedded.machine.shell.session import Session


class Answers:
    """Those of one shell."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_name(self) -> dict[str, Callable[[Any], Any]]:
        """The commands that a script gives to ask."""
        turns = self._session.turns
        return {"__now": turns.now, "__default": turns.default, "__alive": self._alive,
                "__find": self._find, "__type": self._type, "__told": self._told,
                "__ended": self._ended, "__umask": self._umask, "__absent": self._absent,
                "__bye": self._bye, "__ret": _ret, "__fed": self._fed}  # fmt: skip

    def _path(self, ctx: Any) -> str | None:
        """Where the command is that the first argument names; the name of one of its own."""
        name = str(ctx.argv[0]) if ctx.argv else ""
        if name in prelude.INTERNAL:
            return name
        return search(cast("Any", self._session.process.files), name, ctx.cwd, dict(ctx.env))

    def _find(self, ctx: Any) -> Any:
        """`command -v`: where a command is; nothing and 127 for one that is not there."""
        path = self._path(ctx)
        return said(127) if path is None else f"{path}\n"

    def _type(self, ctx: Any) -> Any:
        """`type`: what a name is."""
        name, builtin, alias = (str(word) for word in ctx.argv)
        lacks = not self._session.is_bash and name in prelude.BASHS_OWN
        path = None if lacks else self._path(ctx)
        text, code = telling.kind(
            name, "" if lacks else builtin, alias, path, self._session.is_bash
        )
        return said(code, f"{text}\n")

    def _told(self, ctx: Any) -> str:
        """`alias` and `trap` without arguments."""
        what, told = ctx.argv
        tell = telling.aliases if what == "alias" else telling.traps
        return tell(told, self._session.is_bash)

    def _absent(self, ctx: Any) -> Any:
        """A command of bash's in ash."""
        return said(
            127, errors=f"{self._session.words.text(f'bash: {ctx.argv[0]}: command not found')}\n"
        )

    def _umask(self, ctx: Any) -> str:
        """`umask`: modes of the files that the shell and its commands make."""
        cast("View", self._session.process.files).umask = int(ctx.argv[0], 8)
        return ""

    def _ended(self, ctx: Any) -> Any:
        """`wait` for a command that a signal has ended."""
        silent = self._session.is_bash or not self._session.last
        words = "" if silent else killed.WORDS[int(ctx.argv[0]) - 128]
        return said(0, errors=f"{words}\n" if words else "")

    def _alive(self, ctx: Any) -> Any:
        """The script has come to its end."""
        self._session.ended = False
        if self._session.last:
            self._go()
        return said(int(ctx.argv[0]) if ctx.argv else 0)

    def _bye(self, ctx: Any) -> str:  # noqa: ARG002
        """`exit`."""
        self._session.by_exit = True
        self._go()
        return ""

    def _go(self) -> None:
        """The shell ends: with the first process of a container end all others."""
        if self._session.fed_now or self._session.process.pid == 1:
            self._session.loop.call_soon_threadsafe(self._over)

    def _over(self) -> None:
        self._session.leave()
        self._session.no_more_input.set()

    def _fed(self, ctx: Any) -> Any:
        """Nothing in the script reads any more."""
        self._session.loop.call_soon_threadsafe(self._session.no_more_input.set)
        return said(int(ctx.argv[0]))


def _ret(ctx: Any) -> Any:
    return said(int(ctx.argv[0]))
