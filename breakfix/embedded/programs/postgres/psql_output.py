"""How psql prints results and errors."""

from __future__ import annotations

from breakfix.embedded.programs.options import Options
from breakfix.embedded.programs.postgres.libpq import Answer
from breakfix.embedded.programs.postgres.oids import FLOAT8, INT4

_NUMBERS = (INT4, FLOAT8)


def formatted(answer: Answer, options: Options, expanded: bool = False, title: str = "") -> str:
    """A result in the format that the options ask for."""
    names, rows = answer.columns or [], [[c or "" for c in r] for r in answer.rows]
    bare = "t" in options
    if "csv" in options:
        return _lines([_csv(r) for r in ([] if bare else [names]) + rows])
    count = f"({len(rows)} row{'' if len(rows) == 1 else 's'})"
    if "A" in options:
        separator = options.get("F") or "|"
        lines = [separator.join(r) for r in ([] if bare else [names]) + rows]
        return _lines(lines + ([] if bare else [count]))
    if expanded:
        return _expanded(names, rows)
    numbers = [t in _NUMBERS for t in answer.types]
    return _aligned(names, rows, numbers, title, None if bare else count)


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _csv(cells: list[str]) -> str:
    marks = {",", '"', "\n"}
    return ",".join('"' + c.replace('"', '""') + '"' if marks & set(c) else c for c in cells)


def _expanded(names: list[str], rows: list[list[str]]) -> str:
    """A line for each value."""
    width = max(len(n) for n in names)
    text = ""
    for i, row in enumerate(rows):
        text += f"-[ RECORD {i + 1} ]\n"
        text += _lines([f"{n:<{width}} | {v}" for n, v in zip(names, row, strict=True)])
    return text + "\n"


def _aligned(
    names: list[str], rows: list[list[str]], numbers: list[bool], title: str, count: str | None
) -> str:
    """Columns one under another; without a count the rows alone."""
    widths = [max([len(n), *(len(p) for r in rows for p in r[i].split("\n"))])
              for i, n in enumerate(names)]  # fmt: skip
    body = "".join(_row(row, widths, numbers) for row in rows)
    if count is None:
        return body + "\n"
    return f"{_header(names, widths, title)}{body}{count}\n\n"


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
        line = "|".join(cells)
        plain = at + 1 >= len(parts[-1])
        text += (line[:-1] if numbers[-1] else line.rstrip() if plain and row[-1] else line) + "\n"
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
    return text + (f"DETAIL:  {error['D']}\n" if "D" in error else "")
