"""What the setup of CoreDNS's plugins reads: a directive with its arguments and block."""

from __future__ import annotations

from breakfix.embedded.programs.coredns.tokens import Cursor, Token


class Controller(Cursor):
    """One directive of one server block; `keys` are the block's."""

    def __init__(self, tokens: list[Token], file: str, keys: list[str]) -> None:
        super().__init__(tokens, file)
        self.keys = keys
        self._inside = self._at_end = False

    def rest(self) -> list[str]:
        """The arguments on this line; a brace ends them."""
        found = []
        while self.next_arg():
            if self.val == "{":
                self.at -= 1
                break
            found.append(self.val)
        return found

    def next_block(self) -> bool:
        """Go on inside of the block; False at its end, or where there is none. Raises
        CorefileError where the tokens end before it."""
        if not self._inside:
            if not self.next_arg():
                return False
            if self.val != "{":
                self.at -= 1
                return False
        if not self.next() and self.val != "}":
            self._stay()
        self._inside = self.val != "}"
        return self._inside

    def _stay(self) -> None:
        """The tokens have ended: the last one is met again. A real CoreDNS meets it for ever,
        where its plugin takes it."""
        if self._at_end:
            raise self.token.parsing("Unexpected EOF")
        self._at_end = True

    def one(self) -> str:
        """The only argument. Raises CorefileError."""
        found = self.rest()
        if len(found) != 1:
            raise self.wrong_args()
        return found[0]

    def some(self) -> list[str]:
        """At least one argument. Raises CorefileError."""
        found = self.rest()
        if not found:
            raise self.wrong_args()
        return found
