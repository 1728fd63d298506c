"""The first run: what this is, what happens in a round, and the way into the first one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from breakfix.scenario.quantities import clock_text
from breakfix.tui.keys import LEAVE_SHELL, key_text
from breakfix.tui.layer import Layer
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.widgets.screen_keys import ScreenKeys
from breakfix.tui.words import dots, hanging, stacked

if TYPE_CHECKING:
    from breakfix.game.model import Listing

PAGES = ("Welcome", "A round", "Your first round")
COLUMN = 10


class WelcomeScreen(Layer[bool]):
    """Dismissed with True when the first round is to be played, with False for home."""

    HELP_TITLE = "Welcome"
    HELP = "Three short pages. Enter goes on and, on the last one, starts your first round."
    BINDINGS = [
        Binding("enter,space,right", "forward", "go on", id="welcome.forward",
                tooltip="The next page; after the last one your first round"),
        Binding("left,backspace", "back", "page before", id="welcome.back",
                tooltip="The page before"),
        Binding("escape,q", "skip", "skip", id="welcome.skip",
                tooltip="Home; it does not come again by itself"),
    ]  # fmt: skip

    def __init__(self, first: Listing | None) -> None:
        super().__init__()
        self._first, self._at = first, 0

    def compose(self) -> ComposeResult:
        with Container(id="welcome-box", classes="pane"):
            with VerticalScroll(id="welcome-page"):
                yield Fitted(self._page, id="welcome-text")
            yield Static(id="welcome-foot")
        yield ScreenKeys()

    def on_mount(self) -> None:
        """From the beginning; the arrow keys scroll where the page is too long."""
        self.query_one("#welcome-page").focus()
        self._turn(0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """There is no page before the first."""
        return not (action == "back" and self._at == 0)

    def action_forward(self) -> None:
        """The next page, or into the round."""
        if self._at < len(PAGES) - 1:
            self._turn(self._at + 1)
        else:
            self.dismiss(self._first is not None)

    def action_back(self) -> None:
        """The page before."""
        self._turn(self._at - 1)

    def action_skip(self) -> None:
        """Home."""
        self.dismiss(False)

    def on_click(self, event: events.Click) -> None:
        """A click anywhere on the page goes on."""
        page = self.query_one("#welcome-box")
        if event.widget is not None and page in event.widget.ancestors_with_self:
            self.action_forward()

    def _turn(self, at: int) -> None:
        self._at = at
        self.query_one("#welcome-box").border_title = PAGES[at]
        self.query_one("#welcome-text", Fitted).fit(self._page)
        last = at == len(PAGES) - 1
        begins = last and self._first is not None
        enter = "enter starts it" if begins else "enter goes on"
        self.query_one("#welcome-foot", Static).update(
            Content.assemble(
                ("● " * (at + 1), "$accent"), ("○ " * (len(PAGES) - at - 1), "$faint"),
                (f"  {enter}", "$accent bold"), ("   esc skips this", "$muted"),
            )
        )  # fmt: skip
        self.refresh_bindings()

    def _page(self, width: int) -> Content:
        return (self._what, self._round, self._begin)[self._at](width)

    def _what(self, width: int) -> Content:
        return _paragraphs(
            width,
            "Something in a Kubernetes cluster breaks. Customers complain. You find out what it "
            "is, with kubectl and your wits, and repair it: against the clock, with hints if you "
            "want them.",
            "The cluster is real to kubectl, and it is there to be broken. After each round "
            "it is put back as it was, whatever you did to it.",
            "You learn to look before you change. When it is over you read why it broke and how "
            "to see it sooner next time.",
        )

    def _round(self, width: int) -> Content:
        verify, hint, help_ = (self._key(*of) for of in KEYS)
        switch = key_text(LEAVE_SHELL)
        rows = (
            ("page", "What the customers report. It never names the cause."),
            ("shell", "A real one. kubectl is aimed at the cluster; k is enough."),
            ("hint", f"{hint}, when you are stuck. Its price is told before you buy."),
            ("verify", f"{verify}, when you think it is repaired. What counts is that everything "
             "works again, not how you did it."),
            ("debrief", "Why it broke, what you did, and what you could have done."),
        )  # fmt: skip
        lines = [hanging((f"{name:<{COLUMN}}", "bold"), text, width) for name, text in rows]
        foot = f"{switch} goes from the shell to the rest of the screen and back. {help_} helps."
        return stacked([*lines, Content(""), hanging("", (foot, "$muted"), width)])

    def _begin(self, width: int) -> Content:
        if self._first is None:
            return _paragraphs(
                width, "No round can be played here yet: `breakfix doctor` says why."
            )
        meta, time = self._first.scenario.metadata, self._first.scenario.spec.time
        goals = (hanging((" · ", "$muted"), goal, width) for goal in meta.objectives)
        level = f"   par {clock_text(time.par)}: a good time, not a limit"
        return stacked([
            Content.assemble((meta.title, "bold")),
            Content.assemble((dots(meta.difficulty), "$accent"), (level, "$muted")),
            Content(""), *goals, Content(""),
            _paragraphs(
                width,
                "First the cluster is made ready. That takes seconds, or some minutes the first "
                "time with kind. The clock starts when you can see the trouble.",
            ),
        ])  # fmt: skip

    def _key(self, name: str, default: str) -> str:
        return key_text(self.app._keymap.get(name, default).split(",")[0])


KEYS = (("round.verify.anywhere", "f2"), ("round.hint.anywhere", "f3"), ("app.help.anywhere", "f1"))


def _paragraphs(width: int, *texts: str) -> Content:
    return Content("\n\n").join(hanging("", text, width) for text in texts)
