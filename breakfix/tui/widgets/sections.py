"""Numbered sections of a long screen, and the line that leads to each by its number."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

HERE = "▸"


class Section(Vertical):
    """A part of a screen under its head: `3 Score`."""

    def __init__(self, number: int, title: str, *children: Widget) -> None:
        super().__init__(id=f"section-{number}", classes="section")
        self.number, self.title = number, title
        self._inner = children

    def compose(self) -> ComposeResult:
        yield Static(id=f"head-{self.number}", classes="head")
        yield from self._inner

    def on_mount(self) -> None:
        """Nobody is here yet."""
        self.mark(False)

    def mark(self, here: bool) -> None:
        """Show by its head whether this is the section that was asked for."""
        lead = HERE if here else " "
        self.query_one(f"#head-{self.number}", Static).update(
            Content.assemble(
                (f"{lead}{self.number} ", "$footer-key-foreground bold"),
                (self.title, "$accent bold underline" if here else "$accent bold"),
            )
        )


class SectionLine(Widget):
    """All sections in a line; a click on one goes there. Those that do not fit are left out
    from the end, their numbers work all the same."""

    here: reactive[int] = reactive(0)

    def __init__(self, titles: Iterable[tuple[int, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._titles = tuple(titles)

    def _entries(self) -> list[tuple[int, Content]]:
        """Numbers with their content, shortened to numbers where the titles have no room."""
        full = [(number, self._entry(number, title)) for number, title in self._titles]
        if sum(entry.cell_length for _, entry in full) <= self.size.width:
            return full
        return [(number, self._entry(number, title.split()[0])) for number, title in self._titles]

    def _entry(self, number: int, title: str) -> Content:
        here = number == self.here
        return Content.assemble(
            (f"{HERE if here else ' '}{number} ", "$footer-key-foreground bold"),
            (title, "$foreground bold" if here else "$muted"), "  ",
        )  # fmt: skip

    def render(self) -> Content:
        """The line."""
        return Content.assemble(*(entry for _, entry in self._entries()))

    async def on_click(self, event: events.Click) -> None:
        """Go to what stands under the pointer."""
        left = 0
        for number, entry in self._entries():
            left += entry.cell_length
            if event.x < left:
                await self.screen.run_action(f"section({number})")
                return
