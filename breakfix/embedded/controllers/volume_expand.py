"""The expand controller: it says that somebody else has to grow a claim's volume."""

from __future__ import annotations

from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, itself
from breakfix.embedded.controllers.persistent_volume_match import (
    CLAIMS,
    VOLUMES,
    is_for,
    phase_of,
    request_of,
)
from breakfix.embedded.objects import Object
from breakfix.embedded.quantities import parse

WAITING = "waiting for an external controller to expand this PVC"


class VolumeExpandController(Controller):
    """The persistentvolume-expander-controller."""

    name = "persistentvolume-expander-controller"
    component = "volume_expand"
    account = "expand-controller"

    def watch(self) -> None:
        """Claims that ask for more than before."""
        self.on(CLAIMS, self._claim)

    def _claim(self, change: Change) -> list[Key]:
        new, old = change.new, change.old
        if change.type == "DELETED" or phase_of(new) != "Bound":
            return []
        more = old is None or parse(request_of(new)) > parse(request_of(old))
        return itself(change) if more else []

    async def sync(self, key: Key) -> None:
        """Tell of one claim."""
        claim: Object | None = self.client.get(CLAIMS, key[1], key[0])
        have = (((claim or {}).get("status") or {}).get("capacity") or {}).get("storage")
        if claim is None or have is None or parse(request_of(claim)) <= parse(have):
            return
        volume = self.client.get(VOLUMES, claim["spec"].get("volumeName") or "")
        if volume is not None and is_for(volume, claim):
            self.event(claim, "Normal", "ExternalExpanding", WAITING)
