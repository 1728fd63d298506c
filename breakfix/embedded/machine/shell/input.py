"""Whether a script reads the shell's own standard input by something of the shell library.

The library takes input only as the first part of a pipeline, which ends with the input. So a
script gets it that way only where it has a use for it; else a session that is left open
(`kubectl exec -i`) would keep a script from ending. Our own programs read it by themselves.
"""

from __future__ import annotations

import re
from functools import lru_cache

_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_PART = re.compile(r"(\|\|?|&&?|;;?|[\n(){}])")
_KEYWORDS = {"then", "do", "else", "while", "until", "if", "!", "time", "exec", "elif"}
_VALUED = re.compile(r"-[A-Za-z]*[ndfkcetswCAB]")
_ALWAYS = {"read", "mapfile", "readarray", "tr", "tsort", "bc"}
# how many words come before the names of files
_BEFORE_FILES = {
    "grep": 1, "egrep": 1, "fgrep": 1, "sed": 1, "awk": 1, "gawk": 1, "mawk": 1, "jq": 1, "yq": 1,
    **dict.fromkeys((
        "head", "wc", "sort", "uniq", "cut", "base32", "base64", "md5sum", "sha1sum", "sha256sum",
        "sha512sum", "tac", "rev", "od", "hexdump", "xxd", "strings", "nl", "fold", "paste",
        "gzip", "gunzip", "zcat", "bzip2", "bunzip2", "bzcat", "less", "more", "column", "expand",
        "unexpand", "split", "shuf", "sum", "cksum", "envsubst", "patch",
    ), 0),
}  # fmt: skip


@lru_cache(128)
def reads_input(script: str) -> bool:
    """Does it? Judged by its words: commands at the head of a pipeline, without files."""
    text = _QUOTED.sub("Q", script)
    if re.search(r"\bdone\s*<", text):
        text = re.sub(r"\b(while|until)\b[^\n;]*", "", text)
    parts = _PART.split(text)
    before = ["", *parts[1::2]]
    return any(
        sign != "|" and "<" not in part and _reads(part.split())
        for sign, part in zip(before, parts[::2], strict=True)
    )


def _reads(words: list[str]) -> bool:
    while words and (words[0] in _KEYWORDS or re.match(r"\w+=", words[0])):
        words = words[1:]
    if not words:
        return False
    name, rest = words[0].rpartition("/")[2], words[1:]
    if name == "tar":
        return _tar_reads(rest)
    if name in _BEFORE_FILES:
        return len(_operands(rest)) <= _BEFORE_FILES[name]
    return name in _ALWAYS


def _operands(words: list[str]) -> list[str]:
    found: list[str] = []
    is_value = False
    for word in words:
        if re.match(r"\d?>", word):
            break
        if not is_value and (not word.startswith("-") or word == "-"):
            found += [word] if word != "-" else []
        is_value = not is_value and _VALUED.fullmatch(word) is not None
    return found


def _tar_reads(words: list[str]) -> bool:
    letters = words[0].lstrip("-") if words else ""
    return "c" not in letters and ("f" not in letters or "-" in words)
