"""Evidence from the round screen: looks at the object under the cursor, and its menu."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from textual import work
from textual.binding import Binding
from textual.content import Content

from breakfix.settings import from_environment
from breakfix.tui.evidence import Look, Target, command, debug_command, typed, write_down
from breakfix.tui.screens.ask import Answer, AskScreen
from breakfix.tui.screens.round_base import RoundBase
from breakfix.tui.widgets.events import EventsPane
from breakfix.tui.widgets.map import MapPane
from breakfix.tui.widgets.map_view import MapView

LOOKS = (
    (Look.DESCRIBE, "i", "describe", "kubectl describe of the object under the map's cursor"),
    (Look.LOGS, "l", "logs", "The log of the object under the cursor: follow, previous, container"),
    (Look.EVENTS, "E", "its events", "Kubernetes events of the object under the cursor"),
    (Look.YAML, "y", "yaml", "The object under the cursor as YAML"),
    (Look.DEBUG, "b", "debug", "A shell in an ephemeral container of the pod under the cursor"),
)
EVIDENCE_BINDINGS = [
    Binding(key, f"look('{look}')", label, id=f"round.look.{look}", tooltip=tooltip)
    for look, key, label, tooltip in LOOKS
]
ALL_EVENTS = ["kubectl", "get", "events", "-A"]
UNFOLD, TO_SHELL = "unfold", "shell"


def get_command(target: Target) -> str:
    """One line about the object, for the shell."""
    return typed(["kubectl", *target.scope, "get", target.word, "-o", "wide"])


class Looking(RoundBase):
    """Opens evidence screens, and passes on what comes back to the shell."""

    _env: Mapping[str, str]
    _told_of_events = False

    @property
    def _chosen(self) -> Target | None:
        """The object of the event under the cursor where that pane has the keys, else the
        one under the map's cursor."""
        events = self.query_one(EventsPane)
        return events.target if events.has_focus_within else self.query_one(MapPane).target

    def _looked_at_events(self) -> None:
        """The pane shows the events of all namespaces; once a round it counts as typed."""
        if not self._told_of_events:
            self._told_of_events = True
            with contextlib.suppress(OSError):  # it would count less, but can be looked at
                write_down(ALL_EVENTS, self._env)

    async def action_look(self, name: str) -> None:
        """Look at the chosen object in this way."""
        target, look = self._chosen, Look(name)
        if target is None:
            self.notify("There is nothing under the cursor yet.")
        elif not target.can(look):
            self.notify(f"{target.word} has no {'log' if look is Look.LOGS else 'pod to debug'}.")
        elif look is Look.DEBUG:
            self._debug(target)
        else:
            self._open(look, target)

    def _open(self, look: Look, target: Target) -> None:
        from breakfix.tui.screens.evidence import EvidenceScreen

        self.cover(EvidenceScreen(look, target, self._env), self._looked)

    def _looked(self, wanted: str | None) -> None:
        if wanted is not None:
            self._paste(wanted)

    @work(name="round-debug", exclusive=True)
    async def _debug(self, target: Target) -> None:
        self._run(await self._debug_words(target))

    async def _debug_words(self, target: Target) -> str:
        level = await self._playable.enforced_level(target.namespace)
        return typed(debug_command(target, from_environment(self._env).tools_image, level))

    @work(name="round-evidence-menu")
    async def action_evidence_menu(self) -> None:
        """What can be done with the chosen object, each with its command."""
        target = self._chosen
        if target is None:
            return
        pane = self.query_one(MapPane)
        about = pane.about if pane.target == target else target.namespace
        answers = await self._answers(target)
        asked = AskScreen(f"{target.kind} {target.name}", Content(about), answers)
        answer = await self.ask(asked)
        if answer == UNFOLD:
            self.query_one(MapView).unfold()
        elif answer == TO_SHELL:
            self._paste(get_command(target))
        elif answer is not None:
            await self.action_look(answer)

    async def _answers(self, target: Target) -> tuple[Answer, ...]:
        found = [
            Answer(look, key, label, await self._command(look, target))
            for look, key, label, _ in LOOKS if target.can(look)
        ]  # fmt: skip
        if len(target.pods) and target.kind != "Pod":
            about = "show them on the map, or hide them"
            found.append(Answer(UNFOLD, "space", "pods", about))
        get = get_command(target)
        return (*found, Answer(TO_SHELL, "s", "to shell", get))

    async def _command(self, look: Look, target: Target) -> str:
        if look is Look.DEBUG:
            return await self._debug_words(target)
        return typed(command(look, target))
