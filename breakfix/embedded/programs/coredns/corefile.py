"""A Corefile: server blocks, snippets and imports, with CoreDNS's own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from breakfix.embedded.programs.coredns.directives import DIRECTIVES
from breakfix.embedded.programs.coredns.tokens import (
    MAX_TOKENS,
    Cursor,
    Token,
    tokenize,
)

Load = Callable[[str], "list[tuple[str, str]]"]  # an import's pattern: files with their texts
_NESTING = {"{": 1, "}": -1}


@dataclass
class Block:
    """A server block: its keys, and the tokens of each directive."""

    keys: list[str] = field(default_factory=list)
    tokens: dict[str, list[Token]] = field(default_factory=dict)


def parse(
    file: str, text: str, load: Load | None = None, env: dict[str, str] | None = None,
    known: tuple[str, ...] | None = DIRECTIVES,
) -> list[Block]:  # fmt: skip
    """The server blocks of a Corefile. Raises CorefileError."""
    return _Parser(file, text, load or (lambda _: []), env or {}, known).blocks()


class _Parser(Cursor):
    """Puts tokens into blocks."""

    def __init__(
        self, file: str, text: str, load: Load, env: dict[str, str], known: tuple[str, ...] | None
    ) -> None:
        super().__init__(tokenize(file, text), file)
        self.load, self.env, self.known = load, env, known
        self.snippets: dict[str, list[Token]] = {}
        self.block = Block()
        self.ended = False

    def blocks(self) -> list[Block]:
        found = []
        while self.next():
            self.block = Block()
            self._one()
            if self.block.keys:
                found.append(self.block)
        return found

    def _one(self) -> None:
        self._addresses()
        if self.ended:
            return
        keys = self.block.keys
        if len(keys) == 1 and keys[0].startswith("(") and keys[0].endswith(")"):
            self._snippet(keys[0][1:-1])
            self.block.keys = []
            return
        braces = self.val == "{"
        if not braces:
            self.at -= 1
        self._directives()
        if braces and self.val != "}":
            raise self.token.syntax("}")

    def _addresses(self) -> None:
        another = False
        while True:
            text = self._with_env(self.val)
            if text == "import" and self.is_new_line():
                self._import()
                continue
            if text == "{":
                if another:
                    words = f"Expected another address but had '{text}' - check for extra comma"
                    raise self.token.parsing(words)
                return
            another = self._address(text, another)
            if self.ended or (not another and self.is_new_line()):
                return

    def _address(self, text: str, another: bool) -> bool:
        """One key; says whether its comma announces a further one."""
        if text:
            another = text.endswith(",")
            self.block.keys.append(text.removesuffix(","))
        if not self.next():
            if another:
                raise self.token.parsing("Unexpected EOF")
            self.ended = True
        return another

    def _directives(self) -> None:
        while self.next():
            if self.val == "}":
                return
            if self.val == "import":
                self._import_ahead()
            else:
                self._directive()

    def _directive(self) -> None:
        name = self._with_env(self.val)
        if self.known is not None and name not in self.known:
            raise self.token.parsing(f"Unknown directive '{name}'")
        into = self.block.tokens.setdefault(name, [])
        into.append(self.token)
        nesting = 0
        while self.next():
            if self.val != "{" and not nesting and self.is_new_line():
                self.at -= 1
                break
            if self.val == "import" and self.is_new_line():
                self._import_ahead()
                continue
            nesting += _NESTING.get(self.val, 0)
            if nesting < 0:
                raise self.token.parsing("Unexpected '}' because no matching opening brace")
            into.append(self._replaced())
        if nesting:
            raise self.token.parsing("Unexpected EOF")

    def _replaced(self) -> Token:
        token = self.token
        return Token(token.file, token.line, self._with_env(token.text), token.lines)

    def _snippet(self, name: str) -> None:
        if name in self.snippets:
            raise self.token.parsing(f"redeclaration of previously declared snippet {name}")
        if self.val != "{":
            raise self.token.syntax("{")
        count, found = 1, []
        while count and self.next():
            count += _NESTING.get(self.val, 0)
            if count:
                found.append(self.token)
        if count:
            raise self.token.syntax("}")
        self.snippets[name] = found

    def _import_ahead(self) -> None:
        """As `_import`; `next` goes to the first token of what was put in."""
        self._import()
        self.at -= 1

    def _import(self) -> None:
        """Put the tokens of a snippet or of files in place of `import X`."""
        start = self.at
        pattern = self._import_pattern()
        if pattern in self.snippets:
            tokens = self.snippets[pattern]
        else:
            tokens = [t for file, text in self._loaded(pattern) for t in tokenize(file, text)]
        self.tokens[start : self.at + 1] = tokens
        self.at = start
        if len(self.tokens) > MAX_TOKENS:
            raise self.token.parsing("too many tokens")

    def _import_pattern(self) -> str:
        """Its only argument."""
        if not self.next_arg():
            raise self.wrong_args()
        pattern = self._with_env(self.val)
        if not pattern:
            raise self.token.parsing("Import requires a non-empty filepath")
        if self.next_arg():
            raise self.token.parsing("Import takes only one argument (glob pattern or file)")
        return pattern

    def _loaded(self, pattern: str) -> list[tuple[str, str]]:
        if pattern.count("*") > 1 or ("?" in pattern and "*" in pattern):
            words = f"Glob pattern may only contain one wildcard (*), but has others: {pattern}"
            raise self.token.parsing(words)
        found = self.load(pattern)
        if not found and "*" not in pattern:
            raise self.token.parsing(f"File to import not found: {pattern}")
        return found

    def _with_env(self, text: str) -> str:
        for start, end in (("{%", "%}"), ("{$", "}")):
            while (at := text.find(start)) >= 0:
                stop = text.find(end, at)
                if stop <= at + len(start):
                    break
                name = text[at + len(start) : stop]
                text = text.replace(start + name + end, self.env.get(name, ""))
        return text
