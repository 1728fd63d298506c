"""The words of a Corefile, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

MAX_TOKENS = 20_000


class CorefileError(Exception):
    """What CoreDNS says before it ends."""


@dataclass(frozen=True)
class Token:
    """A word of the file."""

    file: str
    line: int
    text: str
    lines: int = 0  # line breaks inside of it

    def parsing(self, words: str) -> CorefileError:
        """An error at this place."""
        return CorefileError(f"{self.file}:{self.line} - Error during parsing: {words}")

    def syntax(self, expected: str) -> CorefileError:
        """A word that should not be here."""
        where = f"{self.file}:{self.line} - Syntax error"
        return CorefileError(f"{where}: Unexpected token '{self.text}', expecting '{expected}'")


def tokenize(file: str, text: str) -> list[Token]:
    """The words of a text."""
    return _Lexer(file, text.removeprefix("\ufeff")).tokens()


class _Lexer:
    """Words, quoted words, comments."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text, self.at, self.line = file, text, 0, 1
        self.found: list[Token] = []

    def tokens(self) -> list[Token]:
        while self.at < len(self.text) and len(self.found) < MAX_TOKENS:
            here = self.text[self.at]
            if here.isspace():
                self.line += here == "\n"
                self.at += 1
            elif here == "#":
                self.at = self._find("\n")
            elif here == '"':
                self._quoted()
            else:
                self._word()
        return self.found

    def _find(self, sign: str) -> int:
        found = self.text.find(sign, self.at)
        return len(self.text) if found < 0 else found

    def _word(self) -> None:
        """To the next space; from a # on, the rest of the line is a comment."""
        start = self.at
        while self.at < len(self.text) and not self.text[self.at].isspace():
            if self.text[self.at] == "#":
                break
            self.at += 1
        self.found.append(Token(self.file, self.line, self.text[start : self.at]))

    def _quoted(self) -> None:
        """To the closing quotes; only quotes can be escaped."""
        start, self.at = self.line, self.at + 1
        chars: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != '"':
            if self.text[self.at : self.at + 2] == '\\"':
                self.at += 1
            elif self.text[self.at] == "\\" and self.at + 1 < len(self.text):
                chars.append("\\")
                self.at += 1
            self.line += self.text[self.at] == "\n"
            chars.append(self.text[self.at])
            self.at += 1
        self.at += 1
        text = "".join(chars)
        self.found.append(Token(self.file, start, text, text.count("\n")))


class Cursor:
    """Walks over tokens; knows which ones are on the same line."""

    def __init__(self, tokens: list[Token], file: str) -> None:
        self.tokens, self.file, self.at = tokens, file, -1

    @property
    def token(self) -> Token:
        """The present one; an empty one before the first and after the last."""
        if 0 <= self.at < len(self.tokens):
            return self.tokens[self.at]
        return Token(self.file, 0, "")

    @property
    def val(self) -> str:
        """Its text."""
        return self.token.text

    def next(self) -> bool:
        """Go on."""
        if self.at < len(self.tokens) - 1:
            self.at += 1
            return True
        return False

    def next_arg(self) -> bool:
        """Go on if the next one is on this line."""
        if self.at < 0:
            self.at += 1
            return True
        if self.at < len(self.tokens) - 1 and _same_line(
            self.tokens[self.at], self.tokens[self.at + 1]
        ):
            self.at += 1
            return True
        return False

    def is_new_line(self) -> bool:
        """Is the present one the first of its line?"""
        if self.at < 1:
            return True
        return self.at < len(self.tokens) and not _same_line(
            self.tokens[self.at - 1], self.tokens[self.at]
        )

    def wrong_args(self) -> CorefileError:
        """Too few arguments, or too many."""
        if self.val == "{":
            return self.token.parsing("Unexpected token '{', expecting argument")
        words = f"Wrong argument count or unexpected line ending after '{self.val}'"
        return self.token.parsing(words)


def _same_line(one: Token, other: Token) -> bool:
    return one.file == other.file and one.line + one.lines == other.line
