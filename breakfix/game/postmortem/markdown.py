"""The postmortem as Markdown (CommonMark with tables and task lists)."""

from __future__ import annotations

import re

from breakfix.game.model import Debrief
from breakfix.game.postmortem import draft
from breakfix.game.postmortem.draft import Block, Code, Drawing, Items, Links, Section, Table, Text

FENCE = 3


def markdown(debrief: Debrief, notes: str = "") -> str:
    """The whole draft; names from outside cannot bring markup in."""
    head = [f"# {_plain(draft.title(debrief))}", _plain(draft.subtitle(debrief))]
    parts = [_section(section) for section in draft.sections(debrief, notes)]
    return "\n\n".join([*head, *parts]) + "\n"


def _section(section: Section) -> str:
    blocks = [_block(block) for block in section.blocks]
    return "\n\n".join([f"## {section.title}", *(b for b in blocks if b)])


def _block(block: Block) -> str:
    match block:
        case Text(text, quoted):
            lines = _plain(text).splitlines()
            return "\n".join(f"> {line}".rstrip() for line in lines) if quoted else "\n".join(lines)
        case Table(head, rows, figures):
            return _table(head, rows, figures)
        case Items(items, tasks):
            mark = "- [ ] " if tasks else "- "
            return "\n".join(mark + _one_line(item) for item in items)
        case Code(text, language, title):
            above = f"{_plain(title)}\n\n" if title else ""
            fence = "`" * max(FENCE, 1 + max(map(len, re.findall(r"`+", text)), default=0))
            return f"{above}{fence}{language}\n{text}\n{fence}"
        case Links(links):
            return "\n".join(f"- [{_plain(title)}](<{url}>)" for title, url in links)
        case Drawing():
            return ""


def _table(
    head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], figures: tuple[int, ...]
) -> str:
    rule = ["--:" if i in figures else "---" for i in range(len(head))]
    lines = [head, tuple(rule), *(tuple(_cell(cell) for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    """No tags and no control characters."""
    kept = "".join(c for c in text if c.isprintable() or c == "\n")
    return kept.replace("<", "&lt;")
