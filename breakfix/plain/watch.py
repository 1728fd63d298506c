"""What goes on beside the prompt: the round's time, the trail, and the cluster itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from breakfix.clusters.live_picture import Link, Picture
from breakfix.errors import BreakfixError
from breakfix.game.service_level import ServiceLevel, service_level
from breakfix.plain.words import sentence

if TYPE_CHECKING:
    from breakfix.clock import Clock
    from breakfix.clusters.customers import Customers
    from breakfix.game.model import Playable, RoundView

REFRESH_SECONDS = 1.0
FIRST_LOOK_SECONDS = 3.0
TIME_IS_UP = "Time is up. Press Enter at the prompt of the round for the debrief."
LOST = (
    "The cluster does not answer any more: {why} Your round is kept, and the clock goes on. "
    "Wait a moment: it is said here when the cluster answers again. If it does not, start it "
    "again, or type leave, and later `breakfix play --plain` to continue. Where the cluster is "
    "gone for good, leave, then `breakfix round end --lost` closes the round."
)
BACK = "The cluster answers again."


class Live(Protocol):
    """Something that keeps a picture of the cluster, and of how its customers fare."""

    @property
    def customers(self) -> Customers:
        """What the customers have met so far."""

    async def run(self, changed: Callable[[Picture], None]) -> None:
        """Watch until cancelled; every new picture is told."""


def live_picture(playable: Playable, clock: Clock) -> Live:
    """The live picture of the cluster of a round."""
    from breakfix.clusters.live import LivePicture, connection

    namespace = playable.view().scenario.spec.namespace
    return LivePicture(connection(playable.kubeconfig), namespace, clock)


class Watch:
    """`tell` is called with what the learner should hear now, and whether it is urgent."""

    def __init__(
        self, playable: Playable, live: Live, clock: Clock, tell: Callable[[str, bool], None]
    ) -> None:
        self._picture = Picture()
        self._seen = threading.Event()
        self._quiet = False
        self._playable, self._live, self._clock, self._tell = playable, live, clock, tell
        self._lost = False
        self._trouble = ""

    @property
    def picture(self) -> Picture:
        """The cluster as it is; right after the start this waits for the first look."""
        self._seen.wait(FIRST_LOOK_SECONDS)
        return self._picture

    def customers(self, view: RoundView) -> ServiceLevel | None:
        """How the customers fare now; None where none were seen."""
        found = self._live.customers
        return service_level(found.met, view, found.now)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """For the block a time-out is not told: a verify says itself how the round ends."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    async def run(self) -> None:
        """Until cancelled, or until the round is over."""
        async with asyncio.TaskGroup() as group:
            live = group.create_task(self._live.run(self._changed), name="plain-live")
            await self._until_over()
            live.cancel()

    async def _until_over(self) -> None:
        while not await self._is_over():
            await self._clock.sleep(REFRESH_SECONDS)

    async def _is_over(self) -> bool:
        """Read the trail; a time-out is told at once."""
        try:
            view = await self._playable.refresh()
        except BreakfixError as error:
            if error.message != self._trouble and not self._lost:
                self._tell(sentence(error.message), False)
            self._trouble = error.message
            return False
        self._trouble = ""
        if view.state.value == "timed out" and not self._quiet:
            self._tell(TIME_IS_UP, True)
        return view.state.is_over

    def _changed(self, picture: Picture) -> None:
        self._picture = picture
        if picture.places or picture.link is Link.LOST:
            self._seen.set()
        if picture.link is Link.LOST and not self._lost:
            self._tell(LOST.format(why=sentence(picture.trouble or "it is silent")), False)
        elif picture.link is Link.LIVE and self._lost:
            self._tell(BACK, False)
        self._lost = picture.link is Link.LOST or (self._lost and picture.link is not Link.LIVE)
