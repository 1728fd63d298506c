"""A list of options that takes a key as soon as it is there."""

from __future__ import annotations

from textual.widgets import OptionList


class Options(OptionList):
    """Before it is laid out it has no pages; Textual's own looks for its first line then."""

    def action_page_up(self) -> None:
        """One page up."""
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """One page down."""
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]
