"""What can be typed: names, what they do, and which of them work while the clock stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_WORD = 40


@dataclass(frozen=True)
class Command:
    """One command: its name (maybe of two words), the method that does it, what it takes
    and does in a sentence, other words for it, and whether it works in a pause."""

    name: str
    method: str
    about: str
    takes: str = ""
    also: tuple[str, ...] = ()
    in_pause: bool = False


HELP = Command("help", "help", "These commands.", also=("?", "h"), in_pause=True)
OUT = ("exit", "q")
HOME = (
    Command("list", "list_rounds", "The rounds by track; with a track, those of it.", "[TRACK]"),
    Command("search", "search", "Rounds with these words in name, title or track.", "WORDS"),
    Command("show", "show", "What a round teaches, and what it needs.", "NUMBER"),
    Command("play", "play", "Set a round up and play it. The number alone does the same.",
            "NUMBER or NAME [SEED]"),
    Command("continue", "go_on", "Go back to your open round."),
    Command("daily", "daily", "Play the incident of the day, the same for everybody."),
    Command("stats", "stats", "How far you are in each track, and what to repeat."),
    HELP,
    Command("quit", "quit", "Leave breakfix.", also=OUT),
)  # fmt: skip
ROUND = (
    Command("brief", "brief", "The page: what is reported."),
    Command("objectives", "objectives", "What this round teaches."),
    Command("status", "status", "Clock, par, score, hints, diagnosis.", in_pause=True),
    Command("map", "map", "What is in the cluster, in sentences.", "[NAMESPACE]"),
    Command("events", "events", "The newest events, or those with a word in them.",
            "[NUMBER or WORD]"),
    Command("checks", "checks", "The results of the last verify: what was expected and seen."),
    Command("hints", "hints", "All hints: kind and price, those bought in full."),
    Command("hint", "hint", "The next hint: its price first, then you are asked."),
    Command("show me", "show_me", "The command of the last hint, on your line."),
    Command("diagnose", "diagnose", "Name component and fault, once a round."),
    Command("verify", "verify", "Ask whether it is solved."),
    Command("notes", "notes", "Read your notes."),
    Command("note", "note", "Write a line into your notes.", "TEXT"),
    Command("pause", "pause", "Stop the clock."),
    Command("resume", "resume", "Let the clock go on.", in_pause=True),
    Command("shell", "shell", "Your shell; exit comes back."),
    Command("give up", "give_up", "End the round unsolved and read the debrief.",
            also=("give-up", "giveup"), in_pause=True),
    Command("leave", "leave", "Leave breakfix; the round stays open.", also=("quit", *OUT),
            in_pause=True),
    Command("end", "end", "End the round without a debrief; the cluster is put back.",
            in_pause=True),
    HELP,
)  # fmt: skip
DEBRIEF = (
    Command("read", "read", "The debrief again."),
    Command("changes", "changes", "Every line that you changed."),
    Command("fixes", "fixes", "The fixes that are right, step by step."),
    Command("export", "export", "Write the debrief into a file; md unless told.",
            "[md, html, svg or png]"),
    Command("share", "share", "A line to pass on: how it went, and the seed."),
    Command("home", "home", "Back to the list of rounds."),
    Command("again", "again", "The same incident once more."),
    Command("variant", "variant", "The same round with another seed."),
    HELP,
    Command("quit", "quit", "Leave breakfix.", also=("leave", *OUT)),
)  # fmt: skip


def found(line: str, table: Iterable[Command]) -> tuple[Command, str] | None:
    """The command that a line begins with, and the rest of the line."""
    named = [(name, command) for command in table for name in (command.name, *command.also)]
    for name, command in sorted(named, key=lambda both: -len(both[0])):
        length = len(name.split())
        words = line.split(maxsplit=length)
        if " ".join(words[:length]).lower() == name:
            return command, "".join(words[length:])
    return None


def help_lines(table: Iterable[Command]) -> list[str]:
    """Each command in a sentence."""
    return [f"{' '.join(f'{c.name} {c.takes}'.split())}: {c.about}" for c in table]


def completions(beginning: str, table: Iterable[Command]) -> list[str]:
    """The commands that begin so, with a blank behind those that take something."""
    return [
        f"{command.name} " if command.takes else command.name
        for command in table
        if command.name.startswith(beginning.lower())
    ]


def unknown(line: str, table: Iterable[Command]) -> str:
    """What is said of a line that is none."""
    word = line.split(maxsplit=1)[0][:LONGEST_WORD]
    near = get_close_matches(word, [command.name for command in table], 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"There is no command {word}.{meant} Type help for all of them."
