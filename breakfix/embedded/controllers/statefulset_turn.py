"""One turn of a StatefulSet: pods one after the other, or all at once."""

from __future__ import annotations

from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.controllers.pod_helpers import (
    is_available,
    is_finished,
    is_ready,
    phase_of,
)
from breakfix.embedded.controllers.statefulset_pods import (
    claim_owners,
    claims_of,
    new_pod,
    ordinal_of,
    ordinals,
    revision_of,
)
from breakfix.embedded.controllers.writes import namespace_ends, patch_metadata
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, is_going, name_of, namespace_of

CLAIMS = "persistentvolumeclaims"


class Turn:
    """A StatefulSet, its pods by number, and the revisions that count."""

    def __init__(
        self, controller: Controller, item: Object, pods: list[Object], current: Object,
        update: Object,
    ) -> None:  # fmt: skip
        self.controller, self.client = controller, controller.client
        self.item, self.current, self.update = item, current, update
        self.min_ready = item["spec"].get("minReadySeconds", 0)
        wanted = ordinals(item)
        self.replicas: dict[int, Object | None] = dict.fromkeys(wanted)
        self.condemned: list[Object] = []
        for pod in pods:
            if ordinal_of(pod) in self.replicas:
                self.replicas[ordinal_of(pod)] = pod
            else:
                self.condemned.append(pod)
        self.condemned.sort(key=ordinal_of, reverse=True)

    @property
    def ordered(self) -> bool:
        """Does each pod wait for the one before it?"""
        return bool(self.item["spec"].get("podManagementPolicy", "OrderedReady") != "Parallel")

    def is_healthy(self, pod: Object | None) -> bool:
        """Does it run, is it available, and does it stay?"""
        return (
            pod is not None
            and phase_of(pod) == "Running"
            and is_ready(pod)
            and is_available(pod, self.min_ready, self.controller.clock.now())
            and not is_going(pod)
        )

    async def take(self) -> None:
        """Create, then scale down, then update: each only when the one before is done."""
        if await self._each_replica():
            return
        for pod in self.condemned:
            await self._own_claims(pod)
        if await self._scale_down():
            return
        strategy = self.item["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "OnDelete":
            await self._roll((strategy.get("rollingUpdate") or {}).get("partition", 0))

    # -- the pods there should be ------------------------------------------------------

    async def _each_replica(self) -> bool:
        """True where the turn ends here."""
        blocked = False
        for ordinal in self.replicas:
            waits = await self._replica(ordinal)
            if waits and self.ordered:
                return True
            blocked = blocked or (waits and self.replicas[ordinal] is None)
        return blocked

    async def _replica(self, ordinal: int) -> bool:
        pod = self.replicas[ordinal]
        if pod is None:
            await self._create(ordinal)
            return self.ordered
        if is_finished(pod):
            if not is_going(pod):
                await self._delete(pod)
            return True
        if phase_of(pod) == "Pending":
            await self._make_claims(ordinal, pod)
        if not self.is_healthy(pod):
            return self.ordered
        await self._own_claims(pod)
        return False

    async def _create(self, ordinal: int) -> None:
        pod = new_pod(self.item, self._revision(ordinal), ordinal)
        try:
            await self._make_claims(ordinal, pod)
            self.replicas[ordinal] = await self.client.create("pods", pod)
        except StatusError as error:
            if namespace_ends(error) or error.reason == "AlreadyExists":
                return
            self._tell("create", name_of(pod), error)
            raise
        self._tell("create", name_of(pod))

    def _revision(self, ordinal: int) -> Object:
        strategy = self.item["spec"].get("updateStrategy") or {}
        start = ordinals(self.item).start
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return self.update
        rolling = strategy.get("rollingUpdate")
        status = self.item.get("status") or {}
        below = rolling.get("partition", 0) if rolling else status.get("currentReplicas", 0)
        return self.current if ordinal < start + below else self.update

    async def _make_claims(self, ordinal: int, pod: Object) -> None:
        for claim in claims_of(self.item, ordinal).values():
            there = self.client.get(CLAIMS, name_of(claim), namespace_of(claim))
            if there is not None:
                continue
            if "uid" in pod["metadata"] or not self._policy("whenScaled"):
                claim["metadata"]["ownerReferences"] = claim_owners(self.item, pod, claim)
            try:
                await self.client.create(CLAIMS, claim)
            except StatusError as error:
                if not namespace_ends(error):
                    self._tell_claim(name_of(claim), name_of(pod), error)
                raise
            self._tell_claim(name_of(claim), name_of(pod))

    def _policy(self, when: str) -> bool:
        policy = self.item["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
        return bool(policy.get(when) == "Delete")

    async def _own_claims(self, pod: Object) -> None:
        for claim in claims_of(self.item, ordinal_of(pod)).values():
            there = self.client.get(CLAIMS, name_of(claim), namespace_of(claim))
            if there is None:
                continue
            owners = claim_owners(self.item, pod, there)
            if owners != (there["metadata"].get("ownerReferences") or []):
                await patch_metadata(
                    self.client, CLAIMS, there, {"ownerReferences": owners or None}
                )

    # -- the pods there should not be ----------------------------------------------------

    async def _scale_down(self) -> bool:
        sick = [p for p in self.replicas.values() if p and not self.is_healthy(p)]
        sick += [p for p in reversed(self.condemned) if not self.is_healthy(p)]
        for pod in self.condemned:
            if is_going(pod):
                if self.ordered:
                    return True
                continue
            if self.ordered and not self.is_healthy(pod) and pod is not sick[0]:
                return True
            await self._delete(pod)
            if self.ordered:
                return True
        return False

    async def _roll(self, partition: int) -> None:
        """The highest number first, one at a time."""
        numbered = list(self.replicas.values())
        for pod in reversed(numbered[partition:]):
            if pod is None:
                return
            if revision_of(pod) != name_of(self.update) and not is_going(pod):
                await self._delete(pod)
                return
            if not self.is_healthy(pod):
                return

    async def _delete(self, pod: Object) -> None:
        try:
            await self.client.delete(
                "pods", name_of(pod), namespace_of(pod), uid=pod["metadata"]["uid"]
            )
        except StatusError as error:
            self._tell("delete", name_of(pod), error)
            raise
        self._tell("delete", name_of(pod))

    # -- events --------------------------------------------------------------------------

    def _tell(self, verb: str, pod: str, error: StatusError | None = None) -> None:
        what = f"{verb} Pod {pod} in StatefulSet {name_of(self.item)}"
        if error is None:
            reason = f"Successful{verb.title()}"
            self.controller.event(self.item, "Normal", reason, f"{what} successful")
        else:
            reason = f"Failed{verb.title()}"
            self.controller.event(self.item, "Warning", reason, f"{what} failed error: {error}")

    def _tell_claim(self, claim: str, pod: str, error: StatusError | None = None) -> None:
        where = f"in StatefulSet {name_of(self.item)}"
        if error is None:
            message = f"create Claim {claim} Pod {pod} {where} success"
            self.controller.event(self.item, "Normal", "SuccessfulCreate", message)
        else:
            message = f"create Claim {claim} for Pod {pod} {where} failed error: {error}"
            self.controller.event(self.item, "Warning", "FailedCreate", message)
