"""A question with a few answers, each on a key of its own."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from breakfix.tui.layer import Dialog
from breakfix.tui.widgets.options import Options
from breakfix.tui.words import hanging

ROOM = 62  # cells of an answer where the screen is not small
PADDING, GAP = 2, 2


@dataclass(frozen=True)
class Answer:
    """One answer: its key, what it says, and what comes of it in a few words."""

    name: str
    key: str
    label: str
    about: str = ""


class AskScreen(Dialog[str | None]):
    """Dismissed with the name of an answer, or None for escape."""

    HELP_TITLE = "Question"
    HELP = "Each answer is on its letter; Enter takes the one that is lit."
    BINDINGS = [
        Binding("escape", "none", "back", id="ask.back", tooltip="Back, nothing happens"),
    ]

    def __init__(self, title: str, text: Content | str, answers: tuple[Answer, ...]) -> None:
        super().__init__()
        self._title, self._text, self._answers = title, text, answers

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="ask-box", classes="dialog", can_focus=False) as box:
            box.border_title = self._title
            box.border_subtitle = "esc back"
            yield Static(self._text, id="ask-text")
            yield Options(*self._options(ROOM), id="ask-answers", compact=True)

    def on_mount(self) -> None:
        """The first answer is ready for Enter, every answer on its key."""
        self.query_one(OptionList).focus()
        for answer in self._answers:
            self._bindings.key_to_bindings.setdefault(answer.key, []).append(_binding(answer))

    def on_resize(self) -> None:
        """What comes of an answer stands beside it, however many lines it takes."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if not self.is_mounted:  # answered at once
            return
        listed = self.query_one(OptionList)
        for option in self._options(listed.scrollable_content_region.width - PADDING):
            listed.replace_option_prompt(option.id or "", option.prompt)

    def _options(self, width: int) -> list[Option]:
        column = max((len(answer.label) for answer in self._answers), default=0)
        return [Option(_row(each, column, width), id=each.name) for each in self._answers]

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Enter or a click on an answer."""
        self.dismiss(message.option_id)

    def action_answer(self, name: str) -> None:
        """An answer by its key."""
        self.dismiss(name)

    def action_none(self) -> None:
        """Escape: back, and nothing happens."""
        self.dismiss(None)


def _binding(answer: Answer) -> Binding:
    """An answer's key; it is the answer's own and cannot be set."""
    return Binding(
        answer.key, f"answer('{answer.name}')", answer.label, id=f"ask.answer.{answer.name}",
        tooltip=answer.about or answer.label,
    )  # fmt: skip


def _row(answer: Answer, column: int, width: int) -> Content:
    """The key, the label over `column` cells, and what comes of it under its own beginning."""
    head = Content.assemble(
        (f"{answer.key:>6} ", "$footer-key-foreground bold"), (f" {answer.label:<{column}}", "bold")
    )
    body = hanging(" " * (head.cell_length + GAP), (answer.about, "$muted"), width)
    return head + body[head.cell_length :] if answer.about else head
