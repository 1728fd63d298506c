"""The ladder of hints: every rung with its price, what it costs, and how it stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from breakfix.game.worth import after
from breakfix.scenario.hint_commands import blanks, only_reads
from breakfix.tui.layer import Dialog
from breakfix.tui.screens.questions import BUY, buying
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.widgets.options import Options
from breakfix.tui.widgets.rest import BREAKPOINTS, Rest
from breakfix.tui.words import MINUS, Part, hanging, stacked

if TYPE_CHECKING:
    from breakfix.game.model import HintView, RoundView

ABOUT = {
    "events": "what Kubernetes said about it, as events",
    "describe": "which object to describe",
    "logs": "whose log to read",
    "debug": "what to try from inside a pod",
    "yaml": "which field to look at",
    "explanation": "what is going on",
    "solution": "what to change",
}
INTRO = "What you look at yourself is never sold."
LOOKED = "Meanwhile you have looked there yourself: nothing was bought."
NO_AUDIT = "No audit log here: what you look at is known from this shell's commands."


class HintsScreen(Dialog[str | None]):
    """Dismissed with a command to show, or None. `buy` buys the next rung and then has the
    ladder shown anew; nothing is bought by looking at it."""

    HELP_TITLE = "Hints"
    HELP = (
        "The ladder of hints, each with its price and what your score would be. y buys the "
        "next one, after a question; what you have looked at yourself is not sold."
    )
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    BINDINGS = [
        Binding("escape,h,q,f3", "close", "back", id="hints.back",
                tooltip="Back to the round; what was bought stays on the page"),
        Binding("y", "buy", "buy", id="hints.buy",
                tooltip="Buy the next rung for its price, after a question"),
        Binding("s", "show_me", "show me", id="hints.show-me",
                tooltip="The command of this hint, in the shell"),
    ]  # fmt: skip

    def __init__(self, view: RoundView, buy: Callable[[], None]) -> None:
        super().__init__()
        self._view, self._buy = view, buy

    def compose(self) -> ComposeResult:
        with Container(id="hints-box", classes="dialog") as box:
            box.border_title = "Hints"
            yield Static(id="hints-head")
            yield Options(id="hints-rungs", compact=True)
            with Rest(id="hints-scroll", can_focus=False):
                yield Fitted(id="hints-text")
            yield Static(id="hints-foot")

    def on_mount(self) -> None:
        """The rung bought last is lit; where none was, the next, or the last."""
        bought = [hint.index for hint in self._view.hints if hint.bought]
        upcoming = self._view.next_hint
        first = upcoming.index if upcoming else len(self._view.hints) - 1
        self._fill(bought[-1] if bought else first)
        self._list.focus()

    @property
    def _list(self) -> OptionList:
        return self.query_one("#hints-rungs", OptionList)

    @property
    def _lit(self) -> HintView | None:
        index = self._list.highlighted
        return None if index is None else self._view.hints[index]

    def show(self, view: RoundView) -> None:
        """How the ladder stands now; what is lit stays lit."""
        changed = view.hints != self._view.hints or view.score.total != self._view.score.total
        self._view = view
        if changed and self.is_mounted:
            self._fill(self._list.highlighted)

    def _fill(self, lit: int | None) -> None:
        self._list.set_options(Option(_rung(self._view, hint)) for hint in self._view.hints)
        self._list.highlighted = lit
        self.query_one("#hints-head", Static).update(_head(self._view))
        self._detail()

    def _detail(self) -> None:
        hint = self._lit
        if hint is not None:
            self.query_one("#hints-text", Fitted).fit(partial(_told, self._view, hint))
            self.query_one("#hints-foot", Static).update(_foot(self._view, hint))

    def on_option_list_option_highlighted(self) -> None:
        """What is known of the rung that is lit."""
        self._detail()

    def on_option_list_option_selected(self) -> None:
        """Enter or a click: a rung is bought, after the question, or its command is shown."""
        hint = self._lit
        if hint is not None and hint == self._view.next_hint:
            self.action_buy()
        else:
            self.action_show_me()

    @work(name="hints-buy", exclusive=True)
    async def action_buy(self) -> None:
        """Buy the next rung, unless it was looked at meanwhile; it is lit then."""
        upcoming = self._view.next_hint
        if upcoming is None:
            self.notify("There are no more hints to buy.")
        elif not upcoming.price or await self._wanted(upcoming):
            if upcoming != self._view.next_hint:
                self.notify(LOOKED)
                return
            self._buy()
            self._list.highlighted = upcoming.index

    async def _wanted(self, hint: HintView) -> bool:
        return await self.ask(buying(self._view, hint)) == BUY

    def action_show_me(self) -> None:
        """The command of the rung that is lit."""
        hint = self._lit
        if hint is None or not hint.bought:
            self.notify("Only a hint that was bought has a command to show.")
        elif not hint.run:
            self.notify("This hint has no command: it is to be read.")
        else:
            self.dismiss(hint.run)

    def action_close(self) -> None:
        """Back, and nothing more happens."""
        self.dismiss(None)


def _head(view: RoundView) -> Content:
    text = INTRO if view.has_audit else NO_AUDIT
    return Content.assemble(
        ("Solved now: ", "$muted"), (f"{view.score.total} points", "bold"), (f".  {text}", "$muted")
    )


def _rung(view: RoundView, hint: HintView) -> Content:
    """A line of the ladder: mark, kind, state, price, and what it does to the score."""
    mark, state, style = state_of(view, hint)
    name = "bold" if style != "$faint" else "$muted"
    effect = ""
    if hint == view.next_hint:
        effect = f"   score {view.score.total} → {after(view, -hint.price)}"
    return Content.assemble(
        " ", mark, (f" {hint.evidence:<12}", name), (f" {state:<17}", style),
        (f"{price_text(view, hint):>12}", "$warning" if effect and hint.price else "$muted"),
        effect,
    )  # fmt: skip


def state_of(view: RoundView, hint: HintView) -> tuple[Part, str, str]:
    """A rung's mark, its state in words, and the style of the words."""
    if hint.bought:
        return ("●", "$accent"), "bought", "$foreground"
    if hint.seen:
        return ("✓", "$success"), "seen by yourself", "$success"
    if hint == view.next_hint:
        return ("○", "$accent bold"), "next: y buys it", "$accent"
    return ("·", "$faint"), "after the next", "$faint"


def price_text(view: RoundView, hint: HintView) -> str:
    """What was paid, is asked, or is not to be paid any more."""
    if hint.seen and not hint.bought:
        return "not sold"
    if not hint.price:
        return "free"
    return f"{MINUS}{hint.price} points" if hint == view.next_hint else f"{MINUS}{hint.price}"


def _told(view: RoundView, hint: HintView, width: int) -> Content:
    """What may be told of a rung: everything of a bought one, else only its kind."""
    if hint.bought:
        said = hanging("", hint.say, width)
        command = [Content(""), hanging(("$ ", "$muted"), (hint.run, "$primary"), width)]
        return stacked([said, *(command if hint.run else [])])
    if hint.seen:
        text = f"You have looked there already: {ABOUT[hint.evidence]}."
    elif hint == view.next_hint:
        text = f"It would tell {ABOUT[hint.evidence]}."
    else:
        text = "Hints are sold in order; looking for yourself is free."
    return hanging("", (text, "$muted"), width)


def _foot(view: RoundView, hint: HintView) -> Content:
    keys: list[tuple[str, str]] = []
    if hint.bought and hint.run:
        does = "run it in the shell" if runs(hint.run) else "put it on the shell's line"
        keys.append(("s", f"show me: {does}"))
    if view.next_hint is not None:
        name = "it" if hint == view.next_hint else view.next_hint.evidence
        keys.append(("y", f"buy {name}{_for(view.next_hint)}"))
    keys.append(("esc", "back"))
    return Content("   ").join(Content.assemble((k, "$accent"), f" {words}") for k, words in keys)


def _for(hint: HintView) -> str:
    return f" for {hint.price} points" if hint.price else ", free"


def runs(command: str) -> bool:
    """Whether "show me" runs a command by itself: it only reads, and nothing has to be
    filled in. All others wait for the learner's Enter."""
    return only_reads(command) and not blanks(command)
