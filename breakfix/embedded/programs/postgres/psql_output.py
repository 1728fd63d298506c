"""How psql prints results and errors."""

from __future__ import annotations

from dataclasses import dataclass

from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.postgres.libpq import Answer
from breakfix.embedded.programs.postgres.oids import FLOAT8, INT4

_NUMBERS = (INT4, FLOAT8)


@dataclass
class Shown:
    """What is shown besides the rows: a title, and lines below in place of their count."""

    title: str = ""
    footers: list[str] | None = None
    expanded: bool = False


def formatted(answer: Answer, options: Options, shown: Shown) -> str:
    """A result in the format that the options ask for."""
    names, rows = answer.columns or [], [[c or "" for c in r] for r in answer.rows]
    bare = "t" in options
    if "csv" in options:
        return _csv(names, rows, shown, bare)
    count = f"({len(rows)} row{'' if len(rows) == 1 else 's'})"
    footers = [count] if shown.footers is None else shown.footers
    if "A" in options:
        return _unaligned(names, rows, shown, footers, options)
    if shown.expanded:
        return _expanded(names, rows, "" if bare else shown.title, bare)
    numbers = [t in _NUMBERS for t in answer.types]
    return _aligned(names, rows, numbers, shown.title, None if bare else footers)


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _csv(names: list[str], rows: list[list[str]], shown: Shown, bare: bool) -> str:
    if shown.expanded:
        lines = [list(pair) for r in rows for pair in zip(names, r, strict=True)]
    else:
        lines = ([] if bare else [names]) + rows
    return _lines([",".join(_csv_cell(c) for c in line) for line in lines])


def _csv_cell(cell: str) -> str:
    marks = {",", '"', "\n", "\r"}
    return '"' + cell.replace('"', '""') + '"' if marks & set(cell) else cell


def _unaligned(
    names: list[str], rows: list[list[str]], shown: Shown, footers: list[str], options: Options
) -> str:
    bare, separator = "t" in options, options.get("F") or "|"
    title = [shown.title] if shown.title and not bare else []
    if shown.expanded:
        records = [_lines([f"{n}{separator}{v}" for n, v in zip(names, r, strict=True)])
                   for r in rows]  # fmt: skip
        return "\n".join([*([_lines(title)] if title else []), *records])
    head = title if bare else [*title, separator.join(names)]
    return _lines(head + [separator.join(r) for r in rows] + ([] if bare else footers))


def _expanded(names: list[str], rows: list[list[str]], title: str, bare: bool) -> str:
    """A line for each value."""
    if not rows:
        return "\n" if bare else "(0 rows)\n\n"
    width = max(len(n) for n in names)
    values = max(len(line) for r in rows for cell in r for line in cell.split("\n"))
    text = _lines([title] if title else [])
    for i, row in enumerate(rows):
        if i or not bare:
            text += _record_line("" if bare else f"[ RECORD {i + 1} ]", width, values)
        text += "".join(_value(n, v, width, values) for n, v in zip(names, row, strict=True))
    return text + "\n"


def _record_line(mark: str, width: int, values: int) -> str:
    """Dashes as wide as the names and the values, behind the number of a record."""
    line = "-" * (width + 1) + "+" + "-" * (values + 1)
    head = "-" + mark
    return head + line[len(head) :] + "\n"


def _value(name: str, value: str, width: int, longest: int) -> str:
    """Of one column; a cell of several lines continues below."""
    *above, last = value.split("\n")
    lines = [f"{line:<{longest}}+" for line in above] + [last]
    names = [name, *[""] * len(above)]
    return _lines([f"{n:<{width}} | {v}" for n, v in zip(names, lines, strict=True)])


def _aligned(
    names: list[str], rows: list[list[str]], numbers: list[bool], title: str,
    footers: list[str] | None,
) -> str:  # fmt: skip
    """Columns one under another; without footers the rows alone."""
    widths = [max([len(n), *(len(p) for r in rows for p in r[i].split("\n"))])
              for i, n in enumerate(names)]  # fmt: skip
    body = "".join(_row(row, widths, numbers) for row in rows)
    if footers is None:
        return body + "\n"
    return f"{_header(names, widths, title)}{body}{_lines(footers)}\n"


def _header(names: list[str], widths: list[int], title: str) -> str:
    whole = sum(widths) + 3 * len(widths) - 1
    lines = [" " * max((whole - len(title)) // 2, 0) + title] if title else []
    lines.append("|".join(f" {n:^{w}} " for n, w in zip(names, widths, strict=True)))
    lines.append("+".join("-" * (w + 2) for w in widths))
    return _lines(lines)


def _row(row: list[str], widths: list[int], numbers: list[bool]) -> str:
    """A row, of several lines where a cell has them."""
    parts = [cell.split("\n") for cell in row]
    text = ""
    for at in range(max(len(p) for p in parts)):
        cells = []
        for part, width, number in zip(parts, widths, numbers, strict=True):
            cell = part[at] if at < len(part) else ""
            more = "+" if at + 1 < len(part) else " "
            cells.append(f" {cell:>{width}}{more}" if number else f" {cell:<{width}}{more}")
        whole = cells[-1]
        cells[-1] = whole if whole.endswith("+") else " " + whole[1:].rstrip(" ")
        text += "|".join(cells) + "\n"
    return text


def error_text(error: dict[str, str], sql: str) -> str:
    """An error, with the line that it is in."""
    text = f"{error.get('S', 'ERROR')}:  {error.get('M', '')}\n"
    position = int(error.get("P") or 0)
    if position:
        before = sql[: position - 1]
        number, start = before.count("\n") + 1, before.rfind("\n") + 1
        line = sql[start:].split("\n", maxsplit=1)[0]
        head = f"LINE {number}: "
        text += f"{head}{line}\n{' ' * (len(head) + position - 1 - start)}^\n"
    text += f"DETAIL:  {error['D']}\n" if "D" in error else ""
    return text + (f"HINT:  {error['H']}\n" if "H" in error else "")
