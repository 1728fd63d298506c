"""Which scripts busybox's ash refuses, and in which words: it names what it met, and what it
would have needed there. What only bash has (arrays, `<<<`, `|&`) is a mistake like any other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from breakfix.embedded.machine.shell.tokens import (
    END,
    KEYWORDS,
    LINE,
    REDIRECTION,
    WORD,
    RefusedError,
    Tokens,
)

_ENDS = frozenset(["}", ")", "do", "done", "elif", "else", "esac", "fi", "then", ";;", END])
_NAME = re.compile(r"[A-Za-z_]\w*")
_OPEN = ("unexpected end", "unterminated", "missing", "EOF")  # more lines would mend it
_SCRIPTS = 128  # whose judgements are kept
_PLAIN_KINDS = (END, LINE, WORD, REDIRECTION)  # told without quotes


class _Grammar(Tokens):
    """Reads a script as ash does, and keeps nothing of it."""

    def __init__(self, script: str) -> None:
        super().__init__(script)
        self.kind = ""
        self._again = False  # is the last token to be given once more?

    def read(self, keywords: bool = False, lines: bool = False) -> str:
        """The next token; `lines`: behind any ends of lines."""
        if self._again and not (lines and self.kind == LINE):
            self._again = False
            if self.kind == WORD and keywords and not self.quoted and self.text in KEYWORDS:
                self.kind = self.text
            return self.kind
        self._again = False
        self.kind = self.next(keywords)
        while lines and self.kind == LINE:
            self.kind = self.next(keywords)
        return self.kind

    def back(self) -> None:
        """The last token is read again."""
        self._again = True

    def unexpected(self, wanted: str = "") -> RefusedError:
        """The last token is not what must stand here."""
        met = self.kind if self.kind in _PLAIN_KINDS else f'"{self.kind}"'
        needed = f' (expecting "{wanted}")' if wanted else ""
        return self.refuse(f"unexpected {met}{needed}")

    def need(self, wanted: str, lines: bool = True) -> None:
        """The next token is this one."""
        if self.read(keywords=True, lines=lines) != wanted:
            raise self.unexpected(wanted)

    def substitution(self) -> None:
        kept, self._again = (self.kind, self.text, self.quoted), False
        self.list(may_be_empty=True)
        self.need(")")
        self.kind, self.text, self.quoted = kept
        self._again = False

    def list(self, may_be_empty: bool = False) -> None:
        """Commands up to a word that ends them, which is read again."""
        first = not may_be_empty
        while self.read(keywords=True, lines=True) != END:
            self.back()
            if not first and self.kind in _ENDS:
                return
            first = False
            self._and_or()
            if self.read() not in (";", "&", LINE):
                break
        self.back()

    def _and_or(self) -> None:
        self._pipeline()
        while self.read() in ("&&", "||"):
            self._pipeline()
        self.back()

    def _pipeline(self) -> None:
        if self.read(keywords=True, lines=True) != "!":
            self.back()
        self._command()
        while self.read() == "|":
            self._command()
        self.back()

    def _command(self) -> None:
        kind = self.read(keywords=True, lines=True)
        known = {"if": self._if, "while": self._loop, "until": self._loop, "for": self._for,
                 "case": self._case, "(": self._group, "{": self._group,
                 "function": self._function}.get(kind)  # fmt: skip
        if known is None:
            if kind not in (WORD, REDIRECTION):
                raise self.unexpected()
            self.back()
            self._simple()
            return
        known()
        while self.read() == REDIRECTION:
            self._target()
        self.back()

    def _if(self) -> None:
        self.list()
        self.need("then")
        self.list()
        while self.read(keywords=True) == "elif":
            self.list()
            self.need("then")
            self.list()
        if self.kind == "else":
            self.list()
        else:
            self.back()
        self.need("fi")

    def _loop(self) -> None:
        self.list()
        self._body()

    def _body(self) -> None:
        self.need("do")
        self.list()
        self.need("done")

    def _for(self) -> None:
        if self.read() != WORD or not _NAME.fullmatch(self.text):
            raise self.refuse("bad for loop variable")
        if self.read(keywords=True, lines=True) == "in":
            while self.read() == WORD:
                pass
            if self.kind not in (";", LINE):
                raise self.unexpected()
        elif self.kind != ";":
            self.back()
        self._body()

    def _case(self) -> None:
        if self.read() != WORD:
            raise self.unexpected()
        self.need("in")
        while self.read(keywords=True, lines=True) != "esac":
            if self.kind == "(":
                self.read()
            while self.read() == "|":
                self.read()
            if self.kind != ")":
                raise self.unexpected(")")
            self.list(may_be_empty=True)
            if self.read(keywords=True, lines=True) == "esac":
                return
            if self.kind != ";;":
                raise self.unexpected(";;")

    def _group(self) -> None:
        end = ")" if self.kind == "(" else "}"
        self.list()
        self.need(end)

    def _function(self) -> None:
        if self.read() != WORD:
            raise self.unexpected()
        if self.read() == "(":
            self.need(")")
        else:
            self.back()
        self._command()

    def _target(self) -> None:
        """What a redirection names."""
        if self.read() != WORD:
            raise self.unexpected()

    def _simple(self) -> None:
        words, assigned = 0, False
        while self.read() in (WORD, REDIRECTION, "("):
            if self.kind == REDIRECTION:
                self._target()
                assigned = True
            elif self.kind == "(":
                if words != 1 or assigned:
                    break
                self._defined()
                return
            elif not words and self.text == "[[":
                self._tested()
                words += 1
            elif not words and re.match(r"[A-Za-z_]\w*=", self.text):
                assigned = True
            else:
                words += 1
        self.back()

    def _tested(self) -> None:
        """What is between `[[` and `]]`, where signs are operators."""
        while self.read() not in (END, LINE) and self.text != "]]":
            pass

    def _defined(self) -> None:
        if self.read() != ")":
            raise self.unexpected(")")
        self._command()


@lru_cache(_SCRIPTS)
def _judged(script: str) -> tuple[str, int, bool]:
    grammar = _Grammar(script)
    try:
        grammar.list()
        if grammar.read(keywords=True) != END:
            raise grammar.unexpected()
    except RefusedError as refused:
        return refused.why, refused.line, refused.why.startswith(_OPEN)
    except RecursionError:
        return "", 0, False
    return "", 0, grammar.lacks


def refusal(script: str) -> tuple[str, int]:
    """What ash says of a script that it cannot read, and in which line; nothing of a good one."""
    return _judged(script)[:2]


def unfinished(script: str) -> bool:
    """Might more lines make it whole? A prompt then waits for them."""
    return _judged(script)[2]
