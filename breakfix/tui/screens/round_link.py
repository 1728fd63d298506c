"""What the round screen does while the cluster does not answer.

The game's own requests would wait for their time limits, and a verify would count against
the learner for what the cluster did. So what needs the cluster is refused in words, and a
verify that was under way is given up; nothing of that is in the score.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from breakfix.errors import ClusterError
from breakfix.tui.screens.round_base import RoundBase
from breakfix.tui.widgets.banner import Banner, remedy

if TYPE_CHECKING:
    from breakfix.clusters.live_picture import Picture


class Linked(RoundBase):
    """Follows the link to the cluster."""

    def _link(self, picture: Picture) -> None:
        """Show whether the cluster answers; give up what waits for it."""
        if self.query_one(Banner).show(picture, datetime.now().astimezone()) and self._give_up():
            self._say(self._lost("The verify is given up; it does not count."))

    def _refused(self) -> bool:
        """True, and said so, while the cluster does not answer."""
        lost = self.query_one(Banner).lost
        if lost:
            self._say(self._lost("Nothing was asked, nothing counts."))
        return lost

    def _lost(self, what: str) -> ClusterError:
        hint = remedy(self._playable.view().cluster)
        return ClusterError(f"The cluster does not answer. {what}", hint)
