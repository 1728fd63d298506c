"""A line to type what to look for: opened with `/`, shut with Enter or escape."""

from __future__ import annotations

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input


class FindField(Input):
    """Says what is typed with every letter, and which way to go on."""

    HELP_TITLE = "Find"
    BINDINGS = [
        Binding("escape", "shut(False)", "close", show=False, id="find.close"),
        Binding("down", "step(1)", "next", show=False, id="find.next"),
        Binding("up", "step(-1)", "before", show=False, id="find.before"),
    ]

    class Typed(Message):
        """These words are looked for; `step` is 1 or -1 for the next or the one before."""

        def __init__(self, words: str, step: int = 0) -> None:
            self.words, self.step = words, step
            super().__init__()

    class Shut(Message):
        """The line is shut; `kept` is whether with Enter."""

        def __init__(self, kept: bool) -> None:
            self.kept = kept
            super().__init__()

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, compact=True, classes="find")
        self.display = False

    @classmethod
    async def open_in(cls, pane: Widget, placeholder: str) -> None:
        """Open the line of a pane. It is made when it is first wanted: a field that nobody
        sees takes its time with every change of the focus."""
        if not pane.query(cls):
            await pane.mount(cls(placeholder))
        pane.query_one(cls).open()

    def open(self) -> None:
        """Be there, empty, and take what is typed."""
        self.value = ""
        self.display = True
        self.screen.set_focus(self)  # at once: what is typed next belongs here

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if self.display:
            self.post_message(self.Typed(message.value))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.action_shut(True)

    def action_step(self, step: int) -> None:
        """On to the next, or back."""
        self.post_message(self.Typed(self.value, step))

    def action_shut(self, kept: bool) -> None:
        """Go away."""
        self.display = False
        self.post_message(self.Shut(kept))
