"""The images of one node: pulls, their failures and pauses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from breakfix.embedded.clock import Clock
from breakfix.embedded.kubelet.backoff import Backoff
from breakfix.embedded.kubelet.delays import Delays
from breakfix.embedded.kubelet.logs import Say
from breakfix.embedded.kubelet.words import duration
from breakfix.embedded.machine.images.images import Pulled, PullError, resolve
from breakfix.embedded.machine.images.references import fault, parse
from breakfix.embedded.objects import Object

PULL, LATER, NEVER = "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"
INVALID = "InvalidImageName"
MOST = 50  # images that a node's status lists


@dataclass(frozen=True)
class Wanted:
    """A container's image, as one pod asks for it."""

    image: str
    policy: str
    uid: str  # of the pod
    path: str  # of the container, for events
    secrets: Collection[str] = ()  # registries with credentials


class StartError(Exception):
    """Why a container is not started: the waiting reason and the message."""

    def __init__(self, reason: str, message: str, again: float | None = None) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message
        self.again = again  # seconds since 1970: when to look again


class NodeImages:
    """What is on the node, by full reference."""

    def __init__(self, clock: Clock, delays: Delays) -> None:
        self._clock, self._delays = clock, delays
        self._there: dict[str, Pulled] = {}
        self._backoff = Backoff()
        self._errors: dict[str, str] = {}

    # -- what is there -----------------------------------------------------------------

    def find(self, image: str) -> Pulled | None:
        """An image that the node has."""
        found = parse(image)
        return self._there.get(found.full) if found else None

    def add(self, image: str) -> None:
        """It is on the node from the beginning. Raises PullError for one that is nowhere."""
        self.keep(resolve(image))

    def keep(self, pulled: Pulled) -> None:
        """It was pulled."""
        self._there[pulled.reference.full] = pulled

    def listed(self) -> list[Object]:
        """As a node's status.images has them: the largest first."""
        found = sorted(self._there.values(), key=lambda p: -p.size)[:MOST]
        return [
            {"names": list(dict.fromkeys((p.repo_digest, p.reference.full))), "sizeBytes": p.size}
            for p in found
        ]

    # -- getting one -------------------------------------------------------------------

    async def ensure(self, wanted: Wanted, say: Say) -> Pulled:
        """The image, pulled if it must be. Raises StartError."""
        if parse(wanted.image) is None:
            self._refuse_name(wanted, say)
        found = self.find(wanted.image)
        if found is not None and wanted.policy != "Always":
            text = f'Container image "{wanted.image}" already present on machine'
            say("Normal", "Pulled", text, wanted.path)
            return found
        if wanted.policy == "Never":
            text = f'Container image "{wanted.image}" is not present with pull policy of Never'
            say("Warning", NEVER, text, wanted.path)
            raise StartError(NEVER, text)
        return await self._pull(wanted, say)

    def _refuse_name(self, wanted: Wanted, say: Say) -> None:
        why = f'couldn\'t parse image name "{wanted.image}": {fault(wanted.image)}'
        text = f'Failed to apply default image tag "{wanted.image}": {why}'
        say("Warning", "InspectFailed", text, wanted.path)
        raise StartError(INVALID, text)

    async def _pull(self, wanted: Wanted, say: Say) -> Pulled:
        image, key = wanted.image, f"{wanted.uid}_{wanted.image}"
        now = self._clock.now().timestamp()
        until = self._backoff.until_since_update(key)
        if until > now:
            text = f'Back-off pulling image "{image}"'
            say("Normal", "BackOff", text, wanted.path)
            tail = f": {self._errors[key]}" if key in self._errors else ""
            raise StartError(LATER, text + tail, until)
        say("Normal", "Pulling", f'Pulling image "{image}"', wanted.path)
        await self._clock.sleep(self._delays.pull)
        try:
            found = resolve(image, wanted.secrets)
        except PullError as error:
            raise self._failed(wanted, error, say) from None
        self.keep(found)
        took = duration(max(self._clock.now().timestamp() - now, 0.001))
        text = (
            f'Successfully pulled image "{image}" in {took} ({took} including waiting). '
            f"Image size: {found.size} bytes."
        )
        say("Normal", "Pulled", text, wanted.path)
        return found

    def _failed(self, wanted: Wanted, error: PullError, say: Say) -> StartError:
        key, now = f"{wanted.uid}_{wanted.image}", self._clock.now().timestamp()
        text = f'Failed to pull image "{wanted.image}": {error.message}'
        say("Warning", "Failed", text, wanted.path)
        self._backoff.next(key, now, now)
        self._errors[key] = f"{PULL}: {error.message}"
        return StartError(PULL, error.message, now + self._delays.shown)

    def forget(self, uid: str) -> None:
        """A pod is gone."""
        self._backoff.forget(f"{uid}_")
        for key in [k for k in self._errors if k.startswith(f"{uid}_")]:
            del self._errors[key]
