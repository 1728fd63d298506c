"""The search line: words and tokens, the last one completed as it is typed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.suggester import Suggester
from textual.widgets import Input

from breakfix.game.search import FLAGS, with_token

HINT = "words, or track: level: unsolved due playable"
LEVELS = tuple(f"level:{level}" for level in range(1, 6))


class Tokens(Suggester):
    """Completes the last word to a token; → takes it."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=False)
        self.tracks: Sequence[str] = ()

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line with its last word completed."""
        before, _, last = value.rpartition(" ")
        known = (*(f"track:{track}" for track in self.tracks), *LEVELS, *FLAGS)
        found = next((token for token in known if last and token.startswith(last.lower())), None)
        if found is None or found == last:
            return None
        return f"{before} {found}".lstrip()


class SearchLine(Input):
    """One line above the list, hidden until it is needed."""

    def __init__(self) -> None:
        self._tokens = Tokens()
        super().__init__(placeholder=HINT, id="search", compact=True, suggester=self._tokens)

    def know(self, tracks: Sequence[str]) -> None:
        """The tracks there are, to be completed."""
        self._tokens.tracks = tracks

    def open(self) -> None:
        """Show it, ready to be typed in."""
        self.add_class("-open")
        self.screen.set_focus(self)  # at once: what is typed next belongs here

    def write(self, words: str) -> None:
        """Show these words; an empty line goes away."""
        self.value = words
        self.set_class(bool(words), "-open")

    def toggle(self, token: str) -> None:
        """Put a token in, or take it out."""
        self.write(with_token(self.value, token))
