"""Leader election by a Lease, as the sidecars and their controllers do it."""

from __future__ import annotations

from datetime import timedelta

from breakfix.embedded.csi.api import Api
from breakfix.embedded.csi.program import Klog
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, clone, micro_timestamp, parse_time

LEASES = "leases.coordination.k8s.io"
DURATION, RENEW, RETRY = 15, 10.0, 5.0  # seconds: the sidecars' defaults


class Election:
    """One candidate for one Lease."""

    def __init__(self, api: Api, log: Klog, namespace: str, name: str, identity: str) -> None:
        self._api, self._log = api, log.of("leaderelection.go")
        self._namespace, self._name, self._identity = namespace, name, identity

    async def win(self) -> None:
        """Until this one is the leader."""
        where = f"{self._namespace}/{self._name}"
        await self._log.info(f"Attempting to acquire leader lease {where}...", 257)
        while not await self._try():
            await self._api.clock.sleep(RETRY)
        await self._log.info(f"Successfully acquired lease {where}", 271)

    async def keep(self) -> None:
        """Until it is leader no more."""
        lost_at = self._api.clock.monotonic() + RENEW
        while self._api.clock.monotonic() < lost_at:
            await self._api.clock.sleep(RETRY)
            if await self._try():
                lost_at = self._api.clock.monotonic() + RENEW
        await self._log.error("Stopped leading", 95)

    async def _try(self) -> bool:
        try:
            found = self._api.fetch(LEASES, self._name, self._namespace)
        except StatusError as error:
            if error.code != 404:  # noqa: PLR2004
                where = f"{self._namespace}/{self._name}"
                await self._log.error(f"error retrieving resource lock {where}: {error}", 330)
                return False
            return await self._write(None)
        spec = found["spec"]
        if spec.get("holderIdentity") not in ("", None, self._identity) and not self._over(spec):
            return False
        return await self._write(found)

    def _over(self, spec: Object) -> bool:
        ends = parse_time(spec["renewTime"]) + timedelta(seconds=spec["leaseDurationSeconds"])
        return ends < self._api.clock.now()

    async def _write(self, found: Object | None) -> bool:
        now = micro_timestamp(self._api.clock.now())
        spec: Object = clone(found["spec"]) if found else {"leaseTransitions": 0}
        if spec.get("holderIdentity") != self._identity:
            spec["acquireTime"] = now
            spec["leaseTransitions"] = spec.get("leaseTransitions", 0) + (1 if found else 0)
        spec |= {"holderIdentity": self._identity, "renewTime": now,
                 "leaseDurationSeconds": DURATION}  # fmt: skip
        try:
            if found is not None:
                await self._api.update(LEASES, {**found, "spec": spec})
            else:
                await self._api.create(LEASES, {
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec,
                    "metadata": {"name": self._name, "namespace": self._namespace},
                })  # fmt: skip
        except StatusError as error:
            await self._log.error(f"Failed to update lock: {error}", 340)
            return False
        return True
