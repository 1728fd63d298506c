"""The bottom line: keys and what they do, each can be clicked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from breakfix.tui.bindings import live
from breakfix.tui.keys import key_text

NEEDED = 6  # keys of a screen that have their place before the app's
HELP, HELP_WHILE_TYPING = "app.help", "app.help.anywhere"


@dataclass(frozen=True)
class KeyItem:
    """A key, what it does in a word, and the action for a click."""

    key: str
    label: str
    action: str

    @property
    def content(self) -> Content:
        """` v verify `."""
        return Content.assemble(
            " ",
            (key_text(self.key), "$footer-key-foreground bold"),
            (f" {self.label} " if self.label else "", "$muted"),
        )


class Keys(Widget):
    """One line of keys; a click on one does the same. What does not fit is left out."""

    def items(self) -> Iterable[KeyItem]:
        """The keys to show, the most needed first and last."""
        return ()

    def _fitting(self) -> list[KeyItem]:
        items = list(self.items())
        while items and sum(i.content.cell_length for i in items) > self.size.width:
            del items[-2 if len(items) > 1 else -1]
        return items

    def render(self) -> Content:
        """As many keys as fit."""
        return Content.assemble(*(item.content for item in self._fitting()))

    async def on_click(self, event: events.Click) -> None:
        """Do what stands under the pointer."""
        left = 0
        for item in self._fitting():
            left += item.content.cell_length
            if event.x < left:
                await self.screen.run_action(item.action)
                return


class ScreenKeys(Keys):
    """Made of the screen's own bindings, those that can be used now."""

    def on_mount(self) -> None:
        """Follow what can be used."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def items(self) -> Iterable[KeyItem]:
        """The keys in the order of the screen's BINDINGS, an action once; help is last, and
        the app's own that the screen asks for stand where they are not left out."""
        own, app = list(self._own()), app_items(self)
        yield from (*own[:NEEDED], *app[:-1], *own[NEEDED:], *app[-1:])

    def _own(self) -> Iterable[KeyItem]:
        seen: set[str] = set()
        for binding in live(self.screen):
            usable = binding.show and binding.description and binding.action not in seen
            if usable and self.screen.check_action(binding.action, ()):
                seen.add(binding.action)
                yield KeyItem(binding.key, binding.description, binding.action)


def app_items(widget: Widget) -> list[KeyItem]:
    """The keys of the whole terminal that are worth a place, help last: by the key that is
    heard now. A screen may ask for more by their ids, in APP_KEYS."""
    keys = {binding.id: binding for binding in reversed(list(live(widget.app)))}
    more = getattr(widget.screen, "APP_KEYS", ())
    shown = (*more, HELP_WHILE_TYPING if isinstance(widget.screen.focused, Input) else HELP)
    found = [keys[name] for name in shown if name in keys]
    return [KeyItem(b.key, b.description, f"app.{b.action}") for b in found]
