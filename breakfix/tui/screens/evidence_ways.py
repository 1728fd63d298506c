"""The ways to look at one object: describe, logs, events, YAML, and the options of a log."""

from __future__ import annotations

from dataclasses import replace

from breakfix.tui.evidence import VIEWS, LogOptions, Look
from breakfix.tui.screens.evidence_fetching import Fetching
from breakfix.tui.widgets.find import FindField

LOG_ACTIONS = frozenset({"follow", "previous", "container", "pod"})


class Ways(Fetching):
    """Each way is a key; its command is run at once."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Keys of logs only with logs, and only where there is another one; the key of finding
        is a letter where one types what to find."""
        if action == "find":
            return not isinstance(self.focused, FindField)
        if action in LOG_ACTIONS and self.look is not Look.LOGS:
            return False
        if action == "all":
            return self.look is Look.EVENTS and bool(self._target.namespace)
        if action == "container":
            return len(self._target.containers) > 1
        return action != "pod" or len(self._target.pods) > 1

    def _views(self) -> list[Look]:
        return [look for look in VIEWS if self._target.can(look)]

    def action_view(self, name: str) -> None:
        """Look at the object in this way."""
        self.look = Look(name)
        self._begin()

    def action_turn(self, step: int) -> None:
        """Look at it in the next way."""
        views = self._views()
        self.action_view(views[(views.index(self.look) + step) % len(views)])

    def action_again(self) -> None:
        """Run it once more."""
        self._begin()

    def action_follow(self) -> None:
        """New lines as they come, or no longer; a container that is gone has none."""
        self._relog(replace(self._log_options, follow=not self._log_options.follow, previous=False))

    def action_previous(self) -> None:
        """The log of the container before this one, or of this one again."""
        before = not self._log_options.previous
        self._relog(replace(self._log_options, previous=before, follow=False))

    def action_container(self) -> None:
        """The next container's log."""
        names = self._target.containers
        at = names.index(self._log_options.container) if self._log_options.container in names else 0
        self._relog(replace(self._log_options, container=names[(at + 1) % len(names)]))

    def action_all(self) -> None:
        """All events of the namespace, or the object's only."""
        self._all = not self._all
        self._begin()

    def action_pod(self) -> None:
        """The next pod's log."""
        names = ("", *self._target.pods)
        at = names.index(self._log_options.pod) if self._log_options.pod in names else 0
        self._relog(replace(self._log_options, pod=names[(at + 1) % len(names)]))

    def _relog(self, log: LogOptions) -> None:
        self._log_options = log
        self._begin()
