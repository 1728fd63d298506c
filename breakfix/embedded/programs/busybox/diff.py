"""busybox's diff: unified, of files and of directories."""

from __future__ import annotations

import dataclasses
import difflib
import posixpath
import re
from typing import cast

from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.busybox.words import contents, place

_KNOWN = "abBdiNqrTstwuLSU"
_TROUBLE = 2


@dataclasses.dataclass
class _Wanted:
    letters: set[str]
    labels: list[str]
    names: list[str]
    context: int = 3


def _wanted(words: list[str]) -> _Wanted:
    found, rest = _Wanted(set(), [], []), list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            found.names.append(word)
            continue
        for number, letter in enumerate(word[1:], 2):
            found.letters.add(letter)
            if letter in "LSU":
                value = word[number:] or (rest.pop(0) if rest else "")
                if letter == "L":
                    found.labels.append(value)
                found.context = int(value) if letter == "U" else found.context
                break
    return found


async def diff(process: Process) -> int:
    """`diff [-abBdiNqrTstw] [-L LABEL] [-U LINES] FILE1 FILE2`: 0 the same, 1 not, 2 trouble."""
    wanted = _wanted(process.argv[1:])
    bad = next((c for c in sorted(wanted.letters) if c not in _KNOWN), "")
    if bad or len(wanted.names) != 2:  # noqa: PLR2004
        text = f"diff: invalid option -- '{bad}'\n" if bad else "diff: needs two files\n"
        await process.err(text)
        return 1
    view = cast("View", process.files)
    for name in wanted.names:
        if name != "-" and not view.exists(place(process, name)):
            why = "Not a directory" if _through_file(view, place(process, name)) else ""
            await process.err(f"diff: can't stat '{name}': {why or 'No such file or directory'}\n")
            return _TROUBLE
    one, two = wanted.names
    folders = [name != "-" and view.is_dir(place(process, name)) for name in (one, two)]
    if all(folders):
        return await _folders(process, wanted, one, two)
    if folders[0]:
        one = posixpath.join(one, posixpath.basename(two))
    if folders[1]:
        two = posixpath.join(two, posixpath.basename(one))
    return await _files(process, wanted, one, two)


def _through_file(view: View, path: str) -> bool:
    parent = posixpath.dirname(path)
    return view.exists(parent) and not view.is_dir(parent)


async def _lines(process: Process, name: str, wanted: _Wanted) -> list[str] | None:
    try:
        data = await contents(process, name)
    except OSError as error:
        if "N" in wanted.letters and isinstance(error, FileNotFoundError):
            return []
        await process.err(f"diff: can't open '{name}': {error.strerror}\n")
        return None
    return data.decode(errors="replace").splitlines(keepends=True)


def _compared(line: str, letters: set[str]) -> str:
    """A line as it counts: with -i, -b and -w some differences do not."""
    line = line.lower() if "i" in letters else line
    if "w" in letters:
        return re.sub(r"\s+", "", line)
    return re.sub(r"\s+", " ", line).rstrip() if "b" in letters else line


async def _files(process: Process, wanted: _Wanted, one: str, two: str) -> int:
    first, second = await _lines(process, one, wanted), await _lines(process, two, wanted)
    if first is None or second is None:
        return _TROUBLE
    keys = [[_compared(line, wanted.letters) for line in lines] for lines in (first, second)]
    if keys[0] == keys[1]:
        if "s" in wanted.letters:
            await process.out(f"Files {one} and {two} are identical\n")
        return 0
    if "q" in wanted.letters:
        await process.out(f"Files {one} and {two} differ\n")
        return 1
    heads = [*wanted.labels, one, two] if len(wanted.labels) != 1 else [wanted.labels[0], two]
    await process.out(f"--- {heads[0]}\n+++ {heads[1]}\n")
    matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for group in matcher.get_grouped_opcodes(wanted.context):
        await process.out(_hunk(group, first, second))
    return 1


def _hunk(group: list[tuple[str, int, int, int, int]], one: list[str], two: list[str]) -> str:
    first, last = group[0], group[-1]
    spans = _span(first[1], last[2]), _span(first[3], last[4])
    text = f"@@ -{spans[0]} +{spans[1]} @@\n"
    for tag, start, end, start2, end2 in group:
        if tag == "equal":
            text += "".join(_shown(" ", line) for line in one[start:end])
            continue
        text += "".join(_shown("-", line) for line in one[start:end])
        text += "".join(_shown("+", line) for line in two[start2:end2])
    return text


def _span(start: int, end: int) -> str:
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _shown(sign: str, line: str) -> str:
    return sign + (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")


def _listed(view: View, path: str, deep: bool, head: str = "") -> list[str]:
    """What is in a directory; with -r, what is in those in it."""
    found = []
    for name in view.list(path):
        inner = f"{path}/{name}"
        if deep and view.is_dir(inner):
            found += _listed(view, inner, deep, f"{head}{name}/")
        else:
            found.append(head + name)
    return found


async def _folders(process: Process, wanted: _Wanted, one: str, two: str) -> int:
    view, deep = cast("View", process.files), "r" in wanted.letters
    first = _listed(view, place(process, one), deep)
    second = _listed(view, place(process, two), deep)
    code = 0
    for name in sorted({*first, *second}):
        if (name not in first or name not in second) and "N" not in wanted.letters:
            await process.out(f"Only in {one if name in first else two}: {name}\n")
            code = 1
            continue
        paths = posixpath.join(one, name), posixpath.join(two, name)
        if all(view.is_dir(place(process, path)) for path in paths):
            await process.out(f"Common subdirectories: {paths[0]} and {paths[1]}\n")
        else:
            code = max(code, await _files(process, wanted, *paths))
    return code
