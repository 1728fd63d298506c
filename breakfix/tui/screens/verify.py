"""The verify as it runs: live results, then the verdict. It only shows; the round asks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from breakfix.game.scoring import WRONG_VERIFY
from breakfix.scenario.quantities import clock_text, past_par
from breakfix.tui.layer import Dialog
from breakfix.tui.widgets.checks import bar, verdict, verify_content
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.widgets.rest import BREAKPOINTS, Rest
from breakfix.tui.widgets.reveal import Reveal

if TYPE_CHECKING:
    from breakfix.game.model import RoundView, VerifyUpdate

CHECKS, AGAIN = "checks", "again"
NEXT = (("enter", "back"), ("v", "ask again"), ("c", "see Checks"), ("h", "hints"))


class VerifyScreen(Dialog[str | None]):
    """Stays until it is closed; closing it while it runs leaves the verify running.

    Dismissed with what is wanted next after a verify that said no, or None for the round.
    """

    HELP_TITLE = "Verify"
    HELP = (
        "Every check and guard as it is asked, with what was expected and what was seen. All "
        "must hold together for a while; a time stands with what came to hold later. A no "
        f"costs {WRONG_VERIFY} points of care, as long as there are any. Closing this leaves "
        "the verify running."
    )
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    BINDINGS = [
        Binding("escape,enter,q", "close", "close", id="verify.close",
                tooltip="Back to the round; the results stay in Checks"),
        Binding("v,f2", "again", "ask again", id="verify.again",
                tooltip="Ask anew after a no; while it runs, back to the round"),
        Binding("c", "next('checks')", "see Checks", id="verify.checks",
                tooltip="Back to the round with Checks up"),
        Binding("h,f3", "next('hint')", "hints", id="verify.hints",
                tooltip="Back to the round, to the ladder of hints"),
        Binding("d,f4", "next('diagnose')", "diagnose", id="verify.diagnose", show=False,
                tooltip="Back to the round, to the diagnosis"),
    ]  # fmt: skip

    def __init__(self, update: VerifyUpdate | None = None, no_costs: int = 0) -> None:
        super().__init__()
        self._update, self._no_costs = update, no_costs
        self._view: RoundView | None = None
        self._revealed = False

    def compose(self) -> ComposeResult:
        with Container(id="verify-box", classes="dialog") as box:
            box.border_title = "Verify"
            yield Reveal()
            yield Fitted(lambda _: Content("asking the cluster…"), id="verify-head")
            with Rest(id="verify-scroll", can_focus=True):
                yield Fitted(id="verify-text")
            yield Static(_running(self._no_costs), id="verify-foot")

    def on_mount(self) -> None:
        """Show what is there already."""
        self.query_one("#verify-scroll").focus()
        if self._update is not None:
            self.call_after_refresh(self.show, self._update)

    def show(self, update: VerifyUpdate) -> None:
        """Show the newest results."""
        self._update = update
        if not self.is_mounted:
            return
        self.query_one("#verify-head", Fitted).fit(partial(_head, update))
        self.query_one("#verify-text", Fitted).fit(partial(verify_content, update))
        self._say_foot()
        self._box.set_class(update.passed, "-passed")
        if update.passed and not self._revealed:
            self._revealed = True
            self._reveal.play(_reached(self._view))

    def settle(self, view: RoundView) -> None:
        """How the round stands after it."""
        self._view = view
        if self.is_mounted and self._update is not None and self._update.done:
            self._say_foot()
            if self._update.passed:
                self._reveal.say(_reached(view))

    def _say_foot(self) -> None:
        running = self._update is None or not self._update.done
        foot = _running(self._no_costs) if running else _foot(self._failed, self._view)
        self.query_one("#verify-foot", Static).update(foot)

    @property
    def _box(self) -> Container:
        return self.query_one("#verify-box", Container)

    @property
    def _reveal(self) -> Reveal:
        return self.query_one(Reveal)

    @property
    def _failed(self) -> bool:
        return self._update is not None and self._update.done and not self._update.passed

    def on_key(self, event: events.Key) -> None:
        """Any key skips the moment of success; no more than that."""
        if self._skipped():
            event.stop()
            event.prevent_default()

    def _skipped(self) -> bool:
        if not self._reveal.playing:
            return False
        self._reveal.skip()
        return True

    def action_close(self) -> None:
        """Back to the round, or on to the debrief."""
        if not self._skipped():
            self.dismiss(None)

    def action_again(self) -> None:
        """Anew after a no; else back."""
        if not self._skipped():
            self.dismiss(AGAIN if self._failed else None)

    def action_next(self, what: str) -> None:
        """On from a verify that said no."""
        if not self._skipped() and self._failed:
            self.dismiss(what)


def _head(update: VerifyUpdate, width: int) -> Content:
    if update.passed:
        return Content.assemble(verdict(update))
    return Content.assemble(verdict(update), "\n", bar(update, width))


def _reached(view: RoundView | None) -> str:
    """Time against par, and the score."""
    if view is None:
        return ""
    par = view.scenario.spec.time.par
    past = past_par(view.elapsed, par)
    gap = f"{clock_text(abs(past))} {'over' if past > 0 else 'under'} par"
    return f"in {clock_text(view.elapsed)}, {gap}   score {view.score.total}"


def _running(no_costs: int) -> Content:
    """What a no costs, and that nobody has to wait here for it."""
    costs = f"a no costs {no_costs} points" if no_costs else "a no costs nothing more"
    return Content.assemble(
        _keys((("esc", "back; it goes on in Checks"),)), (f"   {costs}", "$warning")
    )


def _foot(failed: bool, view: RoundView | None) -> Content:
    if not failed:
        return _keys((("enter", "on to the debrief"),))
    score = f"   score now {view.score.total}" if view else ""
    return Content.assemble(_keys(NEXT), (score, "$muted"))


def _keys(keys: tuple[tuple[str, str], ...]) -> Content:
    parts = (Content.assemble((key, "$accent"), (f" {words}", "$muted")) for key, words in keys)
    return Content("   ").join(parts)
