"""Running text of a scenario: lines are joined to paragraphs, whatever width it was
written in, so that a screen can wrap it to its own."""

from __future__ import annotations

import re
import unicodedata

TIME_OF_DAY = r"(?m)^\d{1,2}:\d\d\b"
ALONE = re.compile(r"\d{1,2}:\d\d +PAGE\b")  # what the pager said: a headline
# a line that begins a paragraph of its own: a time of day, a list item, a quotation, an indent
BEGINS = re.compile(r"\d{1,2}:\d\d\b|[-*•] |[\"'“]|\s")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, each in one line; an empty one stands for a blank line."""
    found: list[str] = []
    for line in text.strip().splitlines():
        goes_on = found and found[-1] and not ALONE.match(found[-1])
        joins = goes_on and line.strip() and not BEGINS.match(line)
        if joins:
            found[-1] += f" {line.strip()}"
        else:
            found.append(line.rstrip())
    return found


def reflowed(text: str) -> str:
    """The text with its paragraphs in one line each."""
    return "\n".join(paragraphs(text))


def slug(title: str) -> str:
    """A title as one word of a file name: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
