"""Settings: the theme with what it looks like, animations, keys, layout. Each is kept at
once; there is nothing to save.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from breakfix.tui.layer import Dialog
from breakfix.tui.theme import ABOUT, chosen
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.widgets.options import Options
from breakfix.tui.widgets.sample import sample
from breakfix.tui.words import stacked

if TYPE_CHECKING:
    from breakfix.tui.comfort import ComfortApp

THEME = "theme:"
AUTOMATIC = ("By the terminal", "light or dark, as it says")
COLUMN = 19
NARROW = 100
NO_COLOUR = "NO_COLOR is set: a theme chosen here waits until it is not."


class SettingsScreen(Dialog[None]):
    """Going over a theme shows it, Enter keeps it."""

    HELP_TITLE = "Settings"
    HELP = (
        "How breakfix looks and behaves for you. Going over a theme shows it at once; Enter "
        "keeps it, Escape leaves what you had. Everything is written as you choose it."
    )
    BINDINGS = [
        Binding("escape,q", "close", "close", id="settings.close",
                tooltip="Back; what you did not take with Enter is left as it was"),
    ]  # fmt: skip

    def __init__(self, comfort: ComfortApp) -> None:
        super().__init__()
        self._comfort = comfort

    def compose(self) -> ComposeResult:
        with Container(id="settings-box", classes="dialog") as box:
            box.border_title = "Settings"
            box.border_subtitle = "enter takes it   esc back"
            with Horizontal(id="settings-columns"):
                yield Options(*self._rows(), id="settings", compact=True)
                yield Fitted(sample, id="sample")
            yield Static(self._foot(), id="settings-foot")

    def on_mount(self) -> None:
        """On the theme that is kept."""
        self.query_one("#sample").border_title = "How it looks"
        listed = self.query_one(OptionList)
        listed.highlighted = listed.get_option_index(THEME + self._comfort.preferences.theme)
        listed.focus()

    def on_unmount(self) -> None:
        """However it was left: what was only looked at is gone."""
        self._comfort.use(self._comfort.preferences)

    def on_resize(self) -> None:
        """Where there is no room for the sample, the screen below is one."""
        self.set_class(self.app.size.width < NARROW, "-narrow")

    # -- what is listed ---------------------------------------------------------------

    def _rows(self) -> list[Option | None]:
        themes = [self._theme(name, *about) for name, about in self._themes()]
        return [
            *themes, None,
            Option(self._animations(), id="animations"),
            Option(_row("Keys …", self._changed_keys()), id="keys"),
            Option(_row("Reset the layout", "a round's panes as they came"), id="layout"),
        ]  # fmt: skip

    def _themes(self) -> list[tuple[str, tuple[str, str]]]:
        return [("", AUTOMATIC), *ABOUT.items()]

    def _theme(self, name: str, called: str, about: str) -> Option:
        mark = "●" if name == self._kept_theme else "○"
        return Option(_row(f"{mark} {called}", about), id=THEME + name)

    @property
    def _kept_theme(self) -> str:
        kept = self._comfort.preferences.theme
        return kept if kept in ABOUT else ""

    def _animations(self) -> Content:
        moves = self._comfort.preferences.animations
        return _row(f"Animations: {'on' if moves else 'off'}", "what moves by itself")

    def _changed_keys(self) -> str:
        count = len(self._comfort.preferences.keys)
        return f"{count} changed" if count else "as they came"

    def _foot(self) -> Content:
        lines = [
            Content.assemble(("data   ", "$muted"), str(self._comfort.comfort.data_dir)),
            Content.assemble(("sound  ", "$muted"), "none; breakfix is silent"),
        ]
        if self._comfort.colourless:
            lines.append(Content.assemble((NO_COLOUR, "$warning")))
        return stacked(lines)

    # -- what is chosen ---------------------------------------------------------------

    @on(OptionList.OptionHighlighted, "#settings")
    def _look(self, message: OptionList.OptionHighlighted) -> None:
        """Show a theme while the line is on it."""
        name = message.option_id or ""
        settings = self._comfort.comfort
        wanted = (
            name.removeprefix(THEME) if name.startswith(THEME) else self._comfort.preferences.theme
        )
        self._comfort.theme = chosen(
            wanted, settings.light_terminal, colour=not self._comfort.colourless
        )

    @on(OptionList.OptionSelected, "#settings")
    def _take(self, message: OptionList.OptionSelected) -> None:
        name = message.option_id or ""
        if name.startswith(THEME):
            self._comfort.keep(theme=name.removeprefix(THEME))
        elif name == "animations":
            self._comfort.keep(animations=not self._comfort.preferences.animations)
        elif name == "layout":
            self._comfort.keep(layout={})
            self.notify("The panes of your next round are as they came.")
        else:
            self._comfort.action_keys()
        self._write()

    def on_screen_resume(self) -> None:
        """Back from the keys: how many are changed now."""
        self._write()

    def _write(self) -> None:
        """The lines anew, the lit one as it was."""
        listed = self.query_one(OptionList)
        for name, about in self._themes():
            listed.replace_option_prompt(THEME + name, self._theme(name, *about).prompt)
        listed.replace_option_prompt("animations", self._animations())
        listed.replace_option_prompt("keys", _row("Keys …", self._changed_keys()))

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)


def _row(name: str, about: str) -> Content:
    return Content.assemble((name.ljust(COLUMN), "bold"), "  ", (about, "$muted"))
