"""The diagnosis: which component, which class of fault, each from a list you can type in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from breakfix.game.scoring import BEFORE_CHANGE, COMPONENT, FAULT
from breakfix.game.worth import DIAGNOSIS, after
from breakfix.tui.layer import Dialog
from breakfix.tui.widgets.options import Options
from breakfix.tui.widgets.rest import BREAKPOINTS
from breakfix.tui.words import check_mark, stacked

if TYPE_CHECKING:
    from breakfix.game.model import DiagnosisView, RoundView

NOTHING = "nothing matches; esc clears"
CLEAR = ("escape", "ctrl+u")
Answer = tuple[str, str]
"""(component, fault)."""


class Chooser(Options):
    """A list that narrows to what is typed; Enter takes the lit line."""

    class Taken(Message):
        """A line was taken; `again` where it had been taken before."""

        def __init__(self, again: bool) -> None:
            self.again = again
            super().__init__()

    def __init__(self, title: str, choices: tuple[str, ...], *, id: str) -> None:
        super().__init__(id=id, classes="pane", compact=True)
        self.border_title = title
        self._choices = tuple(sorted(choices))
        self._typed = ""
        self.taken = ""

    def on_mount(self) -> None:
        """All lines are there at first; the frame keeps its height while they get fewer."""
        self._fill()
        self.call_after_refresh(self._keep_height)

    def _keep_height(self) -> None:
        self.styles.height = self.outer_size.height

    def on_key(self, event: events.Key) -> None:
        """Printable keys narrow the list, backspace widens it, escape shows all of it."""
        if event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.key in CLEAR and self._typed:
            self._typed = ""
        elif event.is_printable and event.character:
            self._typed += event.character
        else:
            return
        event.stop()
        self._fill()

    def _fill(self) -> None:
        words = self._typed.lower().split()
        shown = [c for c in self._choices if all(word in c.lower() for word in words)]
        self.clear_options()
        self.add_options(Option(self._line(c), id=c) for c in shown)
        if not shown:
            self.add_option(Option(Content.styled(NOTHING, "$warning"), disabled=True))
        self.highlighted = 0 if shown else None
        self.border_subtitle = f"/{self._typed}" if self._typed else "type to search"

    def _line(self, choice: str) -> Content:
        mark = ("● ", "$accent") if choice == self.taken else ("○ ", "$faint")
        return Content.assemble(mark, choice)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Take the lit line."""
        message.stop()
        again = message.option_id == self.taken
        self.taken = message.option_id or ""
        self._typed = ""
        self._fill()
        self.highlighted = self._choices.index(self.taken)
        self.post_message(self.Taken(again))

    @property
    def lit(self) -> str:
        """The choice on the lit line; nothing where no line is."""
        option = self.highlighted_option
        return (option.id or "") if option is not None else ""


class DiagnoseScreen(Dialog[Answer | None]):
    """Dismissed with (component, fault), or None."""

    HELP_TITLE = "Diagnosis"
    HELP = (
        "Say what is broken and how: one line of each list. Type to search. Enter takes a line; "
        "once more, with both taken, it gives the answer. Right, and given "
        "before the first change, it is worth points; there is one answer a round."
    )
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    BINDINGS = [
        Binding("escape", "none", "back", id="diagnose.back", tooltip="Back without an answer"),
        Binding("ctrl+s", "send", "answer", id="diagnose.send", tooltip="Give this answer"),
    ]

    def __init__(self, view: RoundView) -> None:
        super().__init__()
        self._view, self._diagnosis = view, view.scenario.spec.diagnosis

    def compose(self) -> ComposeResult:
        with Container(id="diagnose-box", classes="dialog") as box:
            box.border_title = "Diagnosis"
            box.border_subtitle = "tab other list   ctrl+s gives it   esc back"
            yield Static(worth_now(self._view), id="diagnose-text")
            with Horizontal(id="diagnose-lists"):
                yield Chooser("Component", self._diagnosis.component.among, id="component")
                yield Chooser("Fault", self._diagnosis.fault.among, id="fault")
            yield Static(id="diagnose-foot")

    def on_mount(self) -> None:
        """The component first."""
        self.query_one("#component").focus()
        self._foot()

    @property
    def _answer(self) -> Answer:
        return self.query_one("#component", Chooser).taken, self.query_one("#fault", Chooser).taken

    @on(Chooser.Taken)
    def _taken(self, message: Chooser.Taken) -> None:
        """Go on to the list without an answer; with both, once more gives it."""
        component, fault = self._answer
        if not component or not fault:
            self.query_one("#fault" if component else "#component").focus()
        elif message.again:
            self.action_send()
        self._foot()

    @on(OptionList.OptionHighlighted)
    @on(events.DescendantFocus)
    def _foot(self) -> None:
        """The answer so far, and what Enter does now."""
        self.query_one("#diagnose-foot", Static).update(self._says())

    def _says(self) -> Content:
        chooser = self.focused
        component, fault = (part or "…" for part in self._answer)
        answer = (f"{component} · {fault}", "bold")
        if not isinstance(chooser, Chooser) or not chooser.lit:
            return Content.assemble(("answer  ", "$muted"), answer)
        if all(self._answer) and chooser.lit == chooser.taken:
            return Content.assemble(("enter", "$accent"), " gives this answer: ", answer)
        other = self._answer[chooser.id == "component"]
        then = "" if other else ", then the other list"
        enter = ("   enter", "$accent"), (f" takes the {chooser.id}{then}", "$muted")
        return Content.assemble(("answer  ", "$muted"), answer, *enter)

    def action_send(self) -> None:
        """Give the answer, once both are chosen."""
        component, fault = self._answer
        if component and fault:
            self.dismiss((component, fault))
        else:
            self.notify("Choose one line of each list first")

    def action_none(self) -> None:
        """Back without an answer."""
        self.dismiss(None)


def worth_now(view: RoundView) -> Content:
    """The question, and what the answer to it can give now."""
    early = DIAGNOSIS - BEFORE_CHANGE
    most = early if view.changed else DIAGNOSIS
    extra = "only if what you changed is undone" if view.changed else (
        "if both are right before any change"
    )  # fmt: skip
    return stacked([
        Content("What is broken, and how? One answer; a wrong one costs nothing."),
        Content.assemble(
            ("Worth now  ", "$muted"), (f"+{most}", "bold"),
            (f"  {COMPONENT} + {FAULT}, {BEFORE_CHANGE} more {extra}", "$muted"),
        ),
        Content.assemble(
            ("Score      ", "$muted"), f"{view.score.total} → ",
            (f"{after(view, most)}", "bold"), (" at best", "$muted"),
        ),
    ])  # fmt: skip


def result_of(found: DiagnosisView) -> Content:
    """Part by part, whether it was right and what it gave."""
    both = found.component_right and found.fault_right
    if found.before_change:
        when = "before you changed anything" if both else "before any change, but not all right"
    else:
        when = "after a change"
    early = BEFORE_CHANGE * (both and found.before_change)
    total = COMPONENT * found.component_right + FAULT * found.fault_right + early
    return stacked([
        _part("Component", found.component, found.component_right, COMPONENT),
        _part("Fault", found.fault, found.fault_right, FAULT),
        Content.assemble(
            check_mark(bool(early)), (" When       ", "$muted"), "     ",
            (f"  +{early}  ", "bold"), when,
        ),
        Content.assemble(("\n  Diagnosis  ", "$muted"), (f"{total} of {DIAGNOSIS}", "bold")),
    ])  # fmt: skip


def _part(what: str, answer: str, right: bool, points: int) -> Content:
    word = ("right", "$success") if right else ("wrong", "$error")
    return Content.assemble(
        check_mark(right), (f" {what:<11}", "$muted"), word, (f"  +{points * right}  ", "bold"),
        answer,
    )  # fmt: skip
