"""The debrief: what came of it, why it broke, and how to see it sooner next time."""

from __future__ import annotations

from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Collapsible, Static

from breakfix.scenario.prose import reflowed
from breakfix.tui.export import file_name, markdown
from breakfix.tui.widgets.fitted import Build, Fitted
from breakfix.tui.widgets.results import (
    change_title,
    diff_content,
    headline,
    score_table,
    three_times,
)
from breakfix.tui.widgets.screen_keys import ScreenKeys
from breakfix.tui.widgets.timeline import listed, picture
from breakfix.tui.words import hanging, stacked

if TYPE_CHECKING:
    from breakfix.game.model import Debrief

NARROW = 100


class Next(Enum):
    """What comes after a debrief."""

    HOME = "home"
    AGAIN = "again"
    VARIANT = "variant"
    QUIT = "quit"


class DebriefScreen(Screen[Next]):
    """Read with the arrow keys; dismissed with what comes next."""

    HELP_TITLE = "Debrief"
    BINDINGS = [
        Binding("n,enter", "next('home')", "next round", id="debrief.next",
                tooltip="Restore the cluster and go home"),
        Binding("r", "next('again')", "again", id="debrief.again",
                tooltip="Restore the cluster and play the same incident again"),
        Binding("R", "next('variant')", "another variant", id="debrief.variant",
                key_display="R", tooltip="The same round with another seed"),
        Binding("x", "export", "export", id="debrief.export",
                tooltip="Write this debrief as Markdown"),
        Binding("q,ctrl+q", "next('quit')", "quit", id="debrief.quit",
                tooltip="Restore the cluster and leave breakfix"),
        Binding("question_mark,f1", "app.help", "help", key_display="?", id="debrief.help",
                tooltip="All keys of this screen"),
    ]  # fmt: skip

    def __init__(self, debrief: Debrief, folder: Path) -> None:
        super().__init__()
        self._debrief, self._folder = debrief, folder

    def compose(self) -> ComposeResult:
        debrief = self._debrief
        meta = debrief.view.scenario.metadata
        yield Static(
            Content.assemble(
                (" breakfix  ", "$accent bold"), (meta.title, "bold"),
                (f"   seed {debrief.view.seed}", "$muted"),
            ),
            id="debrief-header",
        )  # fmt: skip
        with VerticalScroll(id="debrief-scroll", can_focus=True):
            yield Static(headline(debrief), id="debrief-headline")
            yield Fitted(partial(picture, debrief.timeline), id="debrief-picture")
            yield Static(three_times(debrief), id="debrief-times")
            with Horizontal(id="debrief-columns"):
                with VerticalScroll(id="debrief-left", can_focus=False):
                    yield from self._left()
                with VerticalScroll(id="debrief-right", can_focus=False):
                    yield from self._right()
        yield ScreenKeys()

    def _left(self) -> ComposeResult:
        debrief = self._debrief
        yield section("Score", partial(score_table, debrief.view.score))
        yield section("Timeline", partial(listed, debrief.timeline))
        changes = len(debrief.changes)
        title = f"What you changed: {changes} object{'' if changes == 1 else 's'}"
        yield Static(Content.assemble((title, "$accent bold")), classes="head")
        for change in debrief.changes:
            with Collapsible(title=change_title(change), collapsed=changes > 1):
                yield Static(diff_content(change.diff), classes="diff")

    def _right(self) -> ComposeResult:
        told = self._debrief.view.scenario.spec.debrief
        yield section("Why it broke", lambda _: Content(reflowed(told.why)))
        yield section("How to see it sooner", lambda _: Content(reflowed(told.sooner)))
        yield section("How to prevent it", lambda _: Content(reflowed(told.prevent)))
        yield section("On EKS", lambda _: Content(reflowed(told.on_eks)))
        yield section("Other valid fixes", partial(fixes_list, self._debrief.fixes))
        yield section("Read on", partial(links_list, self._debrief.links))

    def on_mount(self) -> None:
        """Ready to be scrolled."""
        self.query_one("#debrief-scroll").focus()

    def on_resize(self) -> None:
        """A narrow screen has one column."""
        self.set_class(self.app.size.width < NARROW, "-narrow")

    def action_next(self, choice: str) -> None:
        """Restore, and then this."""
        self.dismiss(Next(choice))

    def action_export(self) -> None:
        """Write the debrief as Markdown."""
        path = self._folder / file_name(self._debrief)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(markdown(self._debrief))
        except OSError as error:
            self.notify(f"Not written: {error}", severity="error")
            return
        self.notify(str(path), title="Written", timeout=8)


def section(title: str, build: Build) -> Fitted:
    """A part of the debrief under its head."""
    head = Content.assemble((title, "$accent bold"))
    return Fitted(lambda width: stacked([head, build(width)]), classes="section")


def fixes_list(fixes: tuple[str, ...], width: int) -> Content:
    """Fixes that would have done as well."""
    return stacked(hanging(("· ", "$muted"), fix, width) for fix in fixes)


def links_list(links: tuple[tuple[str, str], ...], width: int) -> Content:
    """Where to read on: title and address."""
    return stacked(
        stacked([hanging(("· ", "$muted"), title, width), hanging("  ", (url, "$primary"), width)])
        for title, url in links
    )
