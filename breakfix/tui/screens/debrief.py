"""The debrief: what came of it, why it broke, and how to see it sooner next time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Collapsible, Static

from breakfix.errors import BreakfixError
from breakfix.game.postmortem.blast import blast_words
from breakfix.game.postmortem.draft import NO_AUDIT, change_title
from breakfix.game.postmortem.files import FOLDER, export_beside, notes_of
from breakfix.game.postmortem.share import share_line
from breakfix.scenario.prose import reflowed
from breakfix.tui.layer import Layer
from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.widgets.repairs import Repairs
from breakfix.tui.widgets.results import (
    diff_content,
    headline,
    links_list,
    score_table,
    three_times,
)
from breakfix.tui.widgets.screen_keys import ScreenKeys
from breakfix.tui.widgets.sections import Section, SectionLine
from breakfix.tui.widgets.timeline import listed, picture
from breakfix.tui.words import hanging, stacked

if TYPE_CHECKING:
    from breakfix.game.model import Debrief

NARROW = 100
TITLES = (
    (1, "Timeline"), (2, "Why it broke"), (3, "Score"), (4, "Moments"), (5, "Changes"),
    (6, "Fixes"), (7, "Read on"),
)  # fmt: skip
EXPORTS = (
    Answer("md", "m", "Markdown", "the draft of a postmortem"),
    Answer("html", "h", "HTML", "the same as a page that needs nothing else"),
    Answer("svg", "v", "Picture, SVG", "timeline and score, nothing of the cause"),
    Answer("png", "p", "Picture, PNG", "the same in pixels"),
    Answer("all", "a", "All four", ""),
)
ALL = ("md", "html", "svg", "png")
SEEN_FOR = 10.0  # s that a path or a copied line stays up


class Next(Enum):
    """What comes after a debrief."""

    HOME = "home"
    AGAIN = "again"
    VARIANT = "variant"
    QUIT = "quit"


class DebriefScreen(Layer[Next]):
    """Read with the arrow keys or section by section; dismissed with what comes next.

    `data_dir` has the learner's notes, and gets the exports.
    """

    HELP_TITLE = "Debrief"
    HELP = (
        "How the round went: to scale, by points, and beside the fixes that are known to work. "
        "The numbers lead to the sections. Leaving it puts the cluster back as it was."
    )
    BINDINGS = [
        Binding("n", "next('home')", "home", id="debrief.next",
                tooltip="Restore the cluster and go home, to the list of rounds"),
        Binding("r", "next('again')", "again", id="debrief.again",
                tooltip="Restore the cluster and play the same incident again"),
        Binding("R", "next('variant')", "variant", id="debrief.variant",
                key_display="R", tooltip="The same round with another seed"),
        Binding("x", "export", "export", id="debrief.export",
                tooltip="Write this debrief as Markdown, HTML or a picture"),
        Binding("q,ctrl+q", "next('quit')", "quit", id="debrief.quit",
                tooltip="Leave breakfix; the cluster is restored first"),
        Binding("s", "share", "share", id="debrief.share",
                tooltip="Copy a line with time, score and seed; nothing of the cause"),
        Binding("y", "copy_command", "copy", id="debrief.copy",
                tooltip="Copy the one command that shows this fault next time"),
        Binding("right_square_bracket", "step(1)", "next section", key_display="]",
                show=False, id="debrief.section.next", tooltip="Go to the next section"),
        Binding("left_square_bracket", "step(-1)", "section before", key_display="[",
                show=False, id="debrief.section.before", tooltip="Go to the section before"),
        *(Binding(str(number), f"section({number})", title.lower(), show=False,
                  id=f"debrief.section.{number}", tooltip=f"Go to: {title}")
          for number, title in TITLES),
    ]  # fmt: skip

    def __init__(self, debrief: Debrief, data_dir: Path) -> None:
        super().__init__()
        self._debrief, self._data_dir = debrief, data_dir

    # -- what stands on it ------------------------------------------------------------

    def compose(self) -> ComposeResult:
        debrief = self._debrief
        self.on_resize()  # the first layout is the right one: to make it anew takes long
        yield Static(_header(debrief), id="debrief-header")
        yield SectionLine(TITLES, id="debrief-sections")
        with VerticalScroll(id="debrief-scroll", can_focus=True):
            yield Fitted(partial(headline, debrief), id="debrief-headline")
            yield self._section(1, *self._timeline())
            with Horizontal(id="debrief-columns"):
                with Vertical(id="debrief-left"):
                    yield self._section(2, *self._why())
                with Vertical(id="debrief-right"):
                    yield self._section(3, Fitted(partial(score_table, debrief)))
                    yield self._section(4, Fitted(partial(listed, debrief.timeline)))
            yield self._section(5, *self._changes())
            yield self._section(6, Repairs(debrief))
            yield self._section(7, Fitted(partial(links_list, debrief.links)))
        yield ScreenKeys()

    def _section(self, number: int, *children: Widget) -> Section:
        return Section(number, dict(TITLES)[number], *children)

    def _timeline(self) -> Iterator[Widget]:
        debrief = self._debrief
        par = debrief.view.scenario.spec.time.par
        yield Fitted(partial(picture, debrief.timeline, par), id="debrief-picture")
        yield Fitted(partial(three_times, debrief), id="debrief-times")
        if not debrief.view.has_audit:
            yield Fitted(
                lambda width: hanging("", (NO_AUDIT, "$warning"), width), id="debrief-audit"
            )

    def _why(self) -> Iterator[Widget]:
        told = self._debrief.view.scenario.spec.debrief
        yield told_as("", told.why)
        if self._debrief.one_command:
            yield Fitted(partial(command_box, self._debrief), classes="told")
        yield told_as("How to see it sooner", told.sooner)
        yield told_as("How to prevent it", told.prevent)
        yield told_as("On EKS", told.on_eks)

    def _changes(self) -> Iterator[Widget]:
        debrief = self._debrief
        words = blast_words(debrief)
        yield Fitted(lambda width: hanging(("blast radius  ", "$muted"), words, width))
        for change in debrief.changes:
            diff = Static(diff_content(change.diff), classes="diff")
            yield Collapsible(diff, title=change_title(change), collapsed=len(debrief.changes) > 1)

    def on_mount(self) -> None:
        """Ready to be scrolled."""
        self.query_one("#debrief-scroll").focus()

    def on_resize(self) -> None:
        """A narrow screen has one column."""
        self.set_class(self.app.size.width < NARROW, "-narrow")

    # -- going about ------------------------------------------------------------------

    def action_section(self, number: int) -> None:
        """Bring a section to the top, and mark it."""
        line = self.query_one(SectionLine)
        line.here = number
        for section in self.query(Section):
            section.mark(section.number == number)
            if section.number == number:
                section.scroll_visible(top=True, animate=False)

    def action_step(self, by: int) -> None:
        """The next section or the one before, around the ends."""
        here = self.query_one(SectionLine).here
        first = 1 if by > 0 else len(TITLES)
        self.action_section((here - 1 + by) % len(TITLES) + 1 if here else first)

    def action_next(self, choice: str) -> None:
        """Restore, and then this."""
        self.dismiss(Next(choice))

    # -- passing it on ----------------------------------------------------------------

    @work(name="export")
    async def action_export(self) -> None:
        """Ask for the form, and write it where debriefs are kept."""
        folder = self._data_dir / FOLDER
        asked = AskScreen("Export", f"It goes to {folder}, for you only to read.", EXPORTS)
        choice = await self.ask(asked)
        if choice is not None:
            self._write(ALL if choice == "all" else (choice,), folder)

    @work(name="write", thread=True, exclusive=True)
    def _write(self, endings: tuple[str, ...], folder: Path) -> None:
        notes = notes_of(self._data_dir, self._debrief.view.id)
        written: list[Path] = []
        try:
            written += (export_beside(self._debrief, notes, e, folder) for e in endings)
        except BreakfixError as error:
            self.app.call_from_thread(self._refused, error)
        if written:
            self.app.call_from_thread(self._say, "Written", told_files(folder, written))

    def _refused(self, error: BreakfixError) -> None:
        text = f"{error.message}\n{error.hint}".rstrip()
        self.notify(text, title="Not written", severity="error", timeout=SEEN_FOR)

    def _say(self, title: str, text: str) -> None:
        self.notify(text, title=title, timeout=SEEN_FOR)

    def action_share(self) -> None:
        """A line to pass on."""
        self._copy(share_line(self._debrief))

    def action_copy_command(self) -> None:
        """The one command for next time."""
        if self._debrief.one_command:
            self._copy(self._debrief.one_command)
        else:
            self.notify("This round names no command", severity="warning")

    def _copy(self, text: str) -> None:
        """To the clipboard, where the terminal lets us; the text is shown in any case."""
        self.app.copy_to_clipboard(text)
        self._say("Copied", text)


def _header(debrief: Debrief) -> Content:
    view = debrief.view
    return Content.assemble(
        (" breakfix  ", "$accent bold"), (view.scenario.metadata.title, "bold"),
        (f"   seed {view.seed}", "$muted"),
    )  # fmt: skip


def told_files(folder: Path, written: Sequence[Path]) -> str:
    """The folder, short where it is in the person's own, and the files in it. Files that differ
    by their ending alone are told in one: `2026-01-01-NAME.md .html .svg`."""
    home = Path.home()
    short = f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)
    by_stem: dict[str, list[str]] = {}
    for path in written:
        by_stem.setdefault(path.stem, []).append(path.suffix)
    return "\n".join([short, *(f"{stem}{' '.join(ends)}" for stem, ends in by_stem.items())])


def told_as(title: str, text: str) -> Fitted:
    """A paragraph of the scenario, under a small head if it has one."""
    head = [Content.assemble((title, "bold"))] if title else []
    body = stacked([*head, Content(reflowed(text))])
    return Fitted(lambda _: body, classes="told")


def command_box(debrief: Debrief, width: int) -> Content:
    """`In one command next time` with the command under it, whole, to be pasted, and what to
    look for in its answer."""
    head = Content.assemble(("In one command next time", "bold"), ("   y copies it", "$muted"))
    lines = [head, hanging(("$ ", "$accent bold"), (debrief.one_command, "$primary"), width)]
    if debrief.one_command_shows:
        lines.append(hanging(("look for  ", "$muted"), debrief.one_command_shows, width))
    return stacked(lines)
