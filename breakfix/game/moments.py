"""The timeline of a round: its events, the learner's writes and the commands they typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import dropwhile, takewhile

from breakfix.game.looks import Look, looks_of, same
from breakfix.game.model import Moment
from breakfix.game.record import Record
from breakfix.scenario.spec import Hint
from breakfix.store.history import Event

WORDS = {
    "started": "the symptom is seen; the clock starts",
    "paused": "paused",
    "resumed": "resumed",
    "solved": "solved: from here on everything held",
    "given up": "given up",
    "timed out": "time is up",
}
ENDS = ("solved", "given up", "timed out")
"""What stops the clock: stands where the clock does, not when the verify was through."""
CHANGING = ("annotate", "apply", "autoscale", "certificate", "cordon", "create", "delete", "drain",
            "edit", "expose", "label", "patch", "replace", "run", "scale", "set", "taint",
            "uncordon")  # fmt: skip
CHANGING_ROLLOUT = ("pause", "restart", "resume", "undo")
QUOTES = str.maketrans("", "", "\"'\\")
VALUE = r"(?:\"[^\"]*\"|'[^']*'|\S)+"
SECRET_OPTION = re.compile(rf"(--(?:docker-)?(?:password|token)[= ]){VALUE}")
LITERAL = re.compile(rf"(--from-literal[= ][\"']?[^=\s]+=){VALUE}")
SEVERAL = re.compile(r"[|;&]+")
EARLIER, LATER = 6.0, 1.5  # s: a command is noted when it begins, in whole seconds


def timeline(
    record: Record, hints: Sequence[Hint] = (), namespace: str = "default"
) -> tuple[Moment, ...]:
    """Every moment of a round in its order. A look that a hint would have pointed at and the
    command that made it are one moment. `namespace` is the one of the learner's shell."""
    typed = typed_in(record)
    looks = [m for m in typed if m.kind == "look"]
    found = [m for e in record.events if (m := _moment(e, record)) is not None]
    for event in record.events:
        command = None
        if event.kind == "looked" and event.data["hint"] < len(hints):
            wanted = looks_of(hints[event.data["hint"]].run, namespace)
            near = _near(record.play_time(event.at), looks)
            command = _made_by(wanted, near, namespace)
        if command is not None:
            looks.remove(command)
            at, evidence = record.play_time(event.at), event.data["evidence"]
            found.remove(Moment(at, "look", f"looked at {evidence}"))
            found.append(Moment(at, "look", f"looked at {evidence}: {command.text}"))
    writes = list(_writes(record))
    if not writes and not _stock(record).get("audit", True):
        writes = [m for m in typed if m.kind == "change"]
    return tuple(sorted([*found, *looks, *writes], key=lambda m: (m.at, m.kind in ENDS)))


def typed_in(record: Record) -> tuple[Moment, ...]:
    """The lines typed in breakfix's shell: of kind change, look, or other; passwords are left
    out, for a debrief is made to be passed on."""
    found: list[Moment] = []
    for entry in _stock(record).get("typed", ()):
        line = _typed(entry["at"], entry["text"], record)
        found = [m for m in found if not _is_part(m, line)]
        found.append(line)
    return tuple(replace(m, text=without_secrets(m.text)) for m in found)


def _is_part(noted: Moment, line: Moment) -> bool:
    """The kubectl on PATH notes each call, then the shell the line that it was a part of."""
    command = noted.text.removeprefix("kubectl ")
    called = command != noted.text and noted.at >= line.at
    return called and _unquoted(command) in _unquoted(line.text)


def _unquoted(text: str) -> str:
    return " ".join(text.translate(QUOTES).split())


def without_secrets(command: str) -> str:
    """A command line with `…` for the values that are there to be secret."""
    shown = SECRET_OPTION.sub(r"\1…", command)
    return LITERAL.sub(r"\1…", shown) if " secret " in command else shown


def kind_of(command: str) -> str:
    """Does a command line change the cluster, look at it, or neither: change, look or other.
    Of several commands in a line, one that changes is enough."""
    kinds = {_kind(part.split()) for part in SEVERAL.split(command)}
    return next((kind for kind in ("change", "look") if kind in kinds), "other")


def _kind(words: Sequence[str]) -> str:
    if not words or words[0] not in ("kubectl", "k"):
        return "other"
    verbs = _verbs(words[1:])
    verb = next(verbs, "")
    changing = verb in CHANGING or (verb == "rollout" and next(verbs, "") in CHANGING_ROLLOUT)
    only_tried = any(word.startswith("--dry-run") for word in words)
    return "change" if changing and not only_tried else "look"


def _verbs(words: Sequence[str]) -> Iterator[str]:
    """Words that are no option: `-n shop` and the like before the verb are passed over."""
    rest = iter(words)
    for word in rest:
        if word in ("-n", "--namespace", "--context", "--kubeconfig", "--as"):
            next(rest, "")
        elif not word.startswith("-"):
            yield word


def _stock(record: Record) -> dict[str, Iterable[dict[str, str]]]:
    """The last event `changes`: what was changed, written and typed."""
    return next((e.data for e in reversed(record.events) if e.kind == "changes"), {})


def _typed(at: str, text: str, record: Record) -> Moment:
    return Moment(record.play_time(datetime.fromisoformat(at)), kind_of(text), text)


def _writes(record: Record) -> Iterator[Moment]:
    for write in _stock(record).get("writes", ()):
        at = record.play_time(datetime.fromisoformat(write["at"]))
        yield Moment(at, "change", write["text"])


def _near(at: float, looks: Sequence[Moment]) -> Iterator[Moment]:
    """The commands that were noted about then."""
    return takewhile(lambda m: m.at <= at + LATER, dropwhile(lambda m: m.at < at - EARLIER, looks))


def _made_by(wanted: Sequence[Look], near: Iterable[Moment], namespace: str) -> Moment | None:
    """The command that looked there, if it was typed."""
    fitting = ((m, look) for m in near for look in looks_of(m.text, namespace))
    return next((m for m, look in fitting if any(same(w, look) for w in wanted)), None)


def _moment(event: Event, record: Record) -> Moment | None:
    at, data = record.play_time(event.at), event.data
    if event.kind in ENDS:
        return Moment(record.elapsed(event.at), event.kind, WORDS[event.kind])
    match event.kind:
        case "hint":
            return Moment(at, "hint", f"hint bought: {data['evidence']}, {data['price']} points")
        case "looked":
            return Moment(at, "look", f"looked at {data['evidence']}")
        case "diagnosis":
            right = bool(data["component_right"] and data["fault_right"])
            words = f"diagnosis: {data['component']}, {data['fault']}"
            words += f" ({'right' if right else 'not right'})"
            return Moment(at, "diagnosis", words, right)
        case "verify":
            passed = bool(data["passed"])
            words = "all checks hold" if passed else "no: " + ", ".join(data["failing"])
            return Moment(at, "verify", f"verify: {words}", passed)
    return Moment(at, event.kind, WORDS[event.kind]) if event.kind in WORDS else None
