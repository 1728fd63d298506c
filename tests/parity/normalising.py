"""Takes out of an answer what no two runs share, and as little more as possible.

Every rule says why it is there. What is not named here is compared to the letter.
"""

from __future__ import annotations

import re
from re import Pattern

from tests.parity.transcripts import Step

_SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
_DURATION = r"(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?"

_HASH = f"{_SAFE}{{8,10}}"
_AGO = rf"{_DURATION}(?: \(x\d+ over {_DURATION}\))?"
_DATE, _CLOCK = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d:\d\d"
_SERVER = r"https://(?:127\.0\.0\.1|localhost|172\.18\.0\.\d+):\d+"

RULES: tuple[tuple[str, str, str], ...] = (
    # why, what, instead
    ("where kubectl keeps what it compares", r"/tmp/(LIVE|MERGED)-\d+", r"/tmp/\1"),
    ("where kubectl keeps what is edited", r"/tmp/kubectl-edit-\d+", "/tmp/kubectl-edit"),
    ("the working directory", r"/tmp/parity-\w+", "/tmp/parity"),
    ("the moment", rf"\b{_DATE}[T ]{_CLOCK}(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d)", "TIME"),
    ("the moment, in describe", rf"\b\w{{3}}, \d\d \w{{3}} \d{{4}} {_CLOCK} [+-]\d{{4}}", "TIME"),
    (
        "the moment, in kubectl's log",
        rf"\b([IWEF])\d{{4}} {_CLOCK}\.\d+ +\d+ (\w+\.go:)\d+",
        r"\1 \2",
    ),
    ("made at random", r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "UID"),
    ("the moment, in HTTP", rf"\b\w{{3}}, \d\d \w{{3}} \d{{4}} {_CLOCK} GMT", "TIME"),
    ("made of the moment and the size", r'\bETag: "\w+-(\w+)"', r'ETag: "TIME-\1"'),
    ("how fast the machine is, of ping", r"\b(time=|max = )[\d./]+ ms", r"\1AGO ms"),
    ("how fast the machine is, of curl", r"\bafter \d+ (ms|milliseconds)\b", r"after AGO \1"),
    ("counts writes of the whole cluster", r'(resourceVersion"?: ?)"\d+"', r"\1RV"),
    ("counts writes of the whole cluster", r"(Resource ?Version:\s+)\d+", r"\1RV"),
    ("made at random, signed", r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", "TOKEN"),
    ("each cluster's own authority", r"\bLS0tLS1CRUdJTi[\w+/=]+", "PEM"),
    ("each client certificate's own", r"X509SHA256=[0-9a-f]{64}", "X509SHA256=DIGEST"),
    ("where it listens", _SERVER, "https://SERVER"),
    ("made by the runtime", r"containerd://[0-9a-f]{64}", "containerd://ID"),
    ("made by the runtime, of exec", r'(start exec )"[0-9a-f]{64}"', r'\1"ID"'),
    ("how an image came to the node", r'(?m)^(\s*(?:Image ID|"?imageID"?):).*$', r"\1 IMAGE"),
    ("given in order of asking", r"\b10\.244\.\d+\.\d+\b", "POD-IP"),
    ("given at random", r"\b10\.96\.\d+\.\d+\b", "SERVICE-IP"),
    ("the machine's network", r"\b172\.18\.\d+\.\d+\b", "NODE-IP"),
    ("given at random", r"\b3[012]\d{3}(?=/TCP|/UDP|$)", "NODE-PORT"),
    ("given at random", r"(nodePort\"?: ?)\d+", r"\1NODE-PORT"),
    ("kind puts the cluster's name first", r"\b[a-z0-9]+-control-plane\b", "control-plane"),
    ("hash over Go's printing, then random", rf"-{_HASH}-{_SAFE}{{5}}\b", "-HASH-RANDOM"),
    ("hash over Go's printing", rf"([-=] ?|pod-template-hash\"?: ?\"?){_HASH}\b", r"\1HASH"),
    ("random", rf"-{_SAFE}{{5}}\b", "-RANDOM"),
    ("how fast the machine is", r"(?m)^(Duration:\s+)\S+$", r"\1AGO"),
    ("how long ago, of restarts", r"\((?:\d+[smhd])+ ago\)", "(AGO)"),
    ("how long ago", rf"(?m)^(\s+(?:Normal|Warning)\s+\S+\s+){_AGO}(\s+)", r"\1AGE\2"),
)
_RULES: list[tuple[Pattern[str], str]] = [(re.compile(what), new) for _, what, new in RULES]
_AGES = re.compile(r"\b(?:AGE|LAST SEEN|FIRST SEEN|LAST SCHEDULE|DURATION)\b")
_AGE = re.compile(rf"{_AGO}(?=\s|$)")
_GAP = re.compile(r"(?<=\S) {2,}")


def normal(step: Step, text: str) -> list[str]:
    """The lines to compare."""
    lines = _ages(text.splitlines())
    text = "\n".join(lines)
    for what, new in _RULES:
        text = what.sub(new, text)
    # a column is as wide as its widest cell, which may be a name made at random
    lines = [_GAP.sub("  ", line).rstrip() for line in text.splitlines()]
    return _compared(step, lines)


def _compared(step: Step, lines: list[str]) -> list[str]:
    if step.compare == "exit code":
        return []
    if step.compare == "last line":
        return lines[-1:]
    return sorted(lines) if step.unordered else lines


def _ages(lines: list[str]) -> list[str]:
    """Tables: what stands under AGE and its like."""
    places: list[int] = []
    found = []
    for line in lines:
        if re.match(r"[A-Z][A-Z /()-]*(  |$)", line):
            places = [match.start() for match in _AGES.finditer(line)]
        elif not line.strip():
            places = []
        found.append(_without_ages(line, places))
    return found


def _without_ages(line: str, places: list[int]) -> str:
    for place in reversed(places):  # what is further left stays where it is
        line = _without_age(line, place)
    return line


def _without_age(line: str, place: int) -> str:
    match = _AGE.match(line, place)
    if match is None or not match.group():
        return line
    return line[:place] + "AGO".ljust(len(match.group())) + line[match.end() :]
