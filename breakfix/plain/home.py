"""The prompt outside of a round: what can be played, found by track, words or number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from breakfix.game.mastery import track_of
from breakfix.plain import words
from breakfix.plain.commands import HOME, LONGEST_WORD, completions, found, help_lines, unknown
from breakfix.plain.listing_words import (
    lacking_lines,
    listing_line,
    mastery_line,
    searched,
    short_name,
    show_lines,
)

if TYPE_CHECKING:
    from breakfix.game.home import Home
    from breakfix.game.model import Listing
    from breakfix.plain.console import Console


@dataclass(frozen=True)
class Play:
    """A round to be set up."""

    name: str
    seed: str = ""


class GoOn:
    """Back to the open round."""


Choice = Play | GoOn | None
"""What comes next; None to leave breakfix."""


class HomePrompt:
    """Asks until something is to be played. A round's number is its place in the list."""

    def __init__(self, console: Console, home: Home) -> None:
        self._console, self._home, self._open = console, home, home.open_round
        self._listings = dict(enumerate(home.listings, 1))
        self._choice: Choice = None
        self._done = False

    def choose(self) -> Choice:
        """What is to be played; Ctrl-C does nothing here."""
        self._console.say(*self._opening())
        while not self._done:
            try:
                line = self._console.ask("breakfix> ")
            except KeyboardInterrupt:
                self._console.say("", "Type quit to leave breakfix.")
                continue
            if line is None:
                break
            if line:
                self._carry_out(line)
        return self._choice

    def complete(self, beginning: str) -> list[str]:
        """Commands, and what they take: names of rounds, and tracks."""
        verb, space, name = beginning.partition(" ")
        taken = {"play": self._names, "show": self._names, "list": self._tracks}
        if space and verb in taken:
            return [f"{verb} {n}" for n in taken[verb]() if n.startswith(name)]
        return completions(beginning, HOME)

    def _names(self) -> list[str]:
        return [short_name(listing) for listing in self._listings.values()]

    def _tracks(self) -> list[str]:
        return [mastery.track for mastery in self._home.tracks]

    def _opening(self) -> list[str]:
        tracks = words.listed(f"{m.track} {m.rounds}" for m in self._home.tracks)
        total = words.counted(len(self._listings), "round")
        lines = [f"{total} by track: {tracks}. {self._home.solved} solved."]
        if self._open is not None:
            title = self._open.scenario.metadata.title
            lines.append(
                f"You have an open round: {title}, {self._open.state}, "
                f"{words.clock_sentence(self._open)} Type continue to go back to it."
            )
        elif self._home.first_run and self._home.first_round is not None:
            first = self._home.first_round
            lines.append(f"Good to begin with: type {self._called(first)}")
        elif self._home.next_due is not None:
            lines.append(f"Due again: {self._called(self._home.next_due)}")
        return [*lines, *self._day(), "Type list, search, the number of a round, help or quit."]

    def _day(self) -> list[str]:
        """The incident of the day; its name would give away what is broken."""
        found = self._home.daily
        if found is None or found.lacking:
            return []
        played = found.played
        done = f"Played: {played.outcome}, score {played.score}." if played else "Type daily."
        level = found.scenario.metadata.difficulty
        return [f"The incident of the day has difficulty {level} of {words.HARDEST}. {done}"]

    def _called(self, listing: Listing) -> str:
        """Its number and its title."""
        title = listing.scenario.metadata.title
        return f"{self._number(listing)}, for {words.sentence(title)}"

    def _number(self, listing: Listing) -> int:
        return next(n for n, x in self._listings.items() if x is listing)

    def _carry_out(self, line: str) -> None:
        command, first = found(line, HOME), line.split(maxsplit=1)[0]
        if command is not None:
            getattr(self, command[0].method)(command[1])
        elif first.isdecimal() or self._listing(first):
            self.play(line)
        else:
            self._console.say(unknown(line, HOME))

    def _listing(self, text: str) -> Listing | None:
        """By number, title or name, in quotes or without."""
        wanted = text.strip("\"'").lower()
        number = words.whole(wanted)
        if number is not None:
            return self._listings.get(number)
        return next(
            (x for x in self._listings.values()
             if wanted in (short_name(x), x.scenario.metadata.name,
                           x.scenario.metadata.title.lower())),
            None,
        )  # fmt: skip

    # -- commands ---------------------------------------------------------------------

    def list_rounds(self, track: str) -> None:
        """By track."""
        known, track = self._tracks(), track.lower()
        if track and track not in known:
            self._console.say(f"There is no track {track}. There is {words.listed(known)}.")
            return
        for name in [track] if track else known:
            self._console.say(f"Track {name}:", *self._lines(name))

    def _lines(self, track: str) -> list[str]:
        """Each round is said under the first track that it names."""
        mine = ((n, x) for n, x in self._listings.items() if track_of(x.scenario) == track)
        return [listing_line(number, listing) for number, listing in mine]

    def stats(self, _: str) -> None:
        """How far each track is, and what to repeat."""
        self._console.say(*map(mastery_line, self._home.tracks))
        titles = {name: x.scenario.metadata.title for name, x in self._home.by_name.items()}
        due = [f"{titles[d.scenario]}: {d.words}." for d in self._home.due]
        self._console.say(*(due or ["Nothing was played yet, so nothing is due again."]))

    def search(self, text: str) -> None:
        """Every word must be somewhere."""
        if not text:
            self._console.say("Search for what? Type search and some words.")
            return
        wanted = text.lower().split()
        lines = [
            listing_line(number, listing)
            for number, listing in self._listings.items()
            if all(word in searched(listing) for word in wanted)
        ]
        self._console.say(f"{words.counted(len(lines), 'round')} found.", *lines)

    def show(self, wanted: str) -> None:
        """What it teaches, and why it cannot be played here if so."""
        listing = self._listing(wanted)
        if listing is None:
            self._console.say("Which one? Type show and a number or a name.")
            return
        self._console.say(*show_lines(self._number(listing), listing))

    def play(self, text: str) -> None:
        """Choose it, where it can be played."""
        name, *seed = text.split(maxsplit=1) or [""]
        listing = self._listing(name)
        if listing is None:
            self._console.say(f"There is no round {name[:LONGEST_WORD]}." if name else "Which one?",
                              "Type a number or a name; list says them.")  # fmt: skip
        elif self._open is not None:
            self._console.say("A round is open. Type continue; within it, end ends it.")
        elif listing.lacking:
            self._console.say("This round cannot be played here.", *lacking_lines(listing))
        else:
            self._choose(Play(listing.scenario.metadata.name, "".join(seed)))

    def go_on(self, _: str) -> None:
        """Back to the open round."""
        if self._open is None:
            self._console.say("No round is open.")
        else:
            self._choose(GoOn())

    def daily(self, _: str) -> None:
        """The incident of the day."""
        found = self._home.daily
        if found is None:
            self._console.say("There is no incident of the day.")
        else:
            self.play(f"{found.scenario.metadata.name} {found.seed}")

    def help(self, _: str) -> None:
        """All commands."""
        self._console.say(*help_lines(HOME))

    def quit(self, _: str) -> None:
        """Out."""
        self._choose(None)

    def _choose(self, choice: Choice) -> None:
        self._choice, self._done = choice, True
