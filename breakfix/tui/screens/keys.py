"""All keys of all screens: to read, and to change by pressing the new key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from breakfix.tui.bindings import Bound, Owner, Reach, by_id, owners
from breakfix.tui.keymap import keys_now, without
from breakfix.tui.keys import keys_text
from breakfix.tui.layer import Dialog
from breakfix.tui.screens.press import PressScreen
from breakfix.tui.widgets.options import Options
from breakfix.tui.words import clipped

if TYPE_CHECKING:
    from breakfix.tui.comfort import ComfortApp

KEYS_COLUMN, LABEL_COLUMN, ID_COLUMN = 12, 27, 28
REACH = {
    Reach.EVERYWHERE: "on every screen",
    Reach.SCREEN: "screen",
    Reach.DIALOG: "dialog",
    Reach.PANE: "pane",
}


class KeysScreen(Dialog[None]):
    """Enter on a line asks for its new key."""

    HELP_TITLE = "Keys"
    HELP = (
        "Every key of every screen. Enter on a line, then the new key. A key that somebody "
        "else has is offered as an exchange; nothing is ever left without a key."
    )
    BINDINGS = [
        Binding("a", "add", "add a key", id="keys.add",
                tooltip="One more key for this line"),
        Binding("r", "reset", "reset", id="keys.reset", tooltip="This line as it came"),
        Binding("R", "reset_all", "reset all", id="keys.reset-all",
                tooltip="All keys as they came"),
        Binding("slash", "search", "search", id="keys.search",
                tooltip="Only lines with these words"),
        Binding("escape,q", "close", "close", id="keys.close", tooltip="Back"),
    ]  # fmt: skip

    def __init__(self, comfort: ComfortApp) -> None:
        super().__init__()
        self._comfort = comfort
        self._words = ""

    def compose(self) -> ComposeResult:
        with Container(id="keys-box", classes="dialog") as box:
            box.border_title = "Keys"
            box.border_subtitle = "enter change   a add   r reset   R all   / search   esc back"
            yield Input(placeholder="search: verify, palette, f2…", id="keys-search", compact=True)
            yield Options(id="keys", compact=True)

    def on_mount(self) -> None:
        """The first line is lit."""
        self._fill()
        self.query_one(OptionList).focus()

    # -- what is listed ---------------------------------------------------------------

    def on_resize(self) -> None:
        """What a key is for takes what the columns leave."""
        self._fill()

    def _fill(self) -> None:
        listed = self.query_one(OptionList)
        lit = listed.highlighted_option
        listed.clear_options()
        listed.add_options(list(self._rows(max(40, listed.size.width - 2))))
        ids = [option.id for option in listed.options]
        first = next((at for at, name in enumerate(ids) if name), None)
        listed.highlighted = ids.index(lit.id) if lit and lit.id in ids else first

    def _rows(self, width: int) -> Iterator[Option]:
        for owner in owners():
            members = [bound for bound in owner.bindings if bound.id and self._wanted(owner, bound)]
            if members:
                where = Content.assemble(
                    (owner.title, "$primary bold"), (f"  {REACH[owner.reach]}", "$faint")
                )
                yield Option(where, disabled=True)
                yield from (Option(self._row(bound, width), id=bound.id) for bound in members)

    def _wanted(self, owner: Owner, bound: Bound) -> bool:
        keys = keys_text(keys_now(bound, self._keymap))
        hay = " ".join((owner.title, bound.id, bound.label, bound.about, keys)).lower()
        return all(word in hay for word in self._words.lower().split())

    @property
    def _keymap(self) -> dict[str, str]:
        return dict(self._comfort.preferences.keys)

    def _row(self, bound: Bound, width: int) -> Content:
        mark = ("● ", "$accent") if bound.id in self._keymap else ("  ", "")
        keys = clipped(keys_text(keys_now(bound, self._keymap)), KEYS_COLUMN)
        wide = width > KEYS_COLUMN + LABEL_COLUMN + ID_COLUMN + 30
        name = clipped(bound.id, ID_COLUMN).ljust(ID_COLUMN + 2) if wide else ""
        label = f"{bound.label}{', in the shell too' if bound.anywhere else ''}"
        label = clipped(label, LABEL_COLUMN).ljust(LABEL_COLUMN + 1)
        room = width - KEYS_COLUMN - LABEL_COLUMN - len(name) - 5
        return Content.assemble(
            mark, (keys.ljust(KEYS_COLUMN + 1), "$footer-key-foreground bold"), label,
            (name, "$faint"), (clipped(bound.about, room), "$muted"),
        )  # fmt: skip

    # -- changing ---------------------------------------------------------------------

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """A new key in place of those it has."""
        message.stop()
        self._ask(message.option_id or "", add=False)

    def action_add(self) -> None:
        """One more key."""
        if self._lit:
            self._ask(self._lit, add=True)

    @property
    def _lit(self) -> str:
        option = self.query_one(OptionList).highlighted_option
        return option.id or "" if option is not None else ""

    @work(name="keys-press")
    async def _ask(self, name: str, add: bool) -> None:
        keymap = await self.ask(PressScreen(by_id()[name], self._keymap, add))
        if keymap is not None:
            self._keep(keymap)

    def _keep(self, keymap: dict[str, str]) -> None:
        self._comfort.keep(keys=keymap)
        self._fill()

    def action_reset(self) -> None:
        """The lit line as it came."""
        self._keep(without({self._lit}, self._keymap))

    def action_reset_all(self) -> None:
        """All keys as they came."""
        self._keep({})
        self.notify("All keys are as they came.")

    # -- searching --------------------------------------------------------------------

    def action_search(self) -> None:
        """Open the search line."""
        self.query_one(Input).add_class("-open")
        self.query_one(Input).focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Fewer lines with every word."""
        self._words = message.value
        self._fill()

    def on_input_submitted(self) -> None:
        """To the lines that are left."""
        self.query_one(OptionList).focus()

    def action_close(self) -> None:
        """Back; out of the search first."""
        if self.query_one(Input).has_class("-open"):
            self.query_one(Input).value = ""
            self.query_one(Input).remove_class("-open")
            self.query_one(OptionList).focus()
        else:
            self.dismiss(None)
