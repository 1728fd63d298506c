"""A title as one word, for the names of files."""

from __future__ import annotations

import pytest

from breakfix.scenario.prose import slug


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("A name that nobody can find", "a-name-that-nobody-can-find"),
        ("It can't be; can it?", "it-cant-be-can-it"),
        ("../Café /  1", "cafe-1"),
    ],
)
def test_a_title_becomes_a_word_of_a_file_name(title: str, word: str) -> None:
    assert slug(title) == word
