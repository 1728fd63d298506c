"""A choice from a numbered list."""

from __future__ import annotations

from breakfix.plain.console import Console
from breakfix.plain.words import listed, whole


def choose(console: Console, question: str, choices: tuple[str, ...]) -> str | None:
    """One of the choices by number or a part of its name; None for an empty line."""
    ordered = sorted(choices)
    console.say(question, *(f"{n}: {choice}" for n, choice in enumerate(ordered, 1)))
    while True:
        answer = console.ask("number, part of a name, or nothing to go back: ")
        if not answer:
            return None
        matches = _matching(answer, ordered)
        if len(matches) == 1:
            return matches[0]
        said = f"That could be {listed(matches)}." if matches else "That is none of them."
        console.say(said)


def _matching(answer: str, choices: list[str]) -> list[str]:
    number = whole(answer)
    if number is not None:
        return choices[number - 1 : number] if number else []
    exact = [c for c in choices if c.lower() == answer.lower()]
    return exact or [c for c in choices if answer.lower() in c.lower()]
