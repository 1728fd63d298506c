"""The verify as it runs: live results, then the verdict. It only shows; the round asks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from breakfix.tui.widgets.checks import bar, held_text, verdict, verify_content
from breakfix.tui.widgets.fitted import Fitted

if TYPE_CHECKING:
    from breakfix.game.model import VerifyUpdate


class VerifyScreen(ModalScreen[None]):
    """Stays until it is closed; closing it while it runs leaves the verify running."""

    BINDINGS = [
        Binding("escape,enter,q,v,f2", "close", "close", id="verify.close",
                tooltip="Back to the round; the results stay in Checks"),
    ]  # fmt: skip

    def __init__(self, update: VerifyUpdate | None = None) -> None:
        super().__init__()
        self._update = update

    def compose(self) -> ComposeResult:
        with Container(id="verify-box", classes="dialog") as box:
            box.border_title = "Verify"
            yield Fitted(lambda _: Content("asking the cluster…"), id="verify-head")
            with VerticalScroll(id="verify-scroll", can_focus=True):
                yield Fitted(id="verify-text")
            yield Static(id="verify-foot")

    def on_mount(self) -> None:
        """Show what is there already."""
        self.query_one("#verify-scroll").focus()
        if self._update is not None:
            self.call_after_refresh(self.show, self._update)

    def show(self, update: VerifyUpdate) -> None:
        """Show the newest results."""
        if not self.is_mounted:
            self._update = update
            return
        self.query_one("#verify-head", Fitted).fit(partial(_head, update))
        self.query_one("#verify-text", Fitted).fit(partial(verify_content, update))
        self.query_one("#verify-foot", Static).update(_foot(update))
        box = self.query_one("#verify-box")
        box.set_class(update.passed, "-passed")
        box.border_subtitle = "" if update.done else held_text(update)

    def action_close(self) -> None:
        """Back to the round, or on to the debrief."""
        self.dismiss(None)


def _head(update: VerifyUpdate, width: int) -> Content:
    return Content.assemble(verdict(update), "\n", bar(update, width))


def _foot(update: VerifyUpdate) -> Content:
    if update.passed:
        text = "enter  on to the debrief"
    elif update.done:
        text = "enter  back to the round; this stays in Checks"
    else:
        text = "esc  back to the round; the verify goes on in Checks"
    return Content.assemble((text, "$muted"))
