"""The bottom line of every screen but the round: its keys, each can be clicked."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from breakfix.tui.keys import key_text


def key_item(key: str, label: str, action: str) -> Content:
    """` v verify `, which does it when clicked."""
    head = f"[$footer-key-foreground bold]{Content(key_text(key)).markup}[/]"
    return Content.from_markup(f" [@click={action}]{head} [$muted]{label}[/][/] ")


class ScreenKeys(Widget):
    """Made of the screen's own bindings, those that can be used now."""

    def on_mount(self) -> None:
        """Follow what can be used."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def render(self) -> Content:
        """The keys in the order of the screen's BINDINGS, an action once."""
        seen: set[str] = set()
        items = []
        for binding in self.screen._bindings.key_to_bindings.values():
            for one in binding:
                usable = one.show and one.description and one.action not in seen
                if usable and self._can(one.action):
                    seen.add(one.action)
                    items.append(key_item(one.key_display or one.key, one.description, one.action))
        return Content.assemble(*items)

    def _can(self, action: str) -> bool:
        return bool(self.screen.check_action(action, ()))
