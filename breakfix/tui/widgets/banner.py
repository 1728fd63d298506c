"""The banner across the round while the cluster does not answer: since when, why, what to do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from breakfix.clusters.live_picture import Link

if TYPE_CHECKING:
    from breakfix.clusters.live_picture import Picture

BACK_SECONDS = 5.0
REMEDIES = {
    "embedded": "Start it again: `breakfix cluster up {cluster}` in any shell. ",
    "kind": "Is Docker up? `docker ps` shows; then `breakfix cluster up {cluster}`. ",
    "context": "Ask whoever runs it; `breakfix doctor` says what answers. ",
}
SAFE = "Your round is kept, the clock goes on; F8 stops it."
BACK = "The cluster answers again."


def remedy(cluster: str) -> str:
    """What to do about a cluster (`kind:breakfix`) that does not answer."""
    return REMEDIES.get(cluster.partition(":")[0], REMEDIES["context"]).format(cluster=cluster)


def lost_words(cluster: str, since: datetime) -> Content:
    """Two lines: what is the matter, and what to do. The map says what was tried."""
    return Content.assemble(
        (f"✗ The cluster does not answer since {since:%H:%M:%S}.", "bold"),
        f" It is asked again all the time.\n  {remedy(cluster)}{SAFE}",
    )


class Banner(Static):
    """Hidden while all is well. Says when the cluster has been lost, and when it is back."""

    def __init__(self, cluster: str) -> None:
        super().__init__(id="banner")
        self._cluster = cluster
        self.lost = False
        """True while the cluster does not answer."""

    def show(self, picture: Picture, now: datetime) -> bool:
        """Follow the link of this picture; True when it has just been lost."""
        lost = picture.link is Link.LOST
        if lost == self.lost:
            return False
        self.lost = lost
        if lost:
            self.update(lost_words(self._cluster, now))
        else:
            self.update(Content(f"✓ {BACK}"))
            self.set_timer(BACK_SECONDS, self._hide)
        self.set_class(lost, "-lost")
        self.display = True
        return lost

    def _hide(self) -> None:
        self.display = self.lost
