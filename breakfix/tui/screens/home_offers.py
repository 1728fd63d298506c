"""The ways from home into a round: what may be played now, and what today offers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from breakfix.scenario.quantities import clock_text
from breakfix.tui.layer import Layer
from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.widgets.round_list import CONTINUE

if TYPE_CHECKING:
    from breakfix.game.home import Home
    from breakfix.game.model import Listing, Past

PLAY_AGAIN = (Answer("again", "enter", "Play it again", "the first time counts"),)
Choose = Callable[[Sequence["Listing"]], "Listing"]


@dataclass(frozen=True)
class Pick:
    """What is to be played: the name of a round with a seed (a fresh one where that is
    empty), or CONTINUE."""

    name: str
    seed: str = ""


Choice = Pick | None
"""None to quit."""


class Offers(Layer[Choice]):
    """Dismissed with what is to be played. `choose` takes a round at random."""

    def __init__(self, choose: Choose | None = None) -> None:
        super().__init__()
        self._choose_one: Choose = choose or random.SystemRandom().choice
        self._home: Home | None = None

    def playable(self) -> Iterable[tuple[str, str]]:
        """Name and title of each round that can be played here."""
        for listing in self._home.listings if self._home else ():
            if not listing.lacking:
                yield listing.scenario.metadata.name, listing.scenario.metadata.title

    def play(self, name: str, seed: str = "") -> None:
        """Play this round, or say why that cannot be now."""
        listing = self._home.by_name.get(name) if self._home else None
        if listing is not None and listing.lacking:
            self._refuse("This round can't be played here", _reasons(listing.lacking))
        elif self._home is not None and self._home.open_round is not None and name != CONTINUE:
            self._refuse("A round is open", "Go on with it (c); you can end it there.")
        else:
            self.dismiss(Pick(name, seed))

    def _refuse(self, title: str, why: str) -> None:
        self.notify(why, title=title, severity="warning")

    def action_go_on(self) -> None:
        """Back to the open round."""
        if self._home is None or self._home.open_round is None:
            self._refuse("No round is open", "Enter plays the one that is chosen.")
        else:
            self.play(CONTINUE)

    def action_daily(self) -> None:
        """Today's incident; played once more only on purpose."""
        daily = self._home.daily if self._home else None
        if daily is None:
            return
        play = partial(self.play, daily.scenario.metadata.name, daily.seed)
        if daily.lacking:
            why = f"{_reasons(daily.lacking)}. The same for everybody: no other takes its place."
            self._refuse("Today's incident can't be played here", why)
        elif daily.played is None:
            play()
        else:
            ask = AskScreen("Daily incident", played_text(daily.played), PLAY_AGAIN)
            self.cover(ask, lambda answer: play() if answer else None)

    def action_due(self) -> None:
        """What is most overdue."""
        if self._home is not None and self._home.next_due is not None:
            self.play(self._home.next_due.scenario.metadata.name)
        else:
            self._refuse("Nothing is due today", "R plays a round that is not solved yet.")

    def action_surprise(self) -> None:
        """Any round that was never solved."""
        unsolved = self._home.unsolved if self._home else ()
        if unsolved:
            self.play(self._choose_one(unsolved).scenario.metadata.name)
        else:
            self._refuse("Every round is solved", "r repeats what is due.")


def played_text(past: Past) -> str:
    """What came of today's incident."""
    return (
        f"You have played today's incident: {past.outcome} in {clock_text(past.time)}, "
        f"{past.score} points. The next one comes at midnight, UTC."
    )


def _reasons(lacking: Mapping[str, str]) -> str:
    return "; ".join(f"{what}: {text}" for what, text in lacking.items())
