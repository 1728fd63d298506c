"""`scenarios/links.yaml` of a pack: the documentation pages that debriefs name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from breakfix.scenario import positions
from breakfix.scenario.positions import Document, Problem, fail
from breakfix.scenario.reading import read_text


class Link(NamedTuple):
    """A page: what it is called, where it is."""

    title: str
    url: str


def read_links(root: Path) -> dict[str, Link]:
    """The links of a pack by their short names; none without a file. Raises
    ScenarioError."""
    path = root / "scenarios" / "links.yaml"
    if not path.exists():
        return {}
    where = "scenarios/links.yaml"
    text = read_text(path, where)
    found = list(positions.documents(text, where))
    if not found:
        return {}
    problems = [problem for document in found for problem in _problems(document)]
    if problems or len(found) > 1:
        fail(problems, "Each link is NAME: {title: TEXT, url: https://...}.")
    return {name: Link(link["title"], link["url"]) for name, link in found[0].data.items()}


def all_links(roots: tuple[Path, ...]) -> dict[str, Link]:
    """The links of several packs; the first pack that has a name decides."""
    found: dict[str, Link] = {}
    for root in roots:
        found = read_links(root) | found
    return found


def _problems(document: Document) -> Iterator[Problem]:
    if not isinstance(document.data, dict):
        yield document.problem((), "expected keys and values")
        return
    for name, link in document.data.items():
        if not isinstance(link, dict) or set(link) != {"title", "url"}:
            yield document.problem((name,), "expected title and url, and nothing else")
        elif not all(isinstance(text, str) and text for text in link.values()):
            yield document.problem((name,), "title and url are text")
        elif not link["url"].startswith("https://"):
            yield document.problem((name, "url"), "expected https://...")
