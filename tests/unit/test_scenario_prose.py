"""Running text: lines become paragraphs that any width can wrap."""

from __future__ import annotations

import pytest

from breakfix.scenario.prose import paragraphs


def test_lines_are_joined_and_blank_lines_kept() -> None:
    assert paragraphs("One\nline.\n\nAnother\none.\n") == ["One line.", "", "Another one."]


@pytest.mark.parametrize("begins", ["09:31  later", "- an item", '"a quotation"', "  an indent"])
def test_some_lines_begin_a_paragraph(begins: str) -> None:
    assert paragraphs(f"One\nline.\n{begins}\nand on") == ["One line.", f"{begins} and on"]


def test_what_the_pager_said_stands_alone() -> None:
    text = "09:31  PAGE  shop / products fail\nThe home page opens,\nthe products do not."
    assert paragraphs(text) == [
        "09:31  PAGE  shop / products fail",
        "The home page opens, the products do not.",
    ]
