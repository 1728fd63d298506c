"""The postmortem as one HTML page that needs nothing else: no script, no font, no picture
from elsewhere. Light or dark as the reader's system is, and it prints."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path

from breakfix.game.model import Debrief
from breakfix.game.postmortem import draft
from breakfix.game.postmortem.draft import Block, Code, Drawing, Items, Links, Section, Table, Text
from breakfix.game.postmortem.picture import PAGE, svg
from breakfix.game.postmortem.share import share_line

CODE_SPAN = re.compile(r"`([^`]+)`")
SIGNS = {"+": "ins", "-": "del"}


def html(debrief: Debrief, notes: str = "") -> str:
    """The whole page."""
    title = _text(draft.title(debrief))
    parts = "\n".join(_section(s, debrief) for s in draft.sections(debrief, notes))
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{title}</h1>\n<p class="sub">{_text(draft.subtitle(debrief))}</p>\n'
        f"{parts}\n<footer>{_text(share_line(debrief))}</footer>\n</main>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text("utf-8")


def _section(section: Section, debrief: Debrief) -> str:
    blocks = "\n".join(_block(block, debrief) for block in section.blocks)
    return f"<section>\n<h2>{_text(section.title)}</h2>\n{blocks}\n</section>"


def _block(block: Block, debrief: Debrief) -> str:
    match block:
        case Text(text, quoted):
            body = _prose(text).replace("\n", "<br>\n")
            return f"<blockquote><p>{body}</p></blockquote>" if quoted else f"<p>{body}</p>"
        case Table():
            return _table(block)
        case Items(items, tasks):
            box = '<span class="box" role="img" aria-label="to do"></span>' if tasks else ""
            lines = "".join(f"<li>{box}{_prose(item)}</li>\n" for item in items)
            start = '<ul class="tasks">' if tasks else "<ul>"
            return f"{start}\n{lines}</ul>"
        case Code():
            return _code(block)
        case Links(links):
            lines = "".join(f"<li>{_link(title, url)}</li>\n" for title, url in links)
            return f"<ul>\n{lines}</ul>"
        case Drawing():
            return f"<figure>{svg(debrief, PAGE)}</figure>"


def _table(table: Table) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        marks = (' class="figure"' if i in table.figures else "" for i in range(len(cells)))
        inner = (f"<{tag}{m}>{_prose(c)}</{tag}>" for m, c in zip(marks, cells, strict=True))
        return f"<tr>{''.join(inner)}</tr>\n"

    body = "".join(row(cells, "td") for cells in table.rows)
    return (
        f'<div class="wide"><table>\n<thead>{row(table.head, "th")}</thead>\n'
        f"<tbody>\n{body}</tbody>\n</table></div>"
    )


def _code(code: Code) -> str:
    above = f'<p class="over">{_text(code.title)}</p>\n' if code.title else ""
    lines = code.text.splitlines()
    body = "\n".join(map(_diff_line, lines)) if code.language == "diff" else _text(code.text)
    return f'{above}<pre class="{code.language}"><code>{body}</code></pre>'


def _diff_line(line: str) -> str:
    tag = SIGNS.get(line[:1])
    if tag is None or line.startswith(("+++", "---")):
        return f"<span>{_text(line)}</span>"
    return f"<{tag}>{_text(line)}</{tag}>"


def _link(title: str, url: str) -> str:
    if not url.startswith(("https://", "http://")):
        return f"{_text(title)}: {_text(url)}"
    return f'<a href="{_text(url)}" rel="noreferrer">{_text(title)}</a>'


def _prose(text: str) -> str:
    """Text with its `code` marked."""
    return CODE_SPAN.sub(r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return escape("".join(c for c in text if c.isprintable() or c in "\n\t"))
