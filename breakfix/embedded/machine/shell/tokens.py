"""A script of ash in tokens: words, keywords, signs; and what it says of quotes left open."""

from __future__ import annotations

import re

_WORDS = """
! case do done elif else esac fi for function if in then until while { }
"""
KEYWORDS = frozenset(_WORDS.split())
_SIGN = re.compile(r"&&|\|\||;;|[;&|()]")
_REDIRECTION = re.compile(r"\d*(?:<<-?|<>|<&|>>|>&|>\||<|>)|&>>?")
_BLANK = re.compile(r"(?:[ \t\r]|\\\n)+")
_PLAIN = re.compile(r"[^\s'\"`$\\;&|()<>]+")
_UNTERMINATED = "unterminated quoted string"
END, LINE, WORD, REDIRECTION = "end of file", "newline", "word", "redirection"


class RefusedError(Exception):
    """What ash says of a script that it cannot read, and in which line."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why, self.line = why, line


class Tokens:
    """Reads them one by one. `text`: of the last one; `quoted`: was any of it in quotes?"""

    def __init__(self, script: str) -> None:
        self.script, self.at = script, 0
        self.text, self.quoted = "", False
        self.lacks = False  # does a here-document go on behind the end?
        self._documents: list[tuple[str, bool]] = []  # delimiters of here-documents, and tabs?

    def refuse(self, why: str) -> RefusedError:
        """The error, where the reading stands."""
        return RefusedError(why, self.script.count("\n", 0, self.at) + 1)

    def next(self, keywords: bool) -> str:
        """The kind of the next token: a sign, a keyword where one may stand, or one of the
        names above."""
        self._skip()
        if self.at >= len(self.script):
            return END
        if self.script[self.at] == "\n":
            self.at += 1
            self._skip_documents()
            return LINE
        if found := self._match(_REDIRECTION):
            return self._redirected(found)
        if found := self._match(_SIGN):
            return found
        self._word()
        return self.text if keywords and not self.quoted and self.text in KEYWORDS else WORD

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.script, self.at)
        if found is None or (found[0] in "<>" and self.script[found.end() :][:1] == "("):
            return ""  # <(...) is a word
        self.at = found.end()
        return found[0]

    def _skip(self) -> None:
        if found := _BLANK.match(self.script, self.at):
            self.at = found.end()
        if self.script[self.at : self.at + 1] == "#":
            end = self.script.find("\n", self.at)
            self.at = len(self.script) if end < 0 else end

    def _redirected(self, sign: str) -> str:
        if sign.lstrip("0123456789") in ("<<", "<<-"):
            before = self.at
            if self.next(keywords=False) == WORD:
                word = re.sub(r"[\\'\"]", "", self.text)
                self._documents.append((word, sign.endswith("-")))
            self.at = before
        return REDIRECTION

    def _skip_documents(self) -> None:
        for word, tabs in self._documents:
            while self.at < len(self.script):
                end = self.script.find("\n", self.at)
                end = len(self.script) if end < 0 else end
                line, self.at = self.script[self.at : end], end + 1
                if (line.lstrip("\t") if tabs else line) == word:
                    break
            else:
                self.lacks = True
        self._documents = []

    def _word(self) -> None:
        start, self.quoted = self.at, False
        while self.at < len(self.script):
            if found := _PLAIN.match(self.script, self.at):
                self.at = found.end()
            elif self.script[self.at] in "'\"`$\\":
                self.quoted |= self.script[self.at] != "$"
                self._special(in_quotes=False)
            elif self.script.startswith(("<(", ">("), self.at):
                self.at += 2
                self.substitution()
            else:
                break
        self.text = self.script[start : self.at]

    def _special(self, in_quotes: bool) -> None:
        """What a quote, a dollar, a backquote or a backslash begins."""
        sign = self.script[self.at]
        self.at += 1
        if sign == "\\":
            self.at += 1
        elif sign == "'":
            self._until("'", _UNTERMINATED)
        elif sign == '"':
            self._double()
        elif sign == "`":
            self._until("`", "EOF in backquote substitution")
        elif self.script.startswith("((", self.at):
            self._arithmetic()
        elif self.script.startswith("(", self.at):
            self.at += 1
            self.substitution()
        elif self.script.startswith("{", self.at):
            self._parameter(_UNTERMINATED if in_quotes else "missing '}'")

    def _until(self, end: str, why: str) -> None:
        found = re.compile(rf"(?:\\.|[^\\{end}])*{end}" if end == "`" else rf"[^{end}]*{end}",
                           re.DOTALL).match(self.script, self.at)  # fmt: skip
        if found is None:
            self.at = len(self.script)
            raise self.refuse(why)
        self.at = found.end()

    def _double(self) -> None:
        while self.at < len(self.script):
            sign = self.script[self.at]
            if sign in "`$\\":
                self._special(in_quotes=True)
                continue
            self.at += 1
            if sign == '"':
                return
        raise self.refuse(_UNTERMINATED)

    def _parameter(self, why: str) -> None:
        while self.at < len(self.script):
            sign = self.script[self.at]
            if sign in "'\"`$\\" and not (sign == "'" and why == _UNTERMINATED):
                self._special(in_quotes=why == _UNTERMINATED)
                continue
            self.at += 1
            if sign == "}":
                return
        raise self.refuse(why)

    def _arithmetic(self) -> None:
        depth = 0
        while self.at < len(self.script):
            sign = self.script[self.at]
            self.at += 1
            depth += (sign == "(") - (sign == ")")
            if not depth:
                return
        raise self.refuse("missing '))'")

    def substitution(self) -> None:
        """What follows `$(`, to its end: the grammar reads it."""
        raise NotImplementedError
