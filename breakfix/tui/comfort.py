"""What a person has set for the terminal, put to work: theme, animations, keys, layout.

Everything is applied at once and written at once; a disk that refuses is told, and the
choice holds until the end of the session.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from textual import events, work
from textual.app import App, SystemCommand
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.types import AnimationLevel

from breakfix.errors import BreakfixError
from breakfix.settings import Settings
from breakfix.tui.bindings import live
from breakfix.tui.keys import APP_BINDINGS, IN_DIALOGS_TOO
from breakfix.tui.preferences import Preferences, PreferencesFile
from breakfix.tui.theme import THEMES, chosen

SMALLEST = (60, 15)  # columns, rows

TYPING = 0.15  # seconds after a key
LOOK, COMING = 0.01, 100  # seconds, and how often: a screen comes up


class ComfortApp(App[int]):
    """An app that knows its person's preferences, and the keys that work everywhere."""

    BINDINGS = [*APP_BINDINGS]

    def __init__(self, settings: Settings) -> None:
        super().__init__(ansi_color=True if settings.color is False else None)
        self.comfort = settings
        self.file = PreferencesFile(settings.data_dir)
        self._key_at = float("-inf")
        self._animations_of_environment: AnimationLevel = self.animation_level
        for theme in THEMES:
            self.register_theme(theme)
        self.preferences, self._trouble = self.file.read_told()
        self.use(self.preferences)

    def on_mount(self) -> None:
        """The keys need an app that runs."""
        self.set_keymap(_texts(self.preferences.keys))

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,  # noqa: ARG002 (widgets pass True)
    ) -> None:
        """Tell something for a while. The words of errors, paths and objects are no markup."""
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    # -- keys -------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Every event comes by here; of keys the time is kept."""
        if isinstance(event, events.Key):
            self._key_at = asyncio.get_running_loop().time()
        await super().on_event(event)

    async def on_key(self, event: events.Key) -> None:
        """In a dialog Textual asks for the dialog's keys alone. Those of the app that stop
        nothing are asked for here, once nobody has typed or done anything with the key."""
        if not self.screen.is_modal or event.key in self.screen.active_bindings:
            return
        for binding in live(self):
            if binding.key == event.key and binding.id in IN_DIALOGS_TOO:
                event.prevent_default()
                await self.run_action(binding.action)

    def is_typing(self) -> bool:
        """Was a key pressed a moment ago?"""
        return asyncio.get_running_loop().time() - self._key_at < TYPING

    # -- what was set -----------------------------------------------------------------

    @property
    def colourless(self) -> bool:
        """True where NO_COLOR is set."""
        return self.comfort.color is False

    def use(self, preferences: Preferences) -> None:
        """Look and move as set, without writing it."""
        self.theme = chosen(
            preferences.theme, self.comfort.light_terminal, colour=not self.colourless
        )
        self.animation_level = self._animations_of_environment if preferences.animations else "none"

    def keep(self, **values: Any) -> None:
        """Set these: now, and for the next time. Where they cannot be written it is told."""
        from dataclasses import replace

        self.preferences = replace(self.preferences, **values)
        try:
            self.preferences = self.file.change(**values)
        except BreakfixError as error:
            text = f"{error.message}\nIt holds until you leave."
            self.notify(text, title="Not kept", severity="error", timeout=8)
        self.use(self.preferences)
        if "keys" in values:
            self.set_keymap(_texts(self.preferences.keys))
        if "layout" in values:
            for screen in self.screen_stack:
                if hasattr(screen, "layout_kept"):
                    screen.layout_kept(self.preferences.layout)

    @work(name="keys", thread=True)
    def check_preferences(self) -> None:
        """Tell what of the file is no good. To know that all bindings must be read: this
        is done after the first paint, in a thread."""
        if self._trouble:
            self.call_from_thread(self._tell, [self._trouble], "Your settings were left aside")
        if self.preferences.keys:
            from breakfix.tui.keymap import sound

            good, told = sound(self.preferences.keys)
            self.call_from_thread(self._take_keys, good, told)

    def _take_keys(self, good: dict[str, str], told: list[str]) -> None:
        self.set_keymap(good)
        if told:
            self._tell(told, "Some of your keys were left aside")

    def _tell(self, lines: list[str], title: str) -> None:
        self.notify("\n".join(lines), title=title, severity="warning", timeout=10)

    # -- what works everywhere --------------------------------------------------------

    async def run_action(
        self, action: Any, default_namespace: Any = None, namespaces: Any = None
    ) -> bool:
        """A key that was typed ahead waits for the screen it is for."""
        for _ in range(COMING):
            if not self._screen_stack or self.screen.is_mounted:
                break
            await asyncio.sleep(LOOK)
        return await super().run_action(action, default_namespace, namespaces)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing of the app where a screen wants every key for itself."""
        alone = bool(self._screen_stack) and getattr(self.screen, "TAKES_ALL_KEYS", False)
        return False if alone else super().check_action(action, parameters)

    @property
    def _in_palette(self) -> bool:
        """The palette goes away with the first key that is not its own."""
        return self.screen.has_class("--textual-command-palette")

    def action_command_palette(self) -> None:
        """Everything that can be done here, by name."""
        from breakfix.tui.command_palette import Palette

        if not self._in_palette:
            self.push_screen(Palette())

    def action_help(self) -> None:
        """What the screen that is up is for, and its keys; once more closes it."""
        from breakfix.tui.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss(None)
        elif not self._in_palette:
            self.push_screen(HelpScreen(self.screen))

    def action_settings(self) -> None:
        """Theme, animations, keys, layout; once more closes them."""
        from breakfix.tui.screens.settings import SettingsScreen

        if isinstance(self.screen, SettingsScreen):
            self.screen.dismiss(None)
        elif not self._in_palette:
            self.push_screen(SettingsScreen(self))

    def action_keys(self) -> None:
        """All keys, to read and to change."""
        from breakfix.tui.screens.keys import KeysScreen

        self.push_screen(KeysScreen(self))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Everything that can be done here by key, the settings and the themes."""
        from breakfix.tui.commands import commands_of

        yield from commands_of(self, screen)

    # -- the size ---------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Where nothing fits any more, say so instead of showing a broken picture."""
        self.fit(*event.size)

    def fit(self, width: int, height: int) -> None:
        """Cover a screen that is too small, and uncover it when it no longer is."""
        from breakfix.tui.screens.small import SmallScreen

        small = width < SMALLEST[0] or height < SMALLEST[1]
        if small and self._screen_stack and not isinstance(self.screen, SmallScreen):
            self.push_screen(SmallScreen(*SMALLEST))


def _texts(keys: Any) -> dict[str, str]:
    """What of it is text: the file may hold anything."""
    return {name: value for name, value in dict(keys).items() if isinstance(value, str) and value}
