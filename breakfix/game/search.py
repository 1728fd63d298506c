"""Finding a round: words that match loosely, and tokens that filter.

`track:dns`, `level:2`, `level:1-3`, `unsolved`, `solved`, `new`, `due`, `playable`. All
other words are looked for in title, name, tracks and objectives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from breakfix.game.model import Listing

FLAGS = ("unsolved", "solved", "new", "due", "playable")
BEGINS, WITHIN, ELSEWHERE, LOOSE = range(4)
SHORTEST_LOOSE = 3
_LEVEL = re.compile(r"(\d)(?:-(\d))?")


def search(listings: Sequence[Listing], words: str, due: Collection[str] = ()) -> list[Listing]:
    """The listings that match all words and tokens, the best matches first, else in their
    order. `due` are the names of those that should be repeated."""
    ranked = [(rank(listing, words, due), listing) for listing in listings]
    fitting = [(found, listing) for found, listing in ranked if found is not None]
    return [listing for _, listing in sorted(fitting, key=lambda pair: pair[0])]


def rank(listing: Listing, words: str, due: Collection[str] = ()) -> int | None:
    """How well a listing matches, 0 the best; None where it does not."""
    ranks = [_rank_of(listing, word, due) for word in words.lower().split()]
    if any(found is None for found in ranks):
        return None
    return sum(found for found in ranks if found is not None)


def with_token(words: str, token: str) -> str:
    """The search line with this token put in, or taken out where it stands there already.
    Of `track:` and `level:` only one can hold, and `unsolved` and `solved` exclude each other."""
    old = words.split()
    if token in old:
        return " ".join(word for word in old if word != token)
    return " ".join([*(word for word in old if not _excludes(token, word)), token])


def _excludes(token: str, other: str) -> bool:
    head, colon, _ = token.partition(":")
    if colon:
        return other.startswith(f"{head}:")
    return {token, other} == {"solved", "unsolved"}


def _rank_of(listing: Listing, word: str, due: Collection[str]) -> int | None:
    """The rank by one word: 0 for a token that holds."""
    holds = _filter(listing, word, due)
    if holds is not None:
        return 0 if holds else None
    return _find(listing, word)


def _filter(listing: Listing, word: str, due: Collection[str]) -> bool | None:
    """Whether a token holds; None for what is no token. One half typed holds always."""
    meta = listing.scenario.metadata
    head, colon, value = word.partition(":")
    if colon and head == "track":
        return any(track.startswith(value) for track in meta.tracks)
    if colon and head == "level":
        bounds = _LEVEL.fullmatch(value)
        return not value or bounds is None or _within(meta.difficulty, bounds)
    return {
        "unsolved": listing.best_score is None,
        "solved": listing.best_score is not None,
        "new": listing.plays == 0,
        "due": meta.name in due,
        "playable": not listing.lacking,
    }.get(word)


def _within(difficulty: int, bounds: re.Match[str]) -> bool:
    low, high = int(bounds[1]), int(bounds[2] or bounds[1])
    return low <= difficulty <= high


def _find(listing: Listing, word: str) -> int | None:
    meta = listing.scenario.metadata
    names = [meta.title.lower(), meta.name, *meta.tracks]
    parts = [part for name in names for part in re.split(r"[\s-]+", name)]
    if any(part.startswith(word) for part in (*parts, *names)):
        return BEGINS
    if any(word in name for name in names):
        return WITHIN
    if any(word in text.lower() for text in meta.objectives):
        return ELSEWHERE
    loose = len(word) >= SHORTEST_LOOSE and any(_loosely(word, part) for part in parts)
    return LOOSE if loose else None


def _loosely(word: str, part: str) -> bool:
    """The letters of the word are in the part in their order, from its first one on."""
    letters = iter(part)
    return part[:1] == word[:1] and all(letter in letters for letter in word)
