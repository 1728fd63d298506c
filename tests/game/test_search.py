"""Finding rounds: words match loosely, tokens filter."""

from __future__ import annotations

import pytest

from breakfix.game.search import search, with_token
from tests.game.learning import listing

ROUNDS = (
    listing("dns-rewrite", "dns", 2, best=91, plays=3),
    listing("lost-catalogue", "dns", 3),
    listing("claim-waits", "storage", 1, plays=1),
    listing("no-claims-left", "storage", 4, lacking={"default-storage": "there is none"}),
    listing("silence", "network-policy", 2),
)


def found(words: str, due: tuple[str, ...] = ()) -> list[str]:
    return [x.scenario.metadata.name for x in search(ROUNDS, words, due)]


def test_no_words_find_everything_in_its_order() -> None:
    assert found("") == [x.scenario.metadata.name for x in ROUNDS]


def test_what_begins_with_the_word_comes_before_what_holds_it() -> None:
    assert found("ca") == ["lost-catalogue"]
    assert found("rew") == ["dns-rewrite"]
    assert found("lost") == ["lost-catalogue"]
    assert found("write") == ["dns-rewrite"]


def test_every_word_has_to_be_found() -> None:
    assert found("storage claim") == ["claim-waits", "no-claims-left"]
    assert found("dns claim") == []


def test_letters_may_be_missing_but_not_the_first() -> None:
    assert found("ctlg") == ["lost-catalogue"]
    assert found("storge") == ["claim-waits", "no-claims-left"]
    assert found("talogx") == []


def test_objectives_are_searched_too() -> None:
    assert len(found("does not resolve")) == len(ROUNDS)


@pytest.mark.parametrize(
    ("token", "names"),
    [
        ("track:dns", ["dns-rewrite", "lost-catalogue"]),
        ("track:net", ["silence"]),
        ("track:moon", []),
        ("level:2", ["dns-rewrite", "silence"]),
        ("level:1-2", ["dns-rewrite", "claim-waits", "silence"]),
        ("solved", ["dns-rewrite"]),
        ("unsolved", ["lost-catalogue", "claim-waits", "no-claims-left", "silence"]),
        ("new", ["lost-catalogue", "no-claims-left", "silence"]),
        ("playable track:storage", ["claim-waits"]),
        ("due", ["silence"]),
        ("TRACK:DNS rewrite", ["dns-rewrite"]),
    ],
)
def test_tokens_filter(token: str, names: list[str]) -> None:
    assert found(token, due=("silence",)) == names


@pytest.mark.parametrize("half", ["track:", "level:", "level:x"])
def test_a_token_half_typed_hides_nothing(half: str) -> None:
    assert len(found(half)) == len(ROUNDS)


@pytest.mark.parametrize(
    ("before", "token", "after"),
    [
        ("", "due", "due"),
        ("claim", "due", "claim due"),
        ("claim due", "due", "claim"),
        ("track:dns due", "track:storage", "due track:storage"),
        ("level:1", "level:2", "level:2"),
        ("solved", "unsolved", "unsolved"),
        ("due solved", "playable", "due solved playable"),
    ],
)
def test_a_token_is_put_in_or_taken_out(before: str, token: str, after: str) -> None:
    assert with_token(before, token) == after
