"""One round at a time on a cluster, whoever plays it and from whichever machine.

The Lease `round` in namespace `breakfix-system` names the holder. It is held for a round
and not for a process: whoever has the same installation (data directory) goes on with
it after a crash, anybody else is told who holds it. It does not expire by itself.
https://kubernetes.io/docs/concepts/architecture/leases/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from breakfix.clock import Clock
from breakfix.clusters.api import CONFLICT, ApiError
from breakfix.clusters.base import Object
from breakfix.clusters.requests import (
    LABELS,
    SYSTEM_NAMESPACE,
    Api,
    create_if_missing,
    find,
    remove,
)
from breakfix.errors import ClusterError

_LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM_NAMESPACE}/leases"
LEASE = f"{_LEASES}/round"
IDENTITY_PARTS = 3


@dataclass(frozen=True)
class Holder:
    """Who holds a cluster: a person (`user@host`), for a round, by an installation.

    `since` is as the server keeps it (RFC 3339), empty for a holder that is to be.
    """

    person: str
    round_id: str
    install_id: str
    since: str = ""

    @property
    def identity(self) -> str:
        """The Lease's holderIdentity: three words."""
        return f"{self.person} {self.round_id} {self.install_id}"


async def read_holder(api: Api) -> Holder | None:
    """Who holds the cluster; None where nobody does."""
    found = await find(api, LEASE)
    return _holder(found) if found is not None else None


async def hold(api: Api, name: str, holder: Holder, clock: Clock, *, force: bool = False) -> None:
    """Hold the cluster `name` for a round; again for the same installation is no fault.

    Raises ClusterError where another installation holds it, unless `force`.
    """
    body = _lease(holder, clock.now())
    if await create_if_missing(api, _LEASES, body):
        return
    found = await find(api, LEASE)
    other = _holder(found) if found is not None else None
    if other is not None and other.install_id != holder.install_id and not force:
        raise _held(name, other)
    if found is not None:
        body["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
    await _replace(api, name, body)


async def release(api: Api, name: str, install_id: str, *, force: bool = False) -> bool:
    """Let the cluster go; False where nobody held it.

    Raises ClusterError where another installation holds it, unless `force`.
    """
    other = await read_holder(api)
    if other is not None and other.install_id != install_id and not force:
        raise _held(name, other)
    return await remove(api, LEASE)


async def _replace(api: Api, name: str, body: Object) -> None:
    try:
        await api.request("PUT", LEASE, body=body)
    except ApiError as error:
        if error.code != CONFLICT:
            raise
        other = await read_holder(api)  # somebody was quicker
        raise _held(name, other or Holder("somebody", "", "")) from error


def _lease(holder: Holder, now: datetime) -> Object:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "round", "namespace": SYSTEM_NAMESPACE, "labels": LABELS},
        "spec": {
            "holderIdentity": holder.identity,
            "acquireTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        },
    }


def _holder(lease: Object) -> Holder | None:
    """The holder that a Lease names; None where it names none."""
    spec = lease.get("spec") or {}
    words = str(spec.get("holderIdentity") or "").rsplit(" ", IDENTITY_PARTS - 1)
    if not words[0]:
        return None
    person, round_id, install_id = (*words, "", "")[:IDENTITY_PARTS]
    return Holder(person, round_id, install_id, str(spec.get("acquireTime") or ""))


def _held(name: str, other: Holder) -> ClusterError:
    since = f" since {other.since}" if other.since else ""
    return ClusterError(
        f"{name} is held by {other.person} for round {other.round_id}{since}",
        "Let that round end (`breakfix round end` there), or play on another cluster. "
        f"If nobody plays it any more: `breakfix cluster release {name} --force`.",
    )
