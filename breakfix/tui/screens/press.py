"""Asks for one key, and says who has it already."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from breakfix.tui.bindings import Bound
from breakfix.tui.keymap import keys_now, refusal, rivals, swapped
from breakfix.tui.keys import key_text, keys_text
from breakfix.tui.layer import Dialog


class PressScreen(Dialog[dict[str, str] | None]):
    """Dismissed with the new keymap, or None. Every key is taken as the answer, but for
    Escape; Enter means yes once an exchange has been offered."""

    HELP_TITLE = "New key"
    HELP = "Press the key you want. Escape leaves the old one."
    TAKES_ALL_KEYS = True

    def __init__(self, bound: Bound, keymap: dict[str, str], add: bool) -> None:
        super().__init__()
        self._bound, self._keymap, self._add = bound, keymap, add
        self._offer: dict[str, str] | None = None

    def compose(self) -> ComposeResult:
        with Container(id="press-box", classes="dialog") as box:
            box.border_title = self._bound.label or self._bound.id
            box.border_subtitle = "esc leaves it"
            yield Static(id="press-text")

    def on_mount(self) -> None:
        """What it has now, and what is wanted."""
        now = keys_text(keys_now(self._bound, self._keymap))
        more = "one more key" if self._add else "the new key"
        self._say(f"{self._bound.about}\n\nnow  {now}", f"Press {more}.")

    def _say(self, text: str, then: str) -> None:
        self.query_one("#press-text", Static).update(
            Content.assemble(text, "\n\n", (then, "$accent bold"))
        )

    def on_key(self, event: events.Key) -> None:
        """Take it, refuse it, or offer an exchange."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.dismiss(None)
        elif event.key == "enter" and self._offer is not None:
            self.dismiss(self._offer)
        else:
            self._try(event.key)

    def _try(self, key: str) -> None:
        self._offer = None
        why = refusal(self._bound, key)
        if why:
            self._say(f"{why}.", "Press another key.")
        elif rivals(self._bound, key, self._keymap):
            self._exchange(key)
        else:
            self.dismiss(self._with(key, self._keymap))

    def _with(self, key: str, keymap: dict[str, str]) -> dict[str, str]:
        kept = keys_now(self._bound, self._keymap) if self._add else ()
        return {**keymap, self._bound.id: ",".join(dict.fromkeys([*kept, key]))}

    def _exchange(self, key: str) -> None:
        owner, other = rivals(self._bound, key, self._keymap)[0]
        has = f"{key_text(key)} is “{other.label or other.id}” of {owner.title}."
        exchanged = None if self._add else swapped(self._bound, key, self._keymap)
        if exchanged is None:
            self._say(has, "Press another key.")
            return
        self._offer = self._with(key, exchanged)
        becomes = keys_text(keys_now(other, exchanged))
        self._say(f"{has}\nIt would be on {becomes} then.", "Enter exchanges; or another key.")
