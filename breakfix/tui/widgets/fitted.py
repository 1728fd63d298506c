"""Text that is laid out anew for every width."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.content import Content, Span
from textual.widgets import Static

Build = Callable[[int], Content]
"""Content for a width in cells."""
UNKNOWN_WIDTH = 60


class Fitted(Static):
    """Shows what `build` makes of the width there is; asked again when it changes."""

    def __init__(
        self, build: Build | None = None, *, id: str | None = None, classes: str = ""
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._build: Build = build or (lambda _: Content(""))
        self._fitted_width = 0
        self._shown: tuple[str, Sequence[Span]] = ("", ())

    def fit(self, build: Build) -> None:
        """Show this from now on; what looks the same is not painted again."""
        self._build = build
        content = build(self._fitted_width or UNKNOWN_WIDTH)
        if (content.plain, content.spans) != self._shown:
            self._shown = (content.plain, content.spans)
            self.update(content)

    def on_mount(self) -> None:
        """Something has to be there to be measured."""
        self.fit(self._build)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """The width has changed, maybe."""
        width = self.content_size.width  # the event's size has the border in it
        if width != self._fitted_width:
            self._fitted_width = width
            shown = self._shown
            self.fit(self._build)
            if self._shown != shown:  # a layout under way may have measured what was shown
                self.call_after_refresh(self.refresh, layout=True)
