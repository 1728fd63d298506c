"""nginx's configuration: read by NGINX's own parser from a container's files, and checked."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from breakfix.embedded.machine.types import Files

_MAX_INCLUDES, _MAX_DEPTH = 200, 10
COMMAND_LINE = "command line"  # where what -g gave is said to stand


class ConfigError(Exception):
    """Words as nginx has them after "[emerg] "."""


@dataclass
class Directive:
    """One directive, with what is in its block."""

    name: str
    args: list[str]
    file: str
    line: int
    block: list[Directive] | None = None

    def find(self, name: str) -> Directive | None:
        """The last one of this name in the block."""
        return next((d for d in reversed(self.block or []) if d.name == name), None)

    def all(self, name: str) -> list[Directive]:
        """All of this name."""
        return [d for d in self.block or [] if d.name == name]

    @property
    def where(self) -> str:
        """As errors end."""
        return f" in {self.file}" + ("" if self.file == COMMAND_LINE else f":{self.line}")


@dataclass
class Config:
    """The whole, and what was read for it."""

    root: Directive
    files: dict[str, str] = field(default_factory=dict)

    @property
    def http(self) -> Directive:
        """The http block; an empty one where there is none."""
        return self.root.find("http") or Directive("http", [], self.root.file, 0, [])


class Loader:
    """Reads a configuration with all that it includes."""

    def __init__(self, files: Files, prefix: str = "/etc/nginx") -> None:
        self._files, self._prefix = files, prefix
        self.read: dict[str, str] = {}

    def load(self, path: str, extra: str = "") -> Config:
        """Raises ConfigError. `extra`: what -g gave."""
        path = posixpath.join(self._prefix, path)
        root = Directive("", [], path, 0, [])
        assert root.block is not None  # noqa: S101 - just made
        if extra:
            self._parse(extra, COMMAND_LINE, (), root.block)
        self._file(path, (), root.block, "")
        return Config(root, self.read)

    def _file(self, path: str, context: tuple[str, ...], into: list[Directive], where: str) -> None:
        if len(self.read) > _MAX_INCLUDES:
            raise ConfigError(f"too many open files{where}")
        try:
            text = self._files.read(path).decode(errors="replace")
        except OSError as error:
            words = f'open() "{path}" failed ({error.errno}: {error.strerror}){where}'
            raise ConfigError(words) from None
        self.read[path] = text
        self._parse(text, path, context, into)

    def _parse(self, text: str, path: str, context: tuple[str, ...], into: list[Directive]) -> None:
        from crossplane.lexer import _lex_file_object

        tokens = iter(_lex_file_object(iter([text + "\n"])))
        self._block(tokens, path, context, into, top=True, end=text.count("\n") + 1)

    def _block(  # noqa: C901 - one loop over tokens
        self, tokens: Iterator[tuple[str, int, bool]], path: str, context: tuple[str, ...],
        into: list[Directive], top: bool, end: int,
    ) -> None:  # fmt: skip
        words: list[str] = []
        for token, at, quoted in tokens:
            if not quoted and token.startswith("#") and not words:
                continue
            if not quoted and token == "}":  # noqa: S105 - a brace
                if top or words:
                    raise ConfigError(f'unexpected "}}" in {path}:{at}')
                return
            if not quoted and token in ("{", ";"):
                if not words:
                    raise ConfigError(f'unexpected "{token}" in {path}:{at}')
                self._add(Directive(words[0], words[1:], path, at), token, context, into,
                          tokens, end)  # fmt: skip
                words = []
                continue
            if quoted or not token.startswith("#"):
                words.append(token)
        if words and path == COMMAND_LINE:
            raise ConfigError(f'unexpected end of parameter, expecting ";" in {path}')
        if words:
            words_ = 'unexpected end of file, expecting ";" or "}"'
            raise ConfigError(f"{words_} in {path}:{end}")
        if not top:
            raise ConfigError(f'unexpected end of file, expecting "}}" in {path}:{end}')

    def _add(
        self, found: Directive, term: str, context: tuple[str, ...], into: list[Directive],
        tokens: Iterator[tuple[str, int, bool]], end: int,
    ) -> None:  # fmt: skip
        inside_map = context and context[-1] in ("map", "types", "geo", "split_clients")
        if not inside_map:
            _check(found, term, context)
        if found.name == "include":
            self._include(found, context, into)
            return
        if term == "{":
            found.block = []
            if len(context) > _MAX_DEPTH:
                raise ConfigError(f"too deep{found.where}")
            inner = _inner(found.name, context)
            self._block(tokens, found.file, inner, found.block, top=False, end=end)
        into.append(found)

    def _include(self, found: Directive, context: tuple[str, ...], into: list[Directive]) -> None:
        pattern = posixpath.join(self._prefix, found.args[0])
        if not any(c in pattern for c in "*?["):
            self._file(pattern, context, into, found.where)
            return
        folder, name = posixpath.split(pattern)
        try:
            names = self._files.list(folder)
        except OSError:
            return
        for entry in sorted(names):
            if fnmatch.fnmatchcase(entry, name) and not (entry[0] == "." and name[0] != "."):
                self._file(posixpath.join(folder, entry), context, into, found.where)


def _inner(name: str, context: tuple[str, ...]) -> tuple[str, ...]:
    if context and context[0] == "http" and name == "location":
        return ("http", "location")
    return (*context, name)


def _check(found: Directive, term: str, context: tuple[str, ...]) -> None:
    """Is it known here, with so many arguments? Raises ConfigError."""
    from crossplane import analyzer, errors

    statement: dict[str, Any] = {
        "directive": found.name, "line": found.line, "args": found.args,
    }  # fmt: skip
    if context == ("http", "location", "if"):
        context = ("http", "location", "if")
    try:
        analyzer.analyze(found.file, statement, term, context, strict=True)
    except errors.NgxParserBaseException as error:
        raise ConfigError(f"{error.strerror}{found.where}") from None


Walk = Callable[[Directive], None]


def walk(root: Directive, visit: Walk) -> None:
    """All directives, outer ones first."""
    for found in root.block or []:
        visit(found)
        walk(found, visit)


def seconds(text: str) -> float:
    """A time of nginx: "1s", "500ms", "1m", "60". Raises ValueError."""
    total, number = 0.0, ""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "": 1}
    i = 0
    while i < len(text):
        if text[i].isdigit():
            number += text[i]
            i += 1
            continue
        unit = "ms" if text[i : i + 2] == "ms" else text[i]
        total += float(number) * units[unit]
        number, i = "", i + len(unit)
    return total + float(number or 0)
