"""Pods that have ended are kept to be looked at, but not without end."""

from __future__ import annotations

from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller, Key
from breakfix.embedded.controllers.pod_helpers import is_finished
from breakfix.embedded.objects import name_of, namespace_of

PERIOD = 20.0  # seconds between two looks
THRESHOLD = 12500  # how many ended pods may stay
KEY = ("", "all")


class EndedPodsController(Controller):
    """The part of the pod garbage collector that deletes the oldest ended pods."""

    name = "pod-garbage-collector-controller"
    account = "pod-garbage-collector"

    def __init__(self, client: Client, threshold: int = THRESHOLD) -> None:
        super().__init__(client)
        self._threshold = threshold

    def watch(self) -> None:
        """It looks now and then."""
        self.add(KEY)

    async def sync(self, key: Key) -> None:
        """Delete what is too many."""
        self.add_after(key, PERIOD)
        ended = [p for p in self.client.list("pods") if is_finished(p)]
        ended.sort(key=lambda p: (p["metadata"].get("creationTimestamp", ""), name_of(p)))
        for pod in ended[: max(0, len(ended) - self._threshold)]:
            uid = pod["metadata"]["uid"]
            await self.client.delete("pods", name_of(pod), namespace_of(pod), uid=uid, grace=0)
